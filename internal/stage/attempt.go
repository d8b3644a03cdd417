package stage

import (
	"context"
	"time"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/lifecycle"
	"github.com/octoq/octoq/internal/record"
)

// attempt passes the gate, claims, calls and settles. It has ended unless the
// record changed before the claim and is to be looked at again.
func (r *Runner) attempt(ctx context.Context, job Job, cur loaded, plan lifecycle.StepPlan) (JobResult, bool) {
	arrived := r.Now()
	permit, err := r.passGate(ctx, plan.Call, plan.After)
	if err != nil {
		return r.gateClosed(err), true
	}
	// No way out keeps the permit, a panic included: its slot would be renewed
	// for as long as the process lives.
	defer permit.Release(ctx, record.Outcome{})
	cur = cur.later(r.Now().Sub(arrived))
	switch {
	case !plan.Claimed:
		return r.askStatus(ctx, job, cur, permit), true
	case lifecycle.TimingPassed(plan.After, plan.Call, cur.at, r.Policy):
		return JobResult{}, false
	default:
		return r.callClaimed(ctx, job, cur, plan, permit)
	}
}

// askStatus looks at the ticket. That changes nothing, and needs no claim.
func (r *Runner) askStatus(ctx context.Context, job Job, cur loaded, permit Permit) JobResult {
	ctx, cancel := r.callContext(ctx)
	defer cancel()
	asked := r.Now()
	out := r.callWithRegrant(ctx, permit, apiCall{call: campaign.CallStatus, record: cur.record})
	return r.settleStatus(ctx, job, cur.later(r.Now().Sub(asked)), out)
}

// callClaimed writes the intent before the call, and the answer behind it.
func (r *Runner) callClaimed(stopping context.Context, job Job, cur loaded, plan lifecycle.StepPlan, permit Permit) (JobResult, bool) {
	ctx, cancel := r.callContext(stopping)
	defer cancel()
	beforeClaim := r.Now()
	cur, result, err := r.claim(ctx, cur, plan)
	switch {
	case err != nil:
		return r.failed(err), true
	case result != record.CommitApplied:
		return JobResult{}, false
	}
	asked := r.Now()
	out := r.callInTime(ctx, permit, plan.Call, cur, beforeClaim)
	cur = cur.later(r.Now().Sub(asked))
	ctx, settled := r.settleContext(stopping)
	defer settled()
	return r.settleClaim(ctx, job, cur, plan.Call, out), true
}

// claim writes the intent. The claim runs from now, not from before the wait at the
// gate.
func (r *Runner) claim(ctx context.Context, cur loaded, plan lifecycle.StepPlan) (loaded, record.CommitResult, error) {
	claim := *plan.After.Claim
	claim.Deadline = cur.at.Now.Add(r.Policy.Claim)
	plan.After.Claim = &claim
	ch := cur.change(plan.Decision, "c"+claim.Token)
	result, at, err := r.commit(ctx, "claim "+string(plan.Call), ch)
	return stored(ch.Written(), at), result, err
}

// callInTime makes a claimed call, unless its time passed while it was claimed. The
// last moment of the call is taken on the local clock as it was before the claim: a
// process that was frozen behind the claim does not call too late.
func (r *Runner) callInTime(ctx context.Context, permit Permit, call campaign.Call, cur loaded, beforeClaim time.Time) record.Outcome {
	if lifecycle.TimingPassed(cur.record, call, cur.at, r.Policy) {
		permit.Release(ctx, record.Outcome{}) // to settle may take long
		return record.Outcome{Class: record.ClassNotSent, Message: "its time passed before it could be made"}
	}
	last := lifecycle.LastMoment(cur.record, call, cur.at, r.Policy)
	return r.callWithRegrant(ctx, permit, apiCall{
		call: call, record: lifecycle.WithoutPassedSendAt(cur.record, call, cur.at),
		end: localTime(last, cur.at, beforeClaim),
	})
}
