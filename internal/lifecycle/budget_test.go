package lifecycle

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/budget"
	"github.com/octoq/octoq/internal/record"
	"github.com/octoq/octoq/internal/recordtest"
)

// today is the counter of the budget of a day, at recordtest.Noon().
func today() budget.Counter { return budget.Counter{Budget: "all", Period: "2026-03-02"} }

// underBudget adds a budget of 10.00 a day to a moment, of which some is used and some
// reserved.
func underBudget(m record.Snapshot, over budget.Over, used, reserved campaign.Money) record.Snapshot {
	m.Policy = &budget.PolicyStanding{
		AccountPolicy: budget.AccountPolicy{Revision: 7, Budgets: []budget.Budget{{
			Name: "all", Per: budget.PerDay, Amount: 10 * campaign.Euro, Zone: "UTC", Over: over,
		}}},
		Spent: map[budget.Counter]budget.Spent{today(): {Used: used, Reserved: reserved}},
	}
	return m
}

// priced is a record that is ready to be confirmed, at a fresh price.
func priced(t *testing.T, words string, cost campaign.Money) (record.Record, record.Snapshot, Policy) {
	t.Helper()
	r, m, p := given(t, words)
	r.Ticket, r.Cost, r.Contacts, r.PricedAt = "sms_1", cost, 20, m.Now
	return r, m, p
}

// A full budget is seen before the gate, and what goes over it asks, waits or dies, as
// the strictest budget says.
func TestWhatGoesOverABudget(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		over  budget.Over
		cost  campaign.Money
		used  campaign.Money
		state campaign.State
		why   string
	}{
		"ask":                   {budget.OverAsk, 2 * campaign.Euro, 9 * campaign.Euro, campaign.StateAwaitingApproval, "budget all (10.00 € a day) has not enough left in 2026-03-02"},
		"wait":                  {budget.OverWait, 2 * campaign.Euro, 9 * campaign.Euro, campaign.StateReady, "it waits until 2026-03-03T00:00:00Z"},
		"dead":                  {budget.OverDead, 2 * campaign.Euro, 9 * campaign.Euro, campaign.StateDead, ""},
		"dearer than all of it": {budget.OverWait, 11 * campaign.Euro, 0, campaign.StateAwaitingApproval, "is less than it costs"},
	} {
		r, m, p := priced(t, "ready", c.cost)
		m = underBudget(m, c.over, c.used, 0)
		pl := PlanStep(r, r.Next(), m, p, "t")
		if pl.Action != ActionWrite || pl.After.State != c.state || !strings.Contains(pl.After.Waiting, c.why) || len(pl.After.FullBudgets) != 1 {
			t.Errorf("%s: got %s, waiting for %q, full %v", name, planned(pl), pl.After.Waiting, pl.After.FullBudgets)
		}
		if f := pl.After.Failure; c.state == campaign.StateDead && (f == nil || f.Class != campaign.FailBudget) {
			t.Errorf("%s: got failure %+v, want the class budget", name, f)
		}
	}
}

// A campaign that waits for a budget looks again when others may give back what they have reserved,
// and else at the latest within the hour.
func TestABudgetIsLookedAtAgain(t *testing.T) {
	t.Parallel()
	for reserved, want := range map[campaign.Money]time.Duration{9 * campaign.Euro: time.Minute, 0: maxWindowSleep} {
		r, m, p := priced(t, "ready", 2*campaign.Euro)
		m = underBudget(m, budget.OverWait, 9*campaign.Euro-reserved, reserved)
		waits := PlanStep(r, r.Next(), m, p, "t")
		again := PlanStep(waits.After, waits.After.Next(), m, p, "t")
		if again.Action != ActionAgain || again.At.Sub(m.Now) != want {
			t.Errorf("%s reserved: got %v in %s, want to look again in %s", reserved, again.Action, again.At.Sub(m.Now), want)
		}
	}
}

