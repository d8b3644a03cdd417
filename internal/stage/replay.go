package stage

import (
	"context"
	"errors"
	"time"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/lifecycle"
	"github.com/octoq/octoq/internal/record"
)

// Replay starts the next run of a dead campaign, or refuses: then a new letter is
// stored first, and the one that was replayed is done.
func (r *Runner) Replay(ctx context.Context, l lifecycle.DeadLetter) JobResult {
	for {
		if ctx.Err() != nil {
			return again(time.Time{})
		}
		rec, at, err := r.Ledger.Load(ctx, l.Account, l.ID)
		switch {
		case errors.Is(err, campaign.ErrNotFound):
			return done(at)
		case err != nil:
			return r.failed(err)
		}
		if res, ended := r.replay(ctx, l, stored(rec, at)); ended {
			return res
		}
	}
}

// replay has ended unless the record changed meanwhile.
func (r *Runner) replay(ctx context.Context, l lifecycle.DeadLetter, cur loaded) (JobResult, bool) {
	plan := lifecycle.PlanReplay(cur.record, l, cur.at, r.Policy)
	if plan.Action == lifecycle.ReplayDelete {
		out, err := r.deleteTicket(ctx, plan.Target)
		if err != nil {
			return r.gateClosed(err), true
		}
		plan = lifecycle.ReplayAfterDelete(plan.Target, out, cur.at, r.Policy)
	}
	switch plan.Action {
	case lifecycle.ReplayWrite:
		return r.beginRun(ctx, cur, plan)
	case lifecycle.ReplayRefuse:
		return r.refuseReplay(ctx, cur, plan)
	case lifecycle.ReplayAgain:
		return again(r.soon(plan.Wait)), true
	default:
		return done(cur.at), true
	}
}

// deleteTicket asks the API to delete the campaign's ticket. It changes nothing in the
// ledger and may be repeated, so it needs no claim. An error means that the gate did
// not open.
func (r *Runner) deleteTicket(ctx context.Context, rec record.Record) (record.Outcome, error) {
	permit, err := r.passGate(ctx, campaign.CallCancel, rec)
	if err != nil {
		return record.Outcome{}, err
	}
	defer permit.Release(ctx, record.Outcome{})
	ctx, cancel := r.callContext(ctx)
	defer cancel()
	return r.callWithRegrant(ctx, permit, apiCall{call: campaign.CallCancel, record: rec}), nil
}

// beginRun writes the next run, and enqueues its first step and the cancel of what the
// old one left at the API.
func (r *Runner) beginRun(ctx context.Context, cur loaded, plan lifecycle.ReplayPlan) (JobResult, bool) {
	result, at, err := r.commit(ctx, "replay", cur.change(plan.Decision, r.Token()))
	if err != nil {
		return r.failed(err), true
	}
	if result != record.CommitApplied {
		return JobResult{}, false
	}
	if plan.After.CancelsOrphans() {
		if err := r.enqueueOrphans(ctx, plan.After); err != nil {
			return r.failed(err), true
		}
	}
	return r.enqueueNext(ctx, transition{before: cur.record, after: plan.After, at: at}), true
}

// refuseReplay stores a new letter with the reason.
func (r *Runner) refuseReplay(ctx context.Context, cur loaded, plan lifecycle.ReplayPlan) (JobResult, bool) {
	result, _, err := r.commit(ctx, "refuse", cur.change(plan.Decision, r.Token()))
	switch {
	case err != nil:
		return r.failed(err), true
	case result != record.CommitApplied:
		return JobResult{}, false
	}
	return r.doneUnless(r.bury(ctx, plan.After, plan.Refused), cur.at), true
}
