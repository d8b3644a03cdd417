package stage

import (
	"fmt"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/lifecycle"
	"github.com/octoq/octoq/internal/record"
)

// report has the API report of a ticket: that messages of one that was sent arrived, or
// what may be said of any ticket. Some reports are of another campaign's.
func (w *world) report() {
	if len(w.api.tickets) == 0 {
		return
	}
	n := w.dice.roll("of which ticket", len(w.api.tickets))
	report := lifecycle.TicketReport{Ticket: fmt.Sprintf("T%d", n+1), At: w.clock.Now()}
	report.Status = []string{"ACK", "BLACKLISTED_NUMBER", "BAD_DESTINATION"}[w.dice.roll("a word", 3)]
	others := w.dice.roll("another campaign's", 6) == 5
	if others {
		report.Ticket = othersTicket
	}
	if others || w.api.tickets[n] == ticketSent && w.dice.roll("it arrived", 3) > 0 {
		report.Status = []string{"DELIVERED", "NOT_DELIVERED", "READ"}[w.dice.roll("a final word", 3)]
	}
	err := w.redis.command(w.c, func(r record.Record) (record.Record, []campaign.Entry, error) {
		_, _, m := w.redis.read(w.c.Account, w.c.ID)
		decision, changes := lifecycle.SettleReport(r, report, m, "reports")
		if !changes {
			return r, nil, nil
		}
		return decision.After, decision.Entries, nil
	}, w.dice.roll("wakes", 2) == 0)
	w.log("report of %s: %s: %v", report.Ticket, report.Status, err)
	r, ok := w.record()
	switch {
	case !ok || err != nil:
	case r.SentOrphan == report.Ticket:
		w.stopped, w.stops = r.SentOrphan, w.stops+1
	case r.ProvedBy != "":
		w.proofs++
	}
}

// reportsArrive is a world whose confirms are often not answered, whose API refuses to delete
// tickets and reports, and whose operators use force.
func reportsArrive(w *world) {
	w.policy.Manual, w.c.MaxCost, w.holding = false, 0, false
	w.api.afterSend = []record.Outcome{refusal131(), {Class: record.ClassOK, Progress: record.ProgressFailed}}[w.dice.roll("after it", 2)]
	w.api.wrong = func(r record.Request) *misstep {
		switch {
		case r.Call == campaign.CallConfirm && w.dice.roll("no answer", 4) > 0 && w.faults:
			return &misstep{carriedOut: w.dice.roll("it arrived", 3) > 0, out: record.Outcome{Class: record.ClassUnanswered}}
		case r.Call == campaign.CallCancel && w.dice.roll("refused", 4) > 0 && w.faults:
			return &misstep{out: record.Outcome{Class: record.ClassRejected, Code: 202, HTTPStatus: 400}}
		default:
			return nil
		}
	}
	w.often = map[string]int{"go on": 60, "a delivery report": 12, "operator": 12, "replay": 16, "forget": 1, "purge": 0, "edit": 0, "a long time": 0, "the price changes": 0}
}

// confirmingStopped sees the confirm of a campaign that a report has stopped.
func (w *world) confirmingStopped(rec record.Record, r record.Request) {
	ours := rec.Claim != nil && rec.Claim.Call == campaign.CallConfirm && rec.Ticket == r.Ticket
	if ours && w.losses == 0 && w.stopped != "" {
		w.violate("%s is confirmed, and a report had proved that %s was sent", r.Ticket, w.stopped)
	}
}
