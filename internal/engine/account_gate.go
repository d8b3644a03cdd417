package engine

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/hold"
	"github.com/octoq/octoq/internal/limit"
	"github.com/octoq/octoq/internal/record"
	"github.com/octoq/octoq/internal/stage"
)

// claimsAhead is how many campaigns of a stage may be claimed before a call is free
// for them, so that none stays unused while a claim is written. They are few, because
// a claim and its permit run out.
const claimsAhead = 2

// newLimiter is the account's limits, which all workers share.
func newLimiter(d deps, opts limit.Options) (*limit.Gate, error) {
	cfg := d.account
	limits := limit.Limits{Rate: cfg.Rate, Burst: cfg.Burst, MaxInFlight: cfg.MaxInFlight}
	opts.OnError = func(err error) { d.log.warn(err).Msg("limiter is in trouble") }
	opts.OnWait = func(call campaign.Call, waited time.Duration) { d.metrics.Waited(cfg.Name, call, waited) }
	return limit.NewGate(d.rdb, cfg.Name, limits, opts)
}

// accountGate is the account's gate as the stages see it. It gives the outcome of each
// call to the limiter first, and then to the hold.
type accountGate struct {
	*limit.Gate
	claims semaphore // of calls that are claimed or about to be
	room   alertRoom
	hold   *hold.Controller
	log    accountLog
}

func newAccountGate(d deps, limiter *limit.Gate, controller *hold.Controller) *accountGate {
	ahead := d.account.Concurrency + claimsAhead
	return &accountGate{Gate: limiter, claims: newSemaphore(ahead, ahead), hold: controller, log: d.log}
}

// Acquire waits until the campaign may be claimed, and then for a permit.
func (g *accountGate) Acquire(ctx context.Context, call campaign.Call, r record.Record) (stage.Permit, error) {
	alert, acquire := record.IsAlert(r.Campaign), g.Gate.Acquire
	if alert {
		acquire = g.AcquireAlert
	}
	if until := g.room.keepsBack(call, alert, time.Now()); !until.IsZero() {
		return nil, &stage.GateClosedError{At: until, Why: "an alert of the account waits for an unconfirmed campaign (126)"}
	}
	release, err := g.claims.Acquire(ctx, call, alert)
	if err != nil {
		return nil, err
	}
	p, err := acquire(ctx, call, r.ID())
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
	return &permit{Permit: p, gate: g, release: release, call: call, alert: alert, id: r.ID()}, nil
}

type permit struct {
	*limit.Permit
	gate    *accountGate
	release func()
	call    campaign.Call
	alert   bool
	id      string
	once    sync.Once
}

// Release gives the permit back. An error of Redis is only logged: the slot's lease
// ends by itself, and the next answer shows the same.
func (p *permit) Release(ctx context.Context, out record.Outcome) {
	p.once.Do(func() { p.finish(ctx, out) })
}

func (p *permit) finish(ctx context.Context, out record.Outcome) {
	p.release()
	p.gate.room.note(p.call, p.alert, out, time.Now())
	report, err := p.Permit.Release(ctx, out)
	if err != nil {
		p.gate.log.warn(err).Str(logID, p.id).Msg("permit was not given back")
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
		p.gate.log.warn(err).Str(logID, p.id).Msg("an answer was not counted for the hold")
	}
}
