package engine

import (
	"context"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/hold"
	"github.com/octoq/octoq/internal/holdstore"
	"github.com/octoq/octoq/internal/limit"
	"github.com/octoq/octoq/internal/queue"
	"github.com/octoq/octoq/internal/record"
)

// holdLeaseFor is how long the hold stays one worker's when that does not come back.
// It outlasts the pause between two renewals together with a probe of the balance, as
// hold.Lease asks.
const holdLeaseFor = 30 * time.Second

func newHold(d deps, p *prober, limiter *limit.Gate) (*hold.Controller, error) {
	account := d.account.Name
	holds := holdstore.New(d.rdb, account)
	return hold.NewController(account, hold.Config{FirstProbe: d.account.Probe, MaxProbe: d.account.ProbeMax}, hold.Ports{
		Store: holds, Marks: holds,
		Pauser:   queue.NewInspector(d.rdb).Pauses(account),
		Lease:    d.ledger.Lease(account, hold.LeaseName, d.holder(), holdLeaseFor),
		Prober:   p,
		Wake:     limiter.HoldChanged(),
		InTheWay: func(ctx context.Context) (string, error) { return blockersOf(ctx, d.ledger, account) },
		OnChange: func(what hold.Action, h record.Hold, by string) { logHold(d.log, what, h, by) },
		OnError:  func(err error) { d.log.warn(err).Msg("hold is in trouble") },
	})
}

func logHold(log accountLog, what hold.Action, h record.Hold, by string) {
	log.Warn().Str(logWhat, string(what)).Str("reason", string(h.Reason)).Str("phase", string(h.Phase)).
		Int(logCode, h.Code).Str(logMessage, h.Message).Str(logWho, by).Msg("hold changed")
}

// prober asks for the balance of an account, through the gate like any call, and keeps
// it for others to see.
type prober struct {
	gate  *limit.Gate
	api   *api
	log   accountLog
	rdb   redis.UniversalClient
	clock func(context.Context) (time.Time, error) // Redis's
}

func newProber(d deps, limiter *limit.Gate, calls *api) *prober {
	return &prober{gate: limiter, api: calls.within(newSemaphore(1, 0)), log: d.log, rdb: d.rdb, clock: d.clock}
}

// Balance makes the call; a gate that does not open reads as not sent.
func (p *prober) Balance(ctx context.Context) record.Outcome {
	permit, err := p.gate.Acquire(ctx, campaign.CallBalance, "")
	if err != nil {
		return record.Outcome{Class: record.ClassNotSent, Message: err.Error()}
	}
	out := p.api.Do(ctx, record.Request{Call: campaign.CallBalance, Account: p.api.account, NotAfter: permit.NotAfter()})
	if _, err := permit.Release(ctx, out); err != nil {
		p.log.warn(err).Msg("permit was not given back")
	}
	p.note(ctx, out)
	return out
}
