package lifecycle

import (
	"testing"
	"time"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/budget"
	"github.com/octoq/octoq/internal/record"
	"github.com/octoq/octoq/internal/recordtest"
)

// reported is a record whose confirm was claimed a minute ago, with a ticket T0 that was
// left behind.
func reported(t *testing.T, words string) (record.Record, record.Snapshot) {
	t.Helper()
	r, m, _ := given(t, words)
	r.ConfirmedAt = m.Now.Add(-time.Minute)
	r.Orphans = []campaign.Orphan{{Ticket: "T0", At: m.Now.Add(-time.Hour), Cancelled: true}}
	if r.State == campaign.StateDead {
		r.Failure = &campaign.Failure{Class: campaign.FailDeadline, Ticket: r.Ticket, MaybeConfirmed: r.MaybeConfirmed}
	}
	return r, m
}

func TestSettleReport(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		words, ticket, status string
		age                   time.Duration // of the report
		after                 string        // "" where nothing changes
		proved                bool
		stop                  string
	}{
		{words: "dead tried maybe", ticket: "T1", status: "DELIVERED", after: "sent tried", proved: true},
		{words: "dead tried maybe", ticket: "T1", status: "NOT_DELIVERED", after: "sent tried", proved: true},
		{words: "dead tried maybe", ticket: "T1", status: "READ", after: "sent tried", proved: true},
		{words: "dead tried maybe", ticket: "T1", status: "BLACKLISTED_NUMBER"},
		{words: "dead tried maybe", ticket: "T1", status: "ACK"},
		{words: "dead tried maybe", ticket: "T1", status: "delivered"},
		{words: "dead tried maybe", ticket: "T9", status: "DELIVERED"},
		{words: "dead tried maybe", ticket: "", status: "DELIVERED"},
		{words: "dead tried maybe", ticket: "T1", status: "DELIVERED", age: time.Minute},
		{words: "dead tried maybe forced", ticket: "T1", status: "DELIVERED"},
		{words: "dead maybe", ticket: "T1", status: "DELIVERED"},
		{words: "dead", ticket: "T1", status: "DELIVERED"},
		{words: "computing tried maybe", ticket: "T1", status: "DELIVERED"},
		{words: "sent", ticket: "T1", status: "DELIVERED"},
		{words: "purged maybe", ticket: "T1", status: "DELIVERED", after: "purged maybe", proved: true},

		{words: "ready approved", ticket: "T0", status: "DELIVERED", after: "awaiting_approval maybe", stop: "T0"},
		{words: "ready approved forced", ticket: "T0", status: "DELIVERED", after: "awaiting_approval maybe", stop: "T0"},
		{words: "awaiting_approval", ticket: "T0", status: "READ", after: "awaiting_approval maybe", stop: "T0"},
		{words: "creating", ticket: "T0", status: "DELIVERED", after: "creating maybe", stop: "T0"},
		{words: "computing approved", ticket: "T0", status: "DELIVERED", after: "computing maybe approved", stop: "T0"},
		{words: "confirming", ticket: "T0", status: "DELIVERED", after: "confirming maybe"},
		{words: "dead", ticket: "T0", status: "DELIVERED", after: "dead maybe", stop: "T0"},
		{words: "sent", ticket: "T0", status: "DELIVERED", after: "sent maybe"},
		{words: "ready", ticket: "T0", status: "BAD_DESTINATION"},
	} {
		r, m := reported(t, c.words)
		decision, changes := SettleReport(r, TicketReport{Ticket: c.ticket, Status: c.status, At: m.Now.Add(-c.age)}, m, "reports")
		got := ""
		if changes {
			got = recordtest.State(decision.After)
		}
		if got != c.after || (decision.After.ProvedBy == ProvedByReport) != c.proved || decision.After.SentOrphan != c.stop {
			t.Errorf("%s, %s of %s: got %q, proved by %q, stopped for %q, want %q, %v, %q", c.words, c.status, c.ticket,
				got, decision.After.ProvedBy, decision.After.SentOrphan, c.after, c.proved, c.stop)
		}
		if changes && len(decision.Entries) == 0 {
			t.Errorf("%s, %s of %s: nothing is in the timeline", c.words, c.status, c.ticket)
		}
		if again, twice := SettleReport(decision.After, TicketReport{Ticket: c.ticket, Status: c.status, At: m.Now}, m, "reports"); changes && twice {
			t.Errorf("%s, the report again: got %s", c.words, recordtest.State(again.After))
		}
	}
}

// A campaign that a report has stopped waits for a person to accept a second sending.
func TestWhatAReportStoppedTakesForce(t *testing.T) {
	t.Parallel()
	r, m := reported(t, "computing approved")
	decision, _ := SettleReport(r, TicketReport{Ticket: "T0", Status: "DELIVERED", At: m.Now}, m, "reports")
	r = decision.After
	r.State, r.Cost, r.Contacts, r.PricedAt = campaign.StateReady, 25800, 20, m.Now
	pl := PlanStep(r, r.Next(), m, testPolicy(), "token")
	if pl.Action != ActionWrite || pl.After.State != campaign.StateAwaitingApproval || pl.After.Approved {
		t.Fatalf("when its confirm is due: got %s, %+v, want it to wait for a person", planned(pl), pl.After.Failure)
	}
	r = pl.After
	if _, _, err := r.Approve("ann", record.AsShown(r.Record)); err == nil {
		t.Error("approved without force: got no error")
	}
	force := campaign.UpTo(campaign.Euro * 100)
	force.Force = true
	after, entries, err := r.Approve("ann", force)
	if err != nil || after.SentOrphan != "" || !forced(after) || len(entries) != 2 {
		t.Fatalf("approved by force: got %s, %v, %d entries, want the second sending on record", recordtest.State(after), err, len(entries))
	}
	if pl := PlanStep(after, after.Next(), m, testPolicy(), "token"); pl.Action == ActionDone {
		t.Errorf("approved by force: got %s, want it to go on", planned(pl))
	}
}

// What a report proves to be sent is booked, where Redis has forgotten its reservation.
func TestAReportBooksWhatWasForgotten(t *testing.T) {
	t.Parallel()
	r, m := reported(t, "dead tried maybe")
	r.Cost, r.Contacts, r.PricedAt = campaign.Euro, 20, m.Now
	m = underBudget(m, budget.OverAsk, 0, 0)
	decision, _ := SettleReport(r, TicketReport{Ticket: "T1", Status: "DELIVERED", At: m.Now}, m, "reports")
	if got := decision.After.Reserved; len(got) != 1 || got[0].Cost != campaign.Euro {
		t.Errorf("got reserved %+v, want 1 € in the budget", got)
	}
}
