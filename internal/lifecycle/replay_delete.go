package lifecycle

import (
	"slices"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/record"
)

// oldTicket is what became of the ticket that a replay leaves behind.
type oldTicket struct {
	again   bool // the API did not say
	sent    bool
	deleted bool   // or the API does not know it any more
	refused string // why the replay goes no further
	note    string
}

// deletesTicket reports whether a replay that does not go on with the campaign's ticket
// has to delete that first.
func deletesTicket(r record.Record) bool {
	done := slices.ContainsFunc(r.Orphans, func(o campaign.Orphan) bool { return o.Ticket == r.Ticket && o.Cancelled })
	return r.Ticket != "" && !done
}

// oldTicketAfter is what the API's answer to the delete says of the ticket.
func oldTicketAfter(r record.Record, out record.Outcome, m record.Snapshot) oldTicket {
	old := oldTicket{note: describe(campaign.CallCancel, out)}
	switch out.Class {
	case record.ClassOK:
		old.deleted = true
	case record.ClassDone:
		old.sent = true
	case record.ClassRejected, record.ClassUnknown, record.ClassDuplicate:
		old.deleted = unknownTicket(out)
		old.refused = refusesDelete(r, m, unknownTicket(out))
	default: // the account, pending, throttled, transient, unanswered, not sent
		old.again = true
	}
	return old
}

// leaveBehind makes the ticket of the run before an orphan. One that the API refused to
// delete is tried again by itself.
func (d *draft) leaveBehind(ticket string, old oldTicket, m record.Snapshot) {
	note := "of the run before"
	if old.note != "" {
		note += ": " + old.note
	}
	i := slices.IndexFunc(d.Orphans, func(o campaign.Orphan) bool { return o.Ticket == ticket })
	if i < 0 {
		i = len(d.Orphans)
		d.Orphans = append(d.Orphans, campaign.Orphan{Ticket: ticket, At: m.Now})
	}
	d.Orphans[i].Cancelled = d.Orphans[i].Cancelled || old.deleted
	d.Orphans[i].Note = note
}

// foundSent ends a dead campaign whose ticket proved to be sent when a replay was
// about to delete it.
func foundSent(r record.Record, who string) *draft {
	d := newDraft(r, who)
	d.ConfirmedElsewhere = d.ConfirmedElsewhere || !d.ConfirmTried
	d.Forced, d.ReplayBy = false, ""
	d.markSent("sent", "the API says that ticket "+r.Ticket+" was sent already, so it was not replayed")
	return d
}
