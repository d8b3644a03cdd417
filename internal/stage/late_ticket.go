package stage

import (
	"context"
	"errors"
	"time"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/lifecycle"
	"github.com/octoq/octoq/internal/record"
)

// overtaken puts on record what a worker learnt too late, and comes back: it
// never says done for a step that may be another's by now.
func (r *Runner) overtaken(ctx context.Context, rec record.Record, out record.Outcome) JobResult {
	if out.Ticket == "" {
		return again(r.soon(time.Second))
	}
	if err := r.addOrphan(ctx, rec, out.Ticket); err != nil {
		return r.failed(err)
	}
	return again(r.soon(time.Second))
}

// addOrphan notes a late ticket and queues its cancel. A ticket that the
// record holds is never an orphan.
func (r *Runner) addOrphan(ctx context.Context, rec record.Record, ticket string) error {
	token, owner := "o"+r.Token(), ""
	for {
		cur, err := r.reload(ctx, rec)
		switch {
		case errors.Is(err, campaign.ErrNotFound):
			return nil // purged: there is no record to note it in
		case err != nil:
			return err
		case cur.record.Ticket == ticket:
			return nil
		case lifecycle.HasOrphan(cur.record, ticket): // noted here, the reply being lost, or by a replay
			return r.enqueueOrphans(ctx, cur.record)
		}
		ch := cur.change(lifecycle.LateTicket(cur.record, ticket, owner, cur.at, r.Policy), token)
		result, _, err := r.commit(ctx, "orphan", ch)
		taken, ok := errors.AsType[*record.TicketError](err)
		switch {
		case ok: // nothing was written
			owner = taken.Owner
		case err != nil && ctx.Err() != nil:
			return err
		case err != nil:
			r.pause(ctx)
		case result == record.CommitApplied && owner != "":
			return nil
		case result == record.CommitApplied:
			return r.enqueueOrphans(ctx, ch.After)
		}
	}
}
