package stage

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/octoq/octoq/campaign"
)

// overtaken puts on record what a worker learnt too late, and comes back: it
// never says done for a step that may be another's by now.
func (r *Runner) overtaken(ctx context.Context, cur campaign.Record, out campaign.Outcome) Result {
	if out.Ticket == "" {
		return again(r.soon(time.Second))
	}
	if err := r.addOrphan(ctx, cur, out.Ticket); err != nil {
		return r.failed(err)
	}
	return again(r.soon(time.Second))
}

// addOrphan notes a late ticket and queues its cancel. A ticket that the
// record holds is never an orphan.
func (r *Runner) addOrphan(ctx context.Context, rec campaign.Record, ticket string) error {
	token, owner := "o"+r.Token(), ""
	for {
		cur, m, err := r.reload(ctx, rec)
		switch {
		case errors.Is(err, campaign.ErrNotFound):
			return nil // purged: nobody is left to tell
		case err != nil:
			return err
		case cur.Ticket == ticket:
			return nil
		case hasOrphan(cur, ticket): // by us, the reply being lost, or by a replay
			return r.putOrphans(ctx, cur)
		}
		d := edit(cur, r.Policy.Who)
		d.lateTicket(ticket, owner, m)
		verdict, _, err := r.commit(ctx, "orphan", campaign.Change{
			Before: &cur, After: d.Record, RunID: m.RunID, Token: token, Entries: d.entries,
		})
		taken, ok := errors.AsType[*campaign.TicketError](err)
		switch {
		case ok: // nothing was written
			owner = taken.Owner
		case err != nil && ctx.Err() != nil:
			return err
		case err != nil:
			r.pause(ctx)
		case verdict == campaign.VerdictApplied && owner != "":
			return nil
		case verdict == campaign.VerdictApplied:
			return r.putOrphans(ctx, d.Record)
		}
	}
}

// lateTicket books a ticket that came too late. One that belongs to another
// campaign is no orphan: to cancel it would be to cancel that campaign.
func (d *draft) lateTicket(ticket, owner string, m campaign.Moment) {
	if owner != "" {
		d.tell("ticket_taken", "ticket "+ticket+" came too late, and belongs to campaign "+owner+": it is left alone")
		return
	}
	d.Orphans = append(d.Orphans, campaign.Orphan{Ticket: ticket, At: m.Now})
	d.tell("orphan", "ticket "+ticket+" came too late and is never confirmed")
}

func hasOrphan(r campaign.Record, ticket string) bool {
	return slices.ContainsFunc(r.Orphans, func(o campaign.Orphan) bool { return o.Ticket == ticket })
}

func (r *Runner) putOrphans(ctx context.Context, rec campaign.Record) error {
	r.cut("before put")
	err := r.Queue.Put(ctx, rec.Account(), rec.ID(), rec.OrphanStep(), time.Time{})
	r.cut("after put")
	return err
}

// cancelOrphans carries out such a wake-up: one call for one orphan, then the
// next. Cancelling twice does no harm, so there is no claim.
func (r *Runner) cancelOrphans(ctx context.Context, job Job) Result {
	rec, m, err := r.Ledger.Load(ctx, job.Account, job.ID)
	switch {
	case errors.Is(err, campaign.ErrNotFound):
		return done()
	case err != nil:
		return r.failed(err)
	}
	i := slices.IndexFunc(rec.Orphans, func(o campaign.Orphan) bool {
		return !o.Cancelled && !o.Sent && o.Tries < campaign.OrphanTries && o.Ticket != rec.Ticket
	})
	if i < 0 {
		return done()
	}
	permit, err := r.Gate.Acquire(ctx, campaign.CallCancel, rec.ID())
	if err != nil {
		return r.shut(err)
	}
	if ctx.Err() != nil { // asked to stop while waiting at the gate
		permit.Release(ctx, campaign.Outcome{})
		return again(time.Time{})
	}
	ctx, cancel := r.lasting(ctx)
	defer cancel()
	target := rec
	target.Ticket = rec.Orphans[i].Ticket
	out := r.do(ctx, permit, campaign.CallCancel, target, time.Time{})
	d := edit(rec, r.Policy.Who)
	d.orphanAnswered(i, out)
	_, _, err = r.commit(ctx, "orphan", campaign.Change{
		Before: &rec, After: d.Record, RunID: m.RunID, Token: "o" + r.Token(), Entries: d.entries,
	})
	if err != nil {
		return r.failed(err)
	}
	return again(r.soon(r.Policy.backoff(d.Orphans[i].Tries, out.RetryAfter)))
}

// orphanAnswered books what the API said to the cancel of an orphan.
func (d *draft) orphanAnswered(i int, out campaign.Outcome) {
	o := &d.Orphans[i]
	if out.Class != campaign.ClassAccount {
		o.Tries++
	}
	o.Note = describe(campaign.CallCancel, out)
	switch {
	case out.Class == campaign.ClassOK, out.Class == campaign.ClassRejected && out.Code == campaign.CodeUnknownCampaign:
		o.Cancelled = true
		d.tell("orphan_cancelled", "ticket "+o.Ticket)
	case out.Class == campaign.ClassDone:
		o.Sent = true
		d.MaybeConfirmed = true
		d.tell("orphan_sent", "the API says that ticket "+o.Ticket+" was sent, though octoq did not confirm it")
	}
}
