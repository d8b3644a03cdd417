package stage

import (
	"context"
	"errors"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/lifecycle"
	"github.com/octoq/octoq/internal/record"
)

// Reject makes a dead letter of a task that cannot be read, or whose campaign is
// not valid, so that a person finds it with all that stood in it. A campaign that
// has a record goes on from that; the task has served.
func (r *Runner) Reject(ctx context.Context, t lifecycle.RejectedTask) JobResult {
	rec, at, err := r.Ledger.Load(ctx, t.Account, t.ID)
	switch {
	case err == nil && lifecycle.Rejected(rec): // written before, its letter perhaps not
		return r.doneUnless(r.bury(ctx, rec, ""), at)
	case err == nil:
		return done(at)
	case !errors.Is(err, campaign.ErrNotFound):
		return r.failed(err)
	case !t.First:
		return done(at)
	}
	ch := loaded{at: at}.change(lifecycle.Reject(t, at, r.Policy), r.Token())
	result, _, err := r.commit(ctx, "reject", ch)
	switch {
	case err != nil:
		return r.failed(err)
	case result != record.CommitApplied:
		return again(r.Now())
	}
	return r.doneUnless(r.bury(ctx, ch.After, ""), at)
}
