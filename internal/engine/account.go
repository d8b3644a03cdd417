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
	"github.com/octoq/octoq/internal/schedule"
)

// account is all that works on one account in this process.
type account struct {
	name       string
	log        accountLog
	client     *octopush.Client
	ledger     *ledger.Store
	gate       *limit.Gate
	hold       *hold.Controller
	stages     *stages
	sweep      *leadingSweep
	schedules  *schedule.Scheduler
	observer   *observer
	comparison *comparison
	balance    *balanceWatch

	group sync.WaitGroup // of all that runs beside the servers, while it works
	end   func()         // ends that
}

// startAccount builds an account and has it work: it takes tasks when this returns.
func startAccount(ctx context.Context, d deps) (*account, error) {
	a, err := newAccount(d)
	if err != nil {
		return nil, err
	}
	if err := a.announce(ctx); err != nil {
		return nil, err
	}
	background, end := context.WithCancel(context.WithoutCancel(ctx))
	a.end = end
	a.runBackground(background)
	if err := a.stages.start(ctx); err != nil {
		a.stop()
		return nil, fmt.Errorf("start account %q: %w", a.name, err)
	}
	return a, nil
}

// stop stops what startAccount has started, in the order of the way that a campaign
// takes: first nothing new is taken and the handlers end, then what they need.
func (a *account) stop() {
	a.stages.stop()
	a.end()
	a.group.Wait()
	a.client.Close()
}

func newAccount(d deps) (*account, error) {
	client, err := octopush.New(d.account.API)
	if err != nil {
		return nil, fmt.Errorf("account %q: %w", d.account.Name, err)
	}
	calls := newAPI(d, client)
	limiter, err := newLimiter(d)
	if err != nil {
		return nil, err
	}
	balance := newProber(d, limiter, calls)
	controller, err := newHold(d, balance, limiter)
	if err != nil {
		return nil, err
	}
	store := &loggingLedger{Store: d.ledger, log: d.log, metrics: d.metrics}
	tasks := newTaskQueue(d)
	stages, err := newStages(d, store, tasks, newAccountGate(d, limiter, controller), calls)
	if err != nil {
		return nil, err
	}
	compared := newComparison(d)
	return &account{
		name: d.account.Name, log: d.log, client: client, ledger: d.ledger, gate: limiter, hold: controller, stages: stages,
		sweep: newLeadingSweep(d, store, tasks, compared), schedules: newScheduler(d),
		observer: &observer{account: d.account.Name, ledger: d.ledger, log: d.log}, comparison: compared,
		balance: newBalanceWatch(d, balance),
	}, nil
}

// announce makes the account known to lists and metrics, and this worker to the
// others of the account.
func (a *account) announce(ctx context.Context) error {
	if err := a.ledger.Announce(ctx, a.name); err != nil {
		return err
	}
	return a.comparison.compare(ctx, time.Now()) // a worker that cannot put its budgets in force confirms nothing
}

// runBackground runs all but the servers until ctx ends, as goroutines of its group.
func (a *account) runBackground(ctx context.Context) {
	a.group.Go(func() {
		if err := a.gate.Run(ctx); err != nil {
			a.log.Error().Err(err).Msg("gate ended")
		}
	})
	a.group.Go(func() {
		if err := a.hold.Run(ctx); err != nil {
			a.log.Error().Err(err).Msg("hold controller ended")
		}
	})
	a.group.Go(func() { a.sweep.run(ctx) })
	a.group.Go(func() { a.schedules.Run(ctx) })
	a.group.Go(func() { a.observer.run(ctx) })
	a.group.Go(func() { a.balance.run(ctx) })
}
