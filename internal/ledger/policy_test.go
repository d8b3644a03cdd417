package ledger

import (
	"encoding/json"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/budget"
	"github.com/octoq/octoq/internal/event"
	"github.com/octoq/octoq/internal/key"
	"github.com/octoq/octoq/internal/record"
)

func policySuite() suite {
	return suite{
		"a claim under another policy is stale":    testOtherPolicy,
		"a claim reserves, in all budgets or none": testReserves,
		"a claim outside its period is stale":      testOtherPeriod,
		"80 and 100 percent are announced once":    testBudgetEvents,
		"what is given back is given back once":    testGivenBackOnce,
	}
}

// inForce puts a policy in force, and returns what a decision goes by.
func (b *bench) inForce(budgets ...budget.Budget) *budget.PolicyStanding {
	b.tb.Helper()
	_, _, err := b.Load(b.ctx(), b.account, "none")
	p := budget.StoredPolicy{Budgets: budgets}
	fields, fault := p.Fields()
	if fault != nil {
		b.tb.Fatal(err, fault)
	}
	revision, err := b.rdb.HIncrBy(b.ctx(), key.Policy(b.account), budget.RevisionField, 1).Result()
	if err != nil {
		b.tb.Fatal(err)
	}
	for name, text := range fields {
		if err := b.rdb.HSet(b.ctx(), key.Policy(b.account), name, text).Err(); err != nil {
			b.tb.Fatal(err)
		}
	}
	if err := b.rdb.HSet(b.ctx(), key.Meta(b.account), "policy", strconv.FormatInt(revision, 10)).Err(); err != nil {
		b.tb.Fatal(err)
	}
	p.Revision = revision
	return &budget.PolicyStanding{AccountPolicy: p.InForce()}
}

// daily is a budget that is one amount.
func daily(name string, amount campaign.Money) budget.Budget {
	return budget.Budget{Name: name, Per: budget.PerDay, Amount: amount, Zone: "UTC", Over: budget.OverAsk}
}

// confirms is the claim of a confirm that reserves in the budgets of a policy.
func (b *bench) confirms(id string, cost campaign.Money, s *budget.PolicyStanding) record.Change {
	b.tb.Helper()
	r := b.path(id, campaign.StateCreating, campaign.StateComputing, campaign.StateReady)
	after := r
	after.State, after.Cost = campaign.StateConfirming, cost
	now := b.now().Now
	after.Claim = &campaign.Claim{Token: "claim-" + id, Call: campaign.CallConfirm, Deadline: now.Add(time.Hour)}
	after.Reserved = s.Reserve(budget.Wish{Cost: cost}, now).Shares
	ch := b.change(&r, after)
	ch.Policy = s
	return ch
}

// spent is what a budget of today has spent.
func (b *bench) spent(name string) budget.Spent {
	b.tb.Helper()
	p, err := daily(name, 1).Period(b.now().Now)
	if err != nil {
		b.tb.Fatal(err)
	}
	c := budget.Counter{Budget: name, Period: p.Key}
	all, err := spentIn(b.ctx(), b.rdb, b.account, []budget.Counter{c})
	if err != nil {
		b.tb.Fatal(err)
	}
	return all[c]
}

func testOtherPolicy(t *testing.T, b *bench, _ backend) {
	first := b.confirms("a", 100, nil)
	old := b.inForce(daily("all", 1000))
	b.commit(first, record.CommitStale)
	second := b.confirms("b", 100, old)
	b.inForce(daily("all", 50))
	b.commit(second, record.CommitStale)
	if got := b.spent("all"); got != (budget.Spent{}) {
		t.Errorf("a refused claim has reserved %+v", got)
	}
	r, m := b.load("b")
	if m.Policy == nil || m.Policy.Revision != old.Revision+1 || m.Policy.Budgets[0].Amount != 50 || r.State != campaign.StateReady {
		t.Errorf("got %s under %+v, want the new policy", r.State, m.Policy)
	}
}

