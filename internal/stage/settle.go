package stage

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/lifecycle"
	"github.com/octoq/octoq/internal/record"
)

// settleClaim writes the answer to a claimed call. Operators may have set
// flags meanwhile: then the record has changed, and it is decided again on the
// flags that are. A claim that is another's by now, or past its deadline, was
// read as unanswered by another worker: nothing is changed but what was learnt.
// claimed is the record as claimed, its moment brought up to date.
func (r *Runner) settleClaim(ctx context.Context, job Job, claimed loaded, call campaign.Call, out record.Outcome) JobResult {
	token, cur := claimed.record.Claim.Token, claimed
	for {
		s := lifecycle.Settle(cur.record, call, out, cur.at, r.Policy)
		ch := cur.change(s.Decision, token)
		ch.Kind, ch.Counts = record.ChangeSettle, record.Counts{ConfirmAccepted: s.ConfirmAccepted, CreateAccepted: s.CreateAccepted}
		ch.OneAtATime = s.OneAtATime
		completion, err := r.commitAndEnqueue(ctx, "settle "+string(call), job, cur, ch)
		if taken, ok := errors.AsType[*record.TicketError](err); ok { // nothing was written
			out.TicketOwner = taken.Owner
			continue
		}
		switch {
		case err == nil && completion.Result == record.CommitApplied:
			return r.afterSettle(ctx, cur, ch, completion)
		case err == nil && completion.Result == record.CommitExpired:
			return r.overtaken(ctx, cur.record, out)
		case err != nil:
			r.pause(ctx)
		}
		cur, err = r.reload(ctx, cur.record)
		switch {
		case err != nil:
			return JobResult{At: r.soon(r.Policy.Claim), Err: err}
		case slices.Contains(cur.record.Applied, token):
			return r.afterLostReply(ctx, claimed.record, cur)
		case cur.record.Claim == nil || cur.record.Claim.Token != token:
			return r.overtaken(ctx, cur.record, out)
		}
	}
}

// settleStatus writes what a status call taught. It holds no claim; if the
// record has moved on meanwhile, the answer is of no use any more.
func (r *Runner) settleStatus(ctx context.Context, job Job, asked loaded, out record.Outcome) JobResult {
	token, cur := r.Token(), asked
	for {
		s := lifecycle.Settle(cur.record, campaign.CallStatus, out, cur.at, r.Policy)
		ch := cur.change(s.Decision, token)
		if lifecycle.SameStep(cur.record, s.After) {
			ch.Kind = record.ChangePoll
		}
		completion, err := r.commitAndEnqueue(ctx, "settle status", job, cur, ch)
		switch {
		case err == nil && completion.Result == record.CommitApplied:
			return r.afterSettle(ctx, cur, ch, completion)
		case err != nil:
			r.pause(ctx)
		}
		cur, err = r.reload(ctx, cur.record)
		switch {
		case err != nil:
			return r.failed(err)
		case slices.Contains(cur.record.Applied, token): // the reply was lost
			return r.afterLostReply(ctx, asked.record, cur)
		case movedOn(asked.record, cur.record):
			return again(time.Time{})
		}
	}
}

// movedOn reports whether the record is not at the status call any more that it was
// at.
func movedOn(asked, cur record.Record) bool {
	return !lifecycle.SameStep(asked, cur) || cur.Ticket != asked.Ticket || cur.State != asked.State || cur.Claim != nil
}

// afterSettle goes on from a settled record: the same step later, or the next one,
// unless that is enqueued already.
func (r *Runner) afterSettle(ctx context.Context, cur loaded, ch record.Change, c Completion) JobResult {
	if c.Acknowledged {
		return done(cur.at)
	}
	cur.at.Now = c.At.Now
	return r.goOn(ctx, transition{before: cur.record, after: ch.Written(), at: cur.at})
}

// afterLostReply goes on from an answer that was written although the reply was lost.
// The record is compared with what was asked: a step that only comes again is the task
// in hand, and is not done.
func (r *Runner) afterLostReply(ctx context.Context, asked record.Record, cur loaded) JobResult {
	return r.goOn(ctx, transition{before: asked, after: cur.record, at: cur.at})
}

func (r *Runner) goOn(ctx context.Context, t transition) JobResult {
	r.records.add(t.after, t.at, r.Now())
	if lifecycle.SameStep(t.before, t.after) {
		return again(localTime(t.after.DueAt, t.at, r.Now()))
	}
	return r.enqueueNext(ctx, t)
}