// The claim of a confirm reserves, in the period of the claim and not of send_at.
func TestAReservationIsInThePeriodOfItsClaim(t *testing.T) {
	t.Parallel()
	r, m, p := priced(t, "ready", 2*campaign.Euro)
	r.Campaign.SendAt = m.Now.Add(48 * time.Hour)
	pl := PlanStep(r, r.Next(), underBudget(m, budget.OverAsk, 0, 0), p, "t")
	want := []budget.Share{{Counter: today(), Cost: 2 * campaign.Euro, Contacts: 20}}
	if diff := cmp.Diff(want, pl.After.Reserved); diff != "" || pl.Call != campaign.CallConfirm {
		t.Errorf("%s (-want +got):\n%s", planned(pl), diff)
	}
	if v := pl.After.Version(); v != record.BudgetedVersion || pl.After.PolicyRevision != 7 {
		t.Errorf("got version %d, revision %d: an older octoq would not keep to the budget", v, pl.After.PolicyRevision)
	}
}

// An answer that proves the ticket unsent gives back what it has reserved, unless an
// earlier confirm may have arrived.
func TestWhatIsGivenBack(t *testing.T) {
	t.Parallel()
	for words, back := range map[string]bool{
		"rejected 202": true, "pending 127": true, "throttled": true, "not_sent": true, "account 101": true, "account 104": true,
		"rejected 131": false, "account 105": false, "unanswered": false, "transient 500": false, "unknown": false, "duplicate 120": false, "ok": false, "done": false,
	} {
		for _, tried := range []string{"", " tried"} {
			r, m, p := priced(t, "confirming"+tried, 2*campaign.Euro)
			m = underBudget(m, budget.OverAsk, 0, 2*campaign.Euro)
			r.Reserved = []budget.Share{{Counter: today(), Cost: 2 * campaign.Euro}}
			s := Settle(r, campaign.CallConfirm, recordtest.Answer(t, words), m, p)
			want := back && tried == ""
			if got := len(s.After.Reserved) == 0; got != want {
				t.Errorf("%s%s: given back %v, want %v", words, tried, got, want)
			}
		}
	}
}

// A ticket that was sent counts, also where nothing is known to be reserved for it.
func TestWhatWasSentCounts(t *testing.T) {
	t.Parallel()
	r, m, p := priced(t, "computing", 2*campaign.Euro)
	m = underBudget(m, budget.OverDead, 10*campaign.Euro, 0)
	s := Settle(r, campaign.CallStatus, recordtest.Answer(t, "done"), m, p)
	if s.After.State != campaign.StateSent || len(s.After.Reserved) != 1 {
		t.Errorf("got %s, reserved %+v, want it sent and counted", s.After.State, s.After.Reserved)
	}
}

// What the account demands a campaign cannot undo: neither when its price comes nor right
// before its confirm.
func TestRulesAreFloors(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		rules    budget.Rules
		approved bool
		asks     string
	}{
		"manual":            {budget.Rules{Confirm: campaign.ConfirmManual}, false, "have a person approve each campaign"},
		"above":             {budget.Rules{ApproveAbove: campaign.Euro}, false, "more than approve_above"},
		"not above":         {budget.Rules{ApproveAbove: 2 * campaign.Euro}, false, ""},
		"contacts":          {budget.Rules{ApproveAboveContacts: 19}, false, "more contacts than approve_above_contacts"},
		"not more contacts": {budget.Rules{ApproveAboveContacts: 20}, false, ""},
		"approved":          {budget.Rules{Confirm: campaign.ConfirmManual, ApproveAbove: 1}, true, ""},
	} {
		r, m, p := priced(t, "ready", 2*campaign.Euro)
		r.Campaign.Confirm, r.Approved = campaign.ConfirmAuto, c.approved
		m.Policy = &budget.PolicyStanding{AccountPolicy: budget.AccountPolicy{Revision: 1, Rules: c.rules}}
		pl := PlanStep(r, r.Next(), m, p, "t")
		asked := pl.After.State == campaign.StateAwaitingApproval && strings.Contains(pl.After.Waiting, c.asks)
		if asked != (c.asks != "") {
			t.Errorf("%s, ready: got %s, waiting for %q", name, planned(pl), pl.After.Waiting)
		}
		r.State = campaign.StateComputing
		out := recordtest.Answer(t, "ok ready")
		out.Cost, out.Contacts = r.Cost, r.Contacts
		s := Settle(r, campaign.CallStatus, out, m, p)
		if asked := s.After.State == campaign.StateAwaitingApproval; asked != (c.asks != "") {
			t.Errorf("%s, priced: got %s", name, s.After.State)
		}
	}
}