func testReserves(t *testing.T, b *bench, _ backend) {
	s := b.inForce(daily("all", 1000), daily("small", 150))
	b.commit(b.confirms("a", 100, s), record.CommitApplied)
	b.commit(b.confirms("b", 51, s), record.CommitStale) // small has 50 left
	want := budget.Spent{Reserved: 100}
	if all, small := b.spent("all"), b.spent("small"); all != want || small != want {
		t.Errorf("got %+v and %+v, want 100 reserved in each", all, small)
	}
	b.commit(b.confirms("c", 50, s), record.CommitApplied)
	beyond := b.confirms("d", 7, s)
	beyond.After.Beyond = []budget.Counter{beyond.After.Reserved[1].Counter}
	b.commit(beyond, record.CommitApplied)
	if got := b.spent("small"); got.Reserved != 157 {
		t.Errorf("got %+v, want 157 reserved with what a person approved", got)
	}
}

func testOtherPeriod(t *testing.T, b *bench, _ backend) {
	s := b.inForce(daily("all", 1000))
	ch := b.confirms("a", 100, s)
	tomorrow := s.Reserve(budget.Wish{Cost: 100}, b.now().Now.Add(24*time.Hour)).Shares
	ch.After.Reserved = tomorrow
	b.commit(ch, record.CommitStale)
}

// budgetEvents are the types of the account's events.
func (b *bench) budgetEvents() []event.Type {
	b.tb.Helper()
	list, err := b.rdb.XRange(b.ctx(), key.Outbox(b.account), "-", "+").Result()
	if err != nil {
		b.tb.Fatal(err)
	}
	var types []event.Type
	for _, m := range list {
		var e event.Event
		text, _ := m.Values["event"].(string)
		if err := json.Unmarshal([]byte(text), &e); err != nil {
			b.tb.Fatal(err)
		}
		if e.Data.Budget != "" {
			types = append(types, e.Type)
		}
	}
	return types
}

func testBudgetEvents(t *testing.T, b *bench, _ backend) {
	s := b.inForce(daily("all", 1000))
	for _, step := range []struct {
		id   string
		cost campaign.Money
		want []event.Type
	}{
		{"a", 799, nil}, {"b", 1, []event.Type{event.BudgetWarned}}, {"c", 1, []event.Type{event.BudgetWarned}},
		{"d", 199, []event.Type{event.BudgetWarned, event.BudgetReached}},
	} {
		b.commit(b.confirms(step.id, step.cost, s), record.CommitApplied)
		if diff := cmp.Diff(step.want, b.budgetEvents()); diff != "" {
			t.Errorf("after %s (-want +got):\n%s", step.id, diff)
		}
	}
}

func testGivenBackOnce(t *testing.T, b *bench, _ backend) {
	s := b.inForce(daily("all", 1000))
	for _, id := range []string{"a", "b"} {
		b.commit(b.confirms(id, 100, s), record.CommitApplied)
	}
	claimed, _ := b.load("a")
	after := claimed
	after.Claim, after.Reserved, after.State = nil, nil, campaign.StateReady
	ch := b.change(&claimed, after)
	ch.Kind, ch.Token, ch.Policy = record.ChangeSettle, "claim-a", s
	for range 3 { // its reply is lost
		b.commit(ch, record.CommitApplied)
	}
	if got := b.spent("all"); got != (budget.Spent{Reserved: 100}) {
		t.Errorf("got %+v, want what b has reserved", got)
	}
	claimed, _ = b.load("b")
	sent := claimed
	sent.Claim, sent.State = nil, campaign.StateSent
	ch = b.change(&claimed, sent)
	ch.Kind, ch.Token = record.ChangeSettle, "claim-b"
	b.commit(ch, record.CommitApplied)
	if got := b.spent("all"); got != (budget.Spent{Used: 100}) {
		t.Errorf("got %+v, want what b has cost", got)
	}
}
