package stage

import (
	"context"
	"errors"
	"time"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/lifecycle"
	"github.com/octoq/octoq/internal/record"
)

// Handle carries out one wake-up. When ctx ends it begins nothing new: a call
// in flight is finished and settled, everything else is put back.
func (r *Runner) Handle(ctx context.Context, job Job) JobResult {
	if job.cancelsOrphans() {
		return r.cancelOrphans(ctx, job)
	}
	for first := true; ; first = false {
		if ctx.Err() != nil {
			return again(time.Time{})
		}
		cur, cached := r.cached(job, first)
		if !cached {
			var err error
			cur, err = r.load(ctx, job)
			switch {
			case errors.Is(err, campaign.ErrNotFound):
				return done(cur.at)
			case err != nil:
				return r.failed(err)
			}
		}
		plan := lifecycle.PlanStep(cur.record, job.Step, cur.at, r.Policy, r.Token())
		if cached && (plan.Action == lifecycle.ActionDone || plan.Action == lifecycle.ActionAgain || reserves(plan, cur)) {
			continue // only a write proves that it was decided on what is there; others spend budgets meanwhile
		}
		if res, ended := r.carryOut(ctx, job, cur, plan); ended {
			return res
		}
	}
}

// reserves reports whether a plan is to reserve in budgets.
func reserves(plan lifecycle.StepPlan, cur loaded) bool {
	return plan.Call == campaign.CallConfirm && cur.at.Policy.Covered(cur.record.Campaign.Labels)
}

// cached finds the record as it was just written here, if it was. A second look
// is never at one of these.
func (r *Runner) cached(job Job, first bool) (loaded, bool) {
	if !first {
		return loaded{}, false
	}
	return r.records.fetch(job, r.Now())
}

// load asks for the record.
func (r *Runner) load(ctx context.Context, job Job) (loaded, error) {
	rec, at, err := r.Ledger.Load(ctx, job.Account, job.ID)
	switch {
	case err == nil:
		return stored(rec, at), nil
	case errors.Is(err, campaign.ErrNotFound) && job.First != nil:
		return loaded{record: *job.First, at: at}, nil
	default:
		return loaded{at: at}, err
	}
}

// carryOut does what the plan says. It has ended unless the record is to be looked at
// again.
func (r *Runner) carryOut(ctx context.Context, job Job, cur loaded, plan lifecycle.StepPlan) (JobResult, bool) {
	switch plan.Action {
	case lifecycle.ActionAgain:
		return again(localTime(plan.At, cur.at, r.Now())), true
	case lifecycle.ActionWrite:
		return r.write(ctx, cur, plan)
	case lifecycle.ActionCall:
		return r.attempt(ctx, job, cur, plan)
	default:
		res := done(cur.at)
		res.Cancelled = job.First != nil && cur.record.State == campaign.StateCancelled
		return res, true
	}
}

// write commits a decision that needs no call.
func (r *Runner) write(ctx context.Context, cur loaded, plan lifecycle.StepPlan) (JobResult, bool) {
	result, at, err := r.commit(ctx, "write", cur.change(plan.Decision, r.Token()))
	if err != nil {
		return r.failed(err), true
	}
	if result != record.CommitApplied || lifecycle.SameStep(cur.record, plan.After) {
		return JobResult{}, false
	}
	if at.Now.After(cur.at.Now) {
		cur.at.Now = at.Now
	}
	return r.enqueueNext(ctx, transition{before: cur.record, after: plan.After, at: cur.at}), true
}
