package worker

import (
	"context"
	"errors"
	"runtime"
	"sync"
	"time"

	"github.com/rs/zerolog"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/hold"
	"github.com/octoq/octoq/internal/limit"
	"github.com/octoq/octoq/internal/octopush"
	"github.com/octoq/octoq/internal/record"
	"github.com/octoq/octoq/internal/stage"
)

// gate is the account's gate as the stages see it. The limiter learns the outcome
// of each call first, and then the hold.
type gate struct {
	*limit.Gate
	claims semaphore // of calls that are claimed or about to be
	hold   *hold.Controller
	warn   func(error) *zerolog.Event
}

// Acquire waits until the campaign may be claimed, and then for a permit.
func (g *gate) Acquire(ctx context.Context, call campaign.Call, id string) (stage.Permit, error) {
	release, err := g.claims.Acquire(ctx, call)
	if err != nil {
		return nil, err
	}
	p, err := g.Gate.Acquire(ctx, call, id)
	if err != nil {
		release()
	}
	var later *limit.LaterError
	switch {
	case errors.As(err, &later):
		return nil, &stage.GateClosedError{At: later.At, Why: later.Why}
	case err != nil:
		return nil, err
	}
	return &permit{Permit: p, gate: g, release: release, call: call, id: id}, nil
}

type permit struct {
	*limit.Permit
	gate    *gate
	release func()
	call    campaign.Call
	id      string
	once    sync.Once
}

// Release gives the permit back. Trouble with Redis is logged and no more: the
// slot's lease ends by itself, and the next answer shows the same.
func (p *permit) Release(ctx context.Context, out record.Outcome) {
	p.once.Do(func() { p.finish(ctx, out) })
}

func (p *permit) finish(ctx context.Context, out record.Outcome) {
	p.release()
	report, err := p.Permit.Release(ctx, out)
	if err != nil {
		p.gate.warn(err).Str(logID, p.id).Msg("permit was not given back")
		return
	}
	if out.Class == "" {
		return
	}
	const grace = 5 * time.Second
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), grace)
	defer cancel()
	err = p.gate.hold.Observe(ctx, hold.Observation{
		Call: p.call, Campaign: p.id, Outcome: out,
		Probe: report.Probe, Streak: report.Streak, Campaigns: report.Campaigns,
	})
	if err != nil {
		p.gate.warn(err).Str(logID, p.id).Msg("hold was not told of an answer")
	}
}

// api is the account's API, counted and logged.
type api struct {
	client   *octopush.Client
	account  string
	calls    semaphore
	log      zerolog.Logger
	throttle *warnThrottle // the account's
	called   func(account string, call campaign.Call, class record.Class, took time.Duration)
}

// Do makes one call, once the semaphore lets it.
func (a *api) Do(ctx context.Context, r record.Request) record.Outcome {
	release, err := a.calls.Acquire(ctx, r.Call)
	if err != nil {
		return record.Outcome{Class: record.ClassNotSent, Message: err.Error()}
	}
	defer release()
	began := time.Now()
	out := a.client.Do(ctx, r)
	took := time.Since(began)
	// The next call comes first: it matters more than what is still to be written
	// down here.
	release()
	runtime.Gosched()
	a.called(a.account, r.Call, out.Class, took)
	a.log.Debug().Str(logID, r.Campaign.ID).Str(logCall, string(r.Call)).Str(logClass, string(out.Class)).
		Int(logHTTPStatus, out.HTTPStatus).Int(logCode, out.Code).Str(logMessage, out.Message).
		Str(logTicket, firstOf(out.Ticket, r.Ticket)).Dur(logTook, took).Msg("api called")
	if out.Unavailable() && ctx.Err() == nil {
		a.warn(r, out)
	}
	return out
}

// warn tells, now and then, that the API is away or in trouble: until the account
// is held, which takes several campaigns, nothing else would.
func (a *api) warn(r record.Request, out record.Outcome) {
	due, untold := a.throttle.broken(time.Now())
	if !due {
		return
	}
	a.log.Warn().Str(logID, r.Campaign.ID).Str(logCall, string(r.Call)).Str(logClass, string(out.Class)).
		Int(logHTTPStatus, out.HTTPStatus).Str(logMessage, out.Message).Int("more_since_last", untold).
		Msg("a call got no usable answer; it is made again later where that is safe")
}

func firstOf(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// prober asks for the balance of a held account, through the gate like any call.
type prober struct {
	gate *limit.Gate
	api  *api
	warn func(error) *zerolog.Event
}

// Balance makes the call; a gate that does not open reads as not sent.
func (p *prober) Balance(ctx context.Context) record.Outcome {
	permit, err := p.gate.Acquire(ctx, campaign.CallBalance, "")
	if err != nil {
		return record.Outcome{Class: record.ClassNotSent, Message: err.Error()}
	}
	out := p.api.Do(ctx, record.Request{Call: campaign.CallBalance, Account: p.api.account, NotAfter: permit.NotAfter()})
	if _, err := permit.Release(ctx, out); err != nil {
		p.warn(err).Msg("permit was not given back")
	}
	return out
}
