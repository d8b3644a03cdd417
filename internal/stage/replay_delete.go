package stage

import (
	"context"
	"slices"
	"time"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/lifecycle"
)

// oldTicket is what became of the ticket that a replay leaves behind.
type oldTicket struct {
	again   bool // the API did not say
	sent    bool
	deleted bool   // or the API does not know it any more
	refused string // why the replay goes no further
	note    string
}

// deletes reports whether a replay that does not go on with the campaign's ticket has
// to delete that first.
func deletes(rec campaign.Record) bool {
	done := slices.ContainsFunc(rec.Orphans, func(o campaign.Orphan) bool { return o.Ticket == rec.Ticket && o.Cancelled })
	return rec.Ticket != "" && !done
}

// deleteTicket asks the API to delete the campaign's ticket. It changes nothing in
// the ledger and may be repeated, so it needs no claim.
func (r *Runner) deleteTicket(ctx context.Context, rec campaign.Record) (campaign.Outcome, error) {
	permit, err := r.Gate.Acquire(ctx, campaign.CallCancel, rec.ID())
	if err != nil {
		return campaign.Outcome{}, err
	}
	defer permit.Release(ctx, campaign.Outcome{})
	if err := ctx.Err(); err != nil { // asked to stop while waiting at the gate
		return campaign.Outcome{}, err
	}
	ctx, cancel := r.lasting(ctx)
	defer cancel()
	return r.do(ctx, permit, campaign.CallCancel, rec, time.Time{}), nil
}

// afterDelete decides on the API's answer to the delete of a ticket that a replay
// leaves behind. It is pure.
func afterDelete(rec campaign.Record, out campaign.Outcome, m campaign.Moment) oldTicket {
	old := oldTicket{note: describe(campaign.CallCancel, out)}
	unknown := out.Class == campaign.ClassRejected && out.Code == campaign.CodeUnknownCampaign
	switch out.Class {
	case campaign.ClassOK:
		old.deleted = true
	case campaign.ClassDone:
		old.sent = true
	case campaign.ClassRejected, campaign.ClassUnknown, campaign.ClassDuplicate:
		old.deleted = unknown
		old.refused = lifecycle.RefusesDelete(rec, m, unknown)
	default: // the account, pending, throttled, transient, unanswered, not sent
		old.again = true
	}
	return old
}

// leave makes the ticket of the run before an orphan. One that the API refused to
// delete is tried again by itself.
func (d *draft) leave(ticket string, old oldTicket, m campaign.Moment) {
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
func foundSent(rec campaign.Record, who string) *draft {
	d := edit(rec, who)
	d.Elsewhere = d.Elsewhere || !d.ConfirmTried
	d.Forced, d.ReplayBy = false, ""
	d.sent("sent", "the API says that ticket "+rec.Ticket+" was sent already, so it was not replayed")
	return d
}
