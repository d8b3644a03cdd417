package engine

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/octoq/octoq/internal/hold"
	"github.com/octoq/octoq/internal/ledger"
	"github.com/octoq/octoq/internal/limit"
	"github.com/octoq/octoq/internal/octopush"
)

// account is all that works on one account in this process.
type account struct {
	name    string
	log     accountLog
	client  *octopush.Client
	ledger  *ledger.Store
	gate    *limit.Gate
	hold    *hold.Controller
	stages  *stages
	balance *balanceWatch
	chores  *chores

	group sync.WaitGroup // of all that runs beside the servers, while it works
	end   func()         // ends that
}

// startAccount builds an account and has it work: it takes tasks when this returns. Its
// chores are the account's own from now on, until it has stopped.
func startAccount(ctx context.Context, d deps, c *chores) (*account, error) {
	a, err := newAccount(d, c)
	if err != nil {
		return nil, err
	}
	if err := c.begin(ctx); err != nil {
		return nil, err
	}
	background, end := context.WithCancel(context.WithoutCancel(ctx))
	a.end = end
	a.runGate(background)
	slept := c.rounds > 0
	if !slept {
		a.runBackground(background)
	}
	err = a.stages.start(ctx, func() {
		if slept {
			headStart(ctx)
			a.runBackground(background)
		}
	})
	if err != nil {
		a.stop()
		return nil, fmt.Errorf("start account %q: %w", a.name, err)
	}
	return a, nil
}

// headStart leaves the machine to the campaign that has woken an account for a moment: all
// else that starts with the account is not in a hurry.
func headStart(ctx context.Context) {
	const lasts = 15 * time.Millisecond
	t := time.NewTimer(lasts)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}

// stop stops what startAccount has started, in the order of the way that a campaign
// takes: first nothing new is taken and the handlers end, then what they need.
func (a *account) stop() {
	a.stages.stop()
	a.end()
	a.group.Wait()
	a.client.Close()
}

func newAccount(d deps, c *chores) (*account, error) {
	client, err := octopush.New(d.account.API)
	if err != nil {
		return nil, fmt.Errorf("account %q: %w", d.account.Name, err)
	}
	calls := newAPI(d, client)
	limiter, err := newLimiter(d, limit.Options{})
	if err != nil {
		return nil, err
	}
	balance := newProber(d, limiter, calls)
	controller, err := newHold(d, balance, limiter)
	if err != nil {
		return nil, err
	}
	stages, err := newStages(d, newAccountGate(d, limiter, controller), calls, c)
	if err != nil {
		return nil, err
	}
	return &account{
		name: d.account.Name, log: d.log, client: client, ledger: d.ledger, gate: limiter, hold: controller, stages: stages,
		balance: newBalanceWatch(d, balance), chores: c,
	}, nil
}

// runGate runs the gate until ctx ends, as a goroutine of the account's group.
func (a *account) runGate(ctx context.Context) {
	a.group.Go(func() {
		if err := a.gate.Run(ctx); err != nil {
			a.log.Error().Err(err).Msg("gate ended")
		}
	})
}

// runBackground runs all but servers and gate likewise.
func (a *account) runBackground(ctx context.Context) {
	a.group.Go(func() {
		if err := a.hold.Run(ctx); err != nil {
			a.log.Error().Err(err).Msg("hold controller ended")
		}
	})
	a.group.Go(func() { a.chores.sweep.run(ctx) })
	a.group.Go(func() { a.chores.observer.run(ctx) })
	a.group.Go(func() { a.balance.run(ctx) })
}
