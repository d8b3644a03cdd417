package stage

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/octoq/octoq/campaign"
)

// call passes the gate, claims, calls and settles. It has ended unless the
// record changed before the claim and is to be looked at again.
func (r *Runner) call(ctx context.Context, job Job, before *campaign.Record, pl plan, m campaign.Moment) (Result, bool) {
	rec, arrived := pl.after, r.Now()
	permit, err := r.Gate.Acquire(ctx, pl.call, rec.ID())
	if err != nil {
		return r.shut(err), true
	}
	// No way out keeps the permit, a panic included: its slot would be renewed
	// for as long as the process lives.
	defer permit.Release(ctx, campaign.Outcome{})
	if ctx.Err() != nil { // asked to stop while waiting at the gate
		return again(time.Time{}), true
	}
	m = later(m, r.Now().Sub(arrived))
	if pl.claimed && missed(rec, pl.call, m, r.Policy) {
		return Result{}, false
	}
	stopping := ctx
	ctx, cancel := r.lasting(stopping)
	defer cancel()
	if !pl.claimed {
		asked := r.Now()
		out := r.do(ctx, permit, pl.call, rec, time.Time{})
		return r.settleLook(ctx, job, *before, later(m, r.Now().Sub(asked)), out), true
	}
	claimed := r.Now()
	rec, m, verdict, err := r.claim(ctx, before, pl, m)
	if err != nil || verdict != campaign.VerdictApplied {
		return r.failed(err), err != nil
	}
	asked := r.Now()
	out := tooLate()
	if missed(rec, pl.call, m, r.Policy) {
		permit.Release(ctx, campaign.Outcome{}) // to settle may take long
	} else {
		// From before the claim: who is frozen behind it does not call too late.
		end := seen(turnOf(rec, pl.call, m, r.Policy).end, m, claimed)
		out = r.do(ctx, permit, pl.call, timely(rec, pl.call, m), end)
	}
	ctx, settled := r.keeping(stopping)
	defer settled()
	return r.settleClaim(ctx, job, rec, later(m, r.Now().Sub(asked)), pl.call, out), true
}

// tooLate is what comes of a call whose time passed while it was claimed.
func tooLate() campaign.Outcome {
	return campaign.Outcome{Class: campaign.ClassNotSent, Message: "its time passed before it could be made"}
}

// claim writes the intent before the call. The claim runs from now, not from
// before the wait at the gate.
func (r *Runner) claim(ctx context.Context, before *campaign.Record, pl plan, m campaign.Moment) (campaign.Record, campaign.Moment, campaign.Verdict, error) {
	rec, held := pl.after, *pl.after.Claim
	held.Deadline = m.Now.Add(r.Policy.Claim)
	rec.Claim = &held
	ch := campaign.Change{Before: before, After: rec, RunID: m.RunID, Token: "c" + rec.Claim.Token, Entries: pl.entries}
	verdict, m2, err := r.commit(ctx, "claim "+string(pl.call), ch)
	return ch.Written(), m2, verdict, err
}

// later is the moment brought up to date without asking Redis again.
func later(m campaign.Moment, passed time.Duration) campaign.Moment {
	m.Now = m.Now.Add(passed)
	return m
}

// shut says when to come back to a gate that did not open.
func (r *Runner) shut(err error) Result {
	var later *Later
	switch {
	case errors.As(err, &later):
		return again(later.At)
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return again(time.Time{})
	default:
		return r.failed(err)
	}
}

// lasting is the context of a call and its settling: the process may be asked
// to stop meanwhile, but the answer is still wanted until the claim runs out.
func (r *Runner) lasting(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(ctx), r.Policy.Claim)
}

// keeping is the context in which an answer is written down. It outlives the
// call's: a process that was frozen during the call has used that up, and a
// Redis may be away for long, while the answer may be a ticket that nobody else
// knows. A process that is asked to stop does not keep it for longer than a claim,
// and not when it has given Redis up.
func (r *Runner) keeping(stopping context.Context) (context.Context, context.CancelFunc) {
	const patience = 5 * time.Minute
	ctx, cancel := context.WithTimeout(context.WithoutCancel(stopping), max(patience, r.Policy.Claim))
	stop := context.AfterFunc(stopping, func() {
		t := time.NewTimer(r.Policy.Claim)
		defer t.Stop()
		select {
		case <-t.C:
			cancel()
		case <-r.GivenUp:
			cancel()
		case <-ctx.Done():
		}
	})
	return ctx, func() { stop(); cancel() }
}

// lateGrants is how often a call whose grant had passed before it was written
// goes through the gate again, and regainWithin how long that may take: the
// claim is ours meanwhile.
const (
	lateGrants   = 3
	regainWithin = 3 * time.Second
)

// do makes the call. A grant that is void by the time the request would be
// written is nobody's fault and no news: another is asked for, but not after
// end, if there is one, when the campaign's own time has passed.
func (r *Runner) do(ctx context.Context, permit Permit, call campaign.Call, rec campaign.Record, end time.Time) campaign.Outcome {
	out := r.once(ctx, permit, call, rec, end)
	for range lateGrants {
		if r.over(end) || out.Class != campaign.ClassNotSent || permit.NotAfter().IsZero() || !r.Now().After(permit.NotAfter()) {
			return out
		}
		again, cancel := context.WithTimeout(ctx, regainWithin)
		fresh, err := r.Gate.Acquire(again, call, rec.ID())
		cancel()
		if err != nil {
			return out
		}
		permit = fresh
		out = r.once(ctx, permit, call, rec, end)
	}
	return out
}

// over reports whether the end of a call, if it has one, has passed.
func (r *Runner) over(end time.Time) bool { return !end.IsZero() && r.Now().After(end) }

