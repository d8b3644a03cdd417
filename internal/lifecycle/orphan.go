package lifecycle

import (
	"slices"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/record"
)

// HasOrphan reports whether a ticket is one of the record's orphans.
func HasOrphan(r record.Record, ticket string) bool {
	return slices.ContainsFunc(r.Orphans, func(o campaign.Orphan) bool { return o.Ticket == ticket })
}

// NextOrphan is the index of the orphan to be cancelled next, -1 for none. A ticket
// that the record holds is none.
func NextOrphan(r record.Record) int {
	return slices.IndexFunc(r.Orphans, func(o campaign.Orphan) bool {
		return !o.Cancelled && !o.Sent && o.Tries < record.OrphanTries && o.Ticket != r.Ticket
	})
}

// LateTicket notes a ticket that came too late as an orphan. One that belongs to
// another campaign, its owner, is none: to cancel it would be to cancel that campaign.
func LateTicket(r record.Record, ticket, owner string, m record.Snapshot, p Policy) Decision {
	d := newDraft(r, p.Who)
	if owner != "" {
		d.addEntry("ticket_taken", "ticket "+ticket+" came too late, and belongs to campaign "+owner+": it is left alone")
		return d.decision()
	}
	d.Orphans = append(d.Orphans, campaign.Orphan{Ticket: ticket, At: m.Now})
	d.addEntry("orphan", "ticket "+ticket+" came too late and is never confirmed")
	return d.decision()
}

// SettleOrphan books what the API said to the cancel of the i-th orphan.
func SettleOrphan(r record.Record, i int, out record.Outcome, p Policy) Decision {
	d := newDraft(r, p.Who)
	o := &d.Orphans[i]
	if out.Class != record.ClassAccount {
		o.Tries++
	}
	o.Note = describe(campaign.CallCancel, out)
	switch {
	case out.Class == record.ClassOK, unknownTicket(out):
		o.Cancelled = true
		d.addEntry("orphan_cancelled", "ticket "+o.Ticket)
	case out.Class == record.ClassDone:
		o.Sent = true
		d.MaybeConfirmed = true
		d.addEntry("orphan_sent", "the API says that ticket "+o.Ticket+" was sent, though octoq did not confirm it")
	}
	return d.decision()
}
