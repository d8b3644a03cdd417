package stage

import (
	"context"
	"errors"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/lifecycle"
	"github.com/octoq/octoq/internal/record"
)

// cancelOrphans carries out a wake-up for the record's orphans: one call for one of
// them, then the next. Cancelling twice does no harm, so there is no claim.
func (r *Runner) cancelOrphans(ctx context.Context, job Job) JobResult {
	rec, at, err := r.Ledger.Load(ctx, job.Account, job.ID)
	switch {
	case errors.Is(err, campaign.ErrNotFound):
		return done(at)
	case err != nil:
		return r.failed(err)
	}
	i := lifecycle.NextOrphan(rec)
	if i < 0 {
		return done(at)
	}
	permit, err := r.passGate(ctx, campaign.CallCancel, rec)
	if err != nil {
		return r.gateClosed(err)
	}
	defer permit.Release(ctx, record.Outcome{})
	ctx, cancel := r.callContext(ctx)
	defer cancel()
	target := rec
	target.Ticket = rec.Orphans[i].Ticket
	out := r.callWithRegrant(ctx, permit, apiCall{call: campaign.CallCancel, record: target})
	settled := lifecycle.SettleOrphan(rec, i, out, r.Policy)
	if _, _, err = r.commit(ctx, "orphan", stored(rec, at).change(settled, "o"+r.Token())); err != nil {
		return r.failed(err)
	}
	return again(r.soon(r.Policy.Backoff(settled.After.Orphans[i].Tries, out.RetryAfter)))
}