// once makes the call under one permit and gives that back with what it taught.
// A call that was not written because its end had come taught nothing, nor did
// one that panicked.
func (r *Runner) once(ctx context.Context, permit Permit, call campaign.Call, rec campaign.Record, end time.Time) campaign.Outcome {
	req := campaign.Request{
		Call: call, Account: rec.Account(), Campaign: rec.Campaign,
		Ticket: rec.Ticket, NotAfter: permit.NotAfter(),
	}
	if !end.IsZero() && (req.NotAfter.IsZero() || end.Before(req.NotAfter)) {
		req.NotAfter = end
	}
	if call == campaign.CallCreate {
		req.RequestID = rec.RequestID()
	}
	var taught campaign.Outcome
	defer func() { permit.Release(ctx, taught) }()
	r.cut("before call " + string(call))
	out := r.API.Do(ctx, req)
	r.cut("after call " + string(call))
	if out.Class != campaign.ClassNotSent || !r.over(end) {
		taught = out
	}
	return out
}

// settleClaim writes the answer to a claimed call. Operators may have set
// flags meanwhile: then the record has changed, and it is decided again on the
// flags that are. A claim that is no longer ours, or past its deadline, was
// read as unanswered by somebody else: nothing is changed but what was learnt.
// cur and m are the record as claimed, and the moment of that brought up to date.
func (r *Runner) settleClaim(ctx context.Context, job Job, cur campaign.Record, m campaign.Moment, call campaign.Call, out campaign.Outcome) Result {
	token, asked := cur.Claim.Token, cur
	for {
		s := settle(cur, call, out, m, r.Policy)
		ch := campaign.Change{
			Before: &cur, After: s.after, RunID: m.RunID, Token: token, Settle: true, Success: s.success, Created: s.created, Entries: s.entries,
		}
		verdict, m2, handed, err := r.conclude(ctx, "settle "+string(call), job, cur, ch, m)
		if taken, ok := errors.AsType[*campaign.TicketError](err); ok { // nothing was written
			out.TicketOwner = taken.Owner
			continue
		}
		switch {
		case err == nil && verdict == campaign.VerdictApplied:
			m.Now = m2.Now
			return r.resume(ctx, cur, ch.Written(), m, handed)
		case err == nil && verdict == campaign.VerdictExpired:
			return r.overtaken(ctx, cur, out)
		case err != nil:
			r.pause(ctx)
		}
		cur, m, err = r.reload(ctx, cur)
		switch {
		case err != nil:
			return Result{At: r.soon(r.Policy.Claim), Err: err}
		case slices.Contains(cur.Applied, token):
			// Written, though the reply was lost. Compared with what was asked:
			// a step that only comes again is this very task, and is not done.
			return r.resume(ctx, asked, cur, m, false)
		case cur.Claim == nil || cur.Claim.Token != token:
			return r.overtaken(ctx, cur, out)
		}
	}
}

// reload asks for the record until Redis answers or ctx ends: an answer of the
// API is too precious to be dropped for a Redis that is away for a moment.
func (r *Runner) reload(ctx context.Context, rec campaign.Record) (campaign.Record, campaign.Moment, error) {
	for {
		fresh, m, err := r.Ledger.Load(ctx, rec.Account(), rec.ID())
		if err == nil || errors.Is(err, campaign.ErrNotFound) || errors.Is(err, campaign.ErrVersion) {
			return fresh, m, err
		}
		if ctx.Err() != nil {
			return rec, m, err
		}
		r.pause(ctx)
	}
}

// pause waits a little before Redis is asked again after a trouble, or until
// ctx ends: an answer is kept safe, but not by asking in a tight loop.
func (r *Runner) pause(ctx context.Context) {
	const every = 250 * time.Millisecond
	if r.sleep != nil {
		r.sleep(ctx, every)
		return
	}
	t := time.NewTimer(every)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-t.C:
	}
}

// resume goes on from a settled record: the same step later, or the next one,
// if that is not handed on already.
func (r *Runner) resume(ctx context.Context, before, after campaign.Record, m campaign.Moment, handed bool) Result {
	if handed {
		return done()
	}
	r.recent.keep(after, m, r.Now())
	if comesAgain(before, after) {
		return again(r.local(after.DueAt, m))
	}
	return r.handOn(ctx, before, after, m)
}

// settleLook writes what a status call taught. It holds no claim; if the
// record has moved on meanwhile, the answer is of no use any more.
func (r *Runner) settleLook(ctx context.Context, job Job, cur campaign.Record, m campaign.Moment, out campaign.Outcome) Result {
	token, asked := r.Token(), cur
	for {
		s := settle(cur, campaign.CallStatus, out, m, r.Policy)
		ch := campaign.Change{
			Before: &cur, After: s.after, RunID: m.RunID, Token: token, Poll: s.after.Step == cur.Step, Entries: s.entries,
		}
		verdict, m2, handed, err := r.conclude(ctx, "settle status", job, cur, ch, m)
		switch {
		case err == nil && verdict == campaign.VerdictApplied:
			m.Now = m2.Now
			return r.resume(ctx, cur, ch.Written(), m, handed)
		case err != nil:
			r.pause(ctx)
		}
		cur, m, err = r.reload(ctx, cur)
		switch {
		case err != nil:
			return r.failed(err)
		case slices.Contains(cur.Applied, token): // the reply was lost
			return r.resume(ctx, asked, cur, m, false)
		case cur.Run != asked.Run || cur.Step != asked.Step || cur.Ticket != asked.Ticket || cur.State != asked.State || cur.Claim != nil:
			return again(time.Time{})
		}
	}
}
