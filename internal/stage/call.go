package stage

import (
	"context"
	"errors"
	"time"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/record"
)

// maxRegrants is how often a call whose grant had passed before it was written
// goes through the gate again, and regrantWithin how long that may take: the
// claim is held meanwhile.
const (
	maxRegrants   = 3
	regrantWithin = 3 * time.Second
)

// apiCall is a call for a record. end is when the campaign's time for it is over, on
// the local clock; zero: it has none.
type apiCall struct {
	call   campaign.Call
	record record.Record
	end    time.Time
}

// over reports whether the call's time, if it has one, is over.
func (c apiCall) over(now time.Time) bool { return !c.end.IsZero() && now.After(c.end) }

// callWithRegrant makes the call. A grant that is void by the time the request would
// be written is no fault and no news: another is asked for, unless the campaign's time
// for the call is over.
func (r *Runner) callWithRegrant(ctx context.Context, permit Permit, c apiCall) record.Outcome {
	out := r.callOnce(ctx, permit, c)
	for range maxRegrants {
		if c.over(r.Now()) || out.Class != record.ClassNotSent || permit.NotAfter().IsZero() || !r.Now().After(permit.NotAfter()) {
			return out
		}
		regrant, cancel := context.WithTimeout(ctx, regrantWithin)
		fresh, err := r.Gate.Acquire(regrant, c.call, c.record)
		cancel()
		if err != nil {
			return out
		}
		permit = fresh
		out = r.callOnce(ctx, permit, c)
	}
	return out
}

// callOnce makes the call under one permit and gives that back with what it taught.
// A call that was not written because its time was over taught nothing, nor did
// one that panicked.
func (r *Runner) callOnce(ctx context.Context, permit Permit, c apiCall) record.Outcome {
	var taught record.Outcome
	defer func() { permit.Release(ctx, taught) }()
	req := c.request(permit.NotAfter())
	r.cut("before call " + string(c.call))
	out := r.API.Do(ctx, req)
	r.cut("after call " + string(c.call))
	if out.Class != record.ClassNotSent || !c.over(r.Now()) {
		taught = out
	}
	return out
}

// request is the call as it is written not after the end of its grant, nor of its time.
func (c apiCall) request(grantEnds time.Time) record.Request {
	req := record.Request{
		Call: c.call, Account: c.record.Account(), Campaign: c.record.Campaign,
		Ticket: c.record.Ticket, NotAfter: grantEnds, TraceID: c.record.TraceID, TraceSpan: c.record.TraceSpan,
	}
	if !c.end.IsZero() && (req.NotAfter.IsZero() || c.end.Before(req.NotAfter)) {
		req.NotAfter = c.end
	}
	if c.call == campaign.CallCreate {
		req.RequestID = c.record.RequestID()
	}
	return req
}

// passGate waits for a permit. It fails likewise if the process is asked to stop
// meanwhile.
func (r *Runner) passGate(ctx context.Context, call campaign.Call, rec record.Record) (Permit, error) {
	permit, err := r.Gate.Acquire(ctx, call, rec)
	if err != nil {
		return nil, err
	}
	if err := ctx.Err(); err != nil {
		permit.Release(ctx, record.Outcome{})
		return nil, err
	}
	return permit, nil
}

// gateClosed says when to come back to a gate that did not open.
func (r *Runner) gateClosed(err error) JobResult {
	var closed *GateClosedError
	switch {
	case errors.As(err, &closed):
		return again(closed.At)
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return again(time.Time{})
	default:
		return r.failed(err)
	}
}
