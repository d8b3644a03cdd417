package stage

import (
	"slices"
	"testing"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/budget"
	"github.com/octoq/octoq/internal/record"
)

// budgetWorld is what a world has to do with budgets.
type budgetWorld struct {
	budget budget.Budget
	// others is what other campaigns have reserved, by the budget's counters.
	others map[budget.Counter]campaign.Money
	// beyond: a person was asked because of the budget, and approved. left: a ticket was
	// left behind with what it has reserved.
	beyond, left bool
}

// withBudget gives a world a budget, which fits the campaign's price at most once.
func withBudget(w *world) {
	over := []budget.Over{budget.OverWait, budget.OverAsk, budget.OverDead}[w.dice.roll("over", 3)]
	w.budget = &budgetWorld{
		budget: budget.Budget{Name: "all", Per: budget.PerDay, Amount: 30_000, Zone: budget.DefaultZone, Over: over, Source: budget.SourceCommand},
		others: map[budget.Counter]campaign.Money{},
	}
	w.often = map[string]int{"others spend": 8}
	w.redis.setPolicy(w.c.Account, budget.AccountPolicy{Budgets: []budget.Budget{w.budget.budget}})
}

// othersSpend has another campaign of the account reserve a part of the budget, or all of
// them give back what they have.
func (w *world) othersSpend() {
	if w.budget == nil {
		return
	}
	p, err := w.budget.budget.Period(w.clock.Now())
	if err != nil {
		w.violate("%v", err)
	}
	c := budget.Counter{Budget: w.budget.budget.Name, Period: p.Key}
	by := campaign.Money(10_000)
	if w.dice.roll("they give back", 2) == 1 {
		by = -w.budget.others[c]
	}
	has := w.redis.spent[c]
	if by == 0 || by > 0 && has.Used+has.Reserved+by > w.budget.budget.Amount {
		return
	}
	w.redis.othersSpend(w.c.Account, c, by)
	w.redis.past = nil // the world does not forget what others have
	w.budget.others[c] += by
	w.log("others have %s of %s", w.budget.others[c], c.Period)
}

// ofBudget sees each write: which tickets are left behind, and what is approved.
func (w *world) ofBudget(before *record.Record, after record.Record) {
	if w.budget == nil {
		return
	}
	w.budget.beyond = w.budget.beyond || len(after.Beyond) > 0
	if before != nil && len(before.Reserved) > 0 && (before.Ticket != after.Ticket || after.State == campaign.StatePurged) {
		w.budget.left = true
	}
}

// confirmingBudget sees each confirm before it is carried out: its price is reserved.
func (w *world) confirmingBudget(rec record.Record, r record.Request) {
	ours := rec.Claim != nil && rec.Claim.Call == campaign.CallConfirm && rec.Ticket == r.Ticket
	if w.budget == nil || !ours || w.losses > 0 {
		return
	}
	if !slices.ContainsFunc(rec.Reserved, func(s budget.Share) bool { return s.Budget == w.budget.budget.Name && s.Cost >= rec.Cost }) {
		w.violate("confirmed at %s, and %+v is reserved", rec.Cost, rec.Reserved)
	}
}

// lookAtBudget checks what holds of counters at any time: they are never below 0, never
// above the amount unless a person let them be, and never less than what others have.
func (w *world) lookAtBudget() {
	if w.budget == nil || w.losses > 0 {
		return
	}
	for c, has := range w.redis.spent {
		total := has.Used + has.Reserved
		switch {
		case has.Used < 0 || has.Reserved < 0 || total < w.budget.others[c]:
			w.violate("the counter of %s has %+v, and others have reserved %s of it", c.Period, has, w.budget.others[c])
		case total > w.budget.budget.Amount && !w.budget.beyond:
			w.violate("the counter of %s has %+v, more than %s", c.Period, has, w.budget.budget.Amount)
		}
	}
}

// endedInBudget checks the counters at the end: what was sent is used, and what certainly
// was not sent is given back.
func (w *world) endedInBudget(r record.Record) {
	if w.budget == nil || w.losses > 0 || w.budget.left || w.expired || w.purged > 0 || len(w.forced) > 0 {
		return
	}
	var used, reserved campaign.Money
	for c, has := range w.redis.spent {
		used, reserved = used+has.Used, reserved+has.Reserved-w.budget.others[c]
	}
	var share campaign.Money
	for _, s := range r.Reserved {
		share += s.Cost
	}
	unsent := !r.ConfirmTried && (r.Failure == nil || r.Failure.Code != record.CodeUnknownCampaign)
	switch {
	case r.State == campaign.StateSent && (used != share || used < r.Cost || reserved != 0):
		w.violate("sent at %s: %s is used and %s reserved of %s", r.Cost, used, reserved, share)
	case r.State != campaign.StateSent && used != 0:
		w.violate("%s: %s is used", r.State, used)
	case r.State != campaign.StateSent && unsent && reserved != 0:
		w.violate("%s, and certainly not sent: %s is reserved", r.State, reserved)
	}
}

// TestModelOfBudgets plays a campaign's life under a budget, which others spend, too.
func TestModelOfBudgets(t *testing.T) {
	t.Parallel()
	for seed := range plays(t, 200) {
		w := newWorld(seeded(seed), "", withBudget)
		if v := w.play(steps); v != "" {
			t.Fatalf("seed %d: %s\n%s", seed, v, w.fullStory())
		}
	}
}

// TestFakeBudgetsAreFaithful is TestFakeLedgerIsFaithful under a budget.
func TestFakeBudgetsAreFaithful(t *testing.T) {
	t.Parallel()
	rdb := openReal(t)
	for seed := range plays(t, 30) {
		w := newWorld(seeded(seed), "", onReal(t, rdb, true), withBudget)
		if v := w.play(steps); v != "" {
			t.Fatalf("seed %d: %s\n%s", seed, v, w.fullStory())
		}
	}
}

// TestModelFindsFaultsOfBudgets shows that the model would notice.
func TestModelFindsFaultsOfBudgets(t *testing.T) {
	t.Parallel()
	for _, fault := range []string{"read before the claim", "given back twice", "kept for what certainly was not sent"} {
		t.Run(fault, func(t *testing.T) {
			t.Parallel()
			for seed := range uint64(2000) {
				w := newWorld(seeded(seed), fault, withBudget)
				if v := w.play(steps); v != "" {
					t.Logf("found with seed %d: %s", seed, v)
					return
				}
			}
			t.Error("2000 plays did not find it")
		})
	}
}
