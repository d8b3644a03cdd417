package lifecycle

import (
	"testing"
	"time"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/budget"
	"github.com/octoq/octoq/internal/record"
)

// night is an account with a budget of 10.00 a day in Paris, and what it has counted: the
// part of the ledger that decisions on budgets need.
type night struct {
	t        *testing.T
	p        Policy
	standing budget.PolicyStanding
}

func newNight(t *testing.T) *night {
	t.Helper()
	p := testPolicy()
	p.Deadline = 48 * time.Hour // longer than the longest day
	return &night{t: t, p: p, standing: budget.PolicyStanding{AccountPolicy: budget.AccountPolicy{
		Revision: 7, Budgets: []budget.Budget{{Name: "all", Per: budget.PerDay, Amount: 10 * campaign.Euro, Zone: "Europe/Paris", Over: budget.OverWait}},
	}}}
}

// at is the moment of a text, with the counters as they stand.
func (n *night) at(m record.Snapshot, text string) record.Snapshot {
	n.t.Helper()
	now, err := time.Parse(time.RFC3339, text)
	if err != nil {
		n.t.Fatal(err)
	}
	standing := n.standing
	m.Now, m.Policy = now, &standing
	return m
}

// books writes a change down.
func (n *night) books(before, after record.Record) record.Record {
	for _, b := range (record.Change{Before: &before, After: after}).Bookings() {
		n.standing = n.standing.Add(b.Counter, b.By)
	}
	return after
}

// confirms plans the confirm of a campaign at a price, in a moment.
func (n *night) confirms(ticket, text string, cost campaign.Money) (record.Record, record.Snapshot, StepPlan) {
	n.t.Helper()
	r, m, _ := priced(n.t, "ready", cost)
	m = n.at(m, text)
	r.Ticket, r.PricedAt = ticket, m.Now
	pl := PlanStep(r, r.Next(), m, n.p, "t")
	n.books(r, pl.After)
	return pl.After, m, pl
}

// has fails unless a day has spent so much.
func (n *night) has(when, day string, used, reserved campaign.Money) {
	n.t.Helper()
	got := n.standing.Spent[budget.Counter{Budget: "all", Period: day}]
	if got.Used != used || got.Reserved != reserved {
		n.t.Errorf("%s: %s has %s used and %s reserved, want %s and %s", when, day, got.Used, got.Reserved, used, reserved)
	}
}

// Across the midnights of the day on which Paris's clock goes back, and of the one on
// which it goes forward, each confirm counts in the day of its claim, what is given back
// goes to the day that it came from, and a full day lasts 25 hours, or 23.
func TestABudgetAcrossMidnightWhereTheClockChanges(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		eve, day, next                        string // as keys
		before, midnight, late, end, behindIt string
	}{
		"a day of 25 hours": {
			"2026-10-24", "2026-10-25", "2026-10-26", "2026-10-24T23:59:59+02:00", "2026-10-25T00:00:00+02:00",
			"2026-10-25T23:59:59+01:00", "2026-10-26T00:00:00+01:00", "2026-10-26T00:00:01+01:00",
		},
		"a day of 23 hours": {
			"2026-03-28", "2026-03-29", "2026-03-30", "2026-03-28T23:59:59+01:00", "2026-03-29T00:00:00+01:00",
			"2026-03-29T23:59:59+02:00", "2026-03-30T00:00:00+02:00", "2026-03-30T00:00:01+02:00",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			n := newNight(t)
			first, m, pl := n.confirms("sms_1", c.before, 6*campaign.Euro)
			if pl.Call != campaign.CallConfirm {
				t.Fatalf("the eve: got %s, want a confirm", planned(pl))
			}
			second, _, _ := n.confirms("sms_2", c.midnight, 6*campaign.Euro)
			n.has("both are under way", c.eve, 0, 6*campaign.Euro)
			n.has("both are under way", c.day, 0, 6*campaign.Euro)

			// The first is refused as not sent, after midnight: the eve gets it back, today keeps its own.
			m = n.at(m, c.midnight)
			first = n.books(first, Settle(first, campaign.CallConfirm, record.Outcome{Class: record.ClassThrottled, HTTPStatus: 429}, m, n.p).After)
			n.has("the first is given back", c.eve, 0, 0)
			n.has("the first is given back", c.day, 0, 6*campaign.Euro)
			n.books(second, Settle(second, campaign.CallConfirm, record.Outcome{Class: record.ClassOK}, m, n.p).After)
			n.has("the second is sent", c.day, 6*campaign.Euro, 0)

			// Its next confirm is of today, which has 4.00 left until its last second.
			first.DueAt = time.Time{}
			pl = PlanStep(first, first.Next(), n.at(m, c.late), n.p, "t")
			for pl.Action == ActionWrite && pl.After.State == campaign.StateComputing { // the price is old by then
				after := pl.After
				after.State, after.PricedAt = campaign.StateReady, n.at(m, c.late).Now
				pl = PlanStep(after, after.Next(), n.at(m, c.late), n.p, "t")
			}
			end, err := time.Parse(time.RFC3339, c.end)
			if err != nil {
				t.Fatal(err)
			}
			if pl.After.State != campaign.StateReady || !pl.After.DueAt.Equal(end) {
				t.Errorf("in the last second of the day: got %s until %s, want it to wait until %s", planned(pl), pl.After.DueAt, end)
			}
			third, _, pl := n.confirms("sms_3", c.behindIt, 10*campaign.Euro)
			if pl.Call != campaign.CallConfirm || len(third.Reserved) != 1 || third.Reserved[0].Period != c.next {
				t.Errorf("behind midnight: got %s, reserved %+v, want all of %s", planned(pl), third.Reserved, c.next)
			}
			n.has("in the end", c.day, 6*campaign.Euro, 0)
			n.has("in the end", c.next, 0, 10*campaign.Euro)
		})
	}
}
