package stage

import (
	"context"
	"errors"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/lifecycle"
	"github.com/octoq/octoq/internal/record"
)

// commit writes to the ledger, between two cuts.
func (r *Runner) commit(ctx context.Context, point string, ch record.Change) (record.CommitResult, record.Snapshot, error) {
	r.cut("before " + point)
	result, at, err := r.Ledger.Commit(ctx, ch)
	r.cut("after " + point)
	return result, at, err
}

// commitAndEnqueue writes to the ledger, enqueues the next step and acknowledges the
// task in one script where that can be.
func (r *Runner) commitAndEnqueue(ctx context.Context, point string, job Job, cur loaded, ch record.Change) (Completion, error) {
	letter := ch.After.Next().Stage == campaign.StageDead
	if r.Completer == nil || letter || lifecycle.SameStep(cur.record, ch.After) {
		result, at, err := r.commit(ctx, point, ch)
		return Completion{Result: result, At: at}, err
	}
	// The next step may be taken before this returns. Were the change refused, so
	// would be what is decided on this.
	r.records.add(ch.Written(), cur.at, r.Now())
	r.cut("before " + point)
	completion, err := r.Completer.Complete(ctx, job, ch, r.nextStep(transition{before: cur.record, after: ch.After, at: cur.at}))
	r.cut("after " + point)
	return completion, err
}

// reload asks for the record until Redis answers or ctx ends: an answer of the
// API is too precious to be dropped for a Redis that is away for a moment.
func (r *Runner) reload(ctx context.Context, rec record.Record) (loaded, error) {
	for {
		fresh, at, err := r.Ledger.Load(ctx, rec.Account(), rec.ID())
		if err == nil || errors.Is(err, campaign.ErrNotFound) || errors.Is(err, campaign.ErrVersion) {
			return stored(fresh, at), err
		}
		if ctx.Err() != nil {
			return stored(rec, at), err
		}
		r.pause(ctx)
	}
}
