package engine

import (
	"context"
	"sync"
	"time"

	"github.com/octoq/octoq/internal/limit"
	"github.com/octoq/octoq/internal/octopush"
	"github.com/octoq/octoq/internal/peers"
	"github.com/octoq/octoq/internal/queue"
	"github.com/octoq/octoq/internal/schedule"
)

const (
	// roundsAtOnce is how many accounts at a time have their chores done while they sleep.
	roundsAtOnce = 4
	// roundEvery is the pause between two rounds of a sleeping account's chores. Of
	// roundsTogether one sweeps the account and tidies up, and another one asks for its
	// balance.
	roundEvery     = 5 * time.Minute
	roundsTogether = 6
	sweepRound     = 0
	balanceRound   = 3
)

// chores are what is done for an account that is served, whether it sleeps or not: its
// ledger is stamped, its settings are compared, it is swept, and its schedules enqueue their
// ticks. While it is awake, each goes at its own pace.
type chores struct {
	d          deps
	store      *loggingLedger
	taskQueue  *taskQueue
	observer   *observer
	comparison *comparison
	sweep      *leadingSweep
	schedules  *schedule.Scheduler
	rounds     int // of a sleeping account, until now
}

func newChores(d deps) *chores {
	store, queues, compared := &loggingLedger{Store: d.ledger, log: d.log, metrics: d.metrics}, newTaskQueue(d), newComparison(d)
	return &chores{
		d: d, store: store, taskQueue: queues, comparison: compared,
		observer: &observer{account: d.account.Name, ledger: d.ledger, log: d.log},
		sweep:    newLeadingSweep(d, store, queues, compared), schedules: newScheduler(d),
	}
}

// announce makes the account and its queues known to lists and metrics, and this worker to
// the others of the account. A worker that cannot put its budgets in force confirms nothing.
func (c *chores) announce(ctx context.Context) error {
	name := c.d.account.Name
	if err := c.d.ledger.Announce(ctx, name); err != nil {
		return err
	}
	if err := queue.Register(ctx, c.d.rdb, []string{name}); err != nil {
		return err
	}
	return c.comparison.compare(ctx, time.Now())
}

// begin has the chores go at the pace of an account that is awake. If what they have
// announced still holds, they announce it again only within seconds: the campaign that wakes
// the account has come by then.
func (c *chores) begin(ctx context.Context) error {
	if c.comparison.pace(peers.Every) < 2*roundEvery {
		return nil
	}
	return c.announce(ctx)
}

// round does the chores of a sleeping account once. One that has campaigns is swept in each
// round.
func (c *chores) round(ctx context.Context, swept bool) {
	n := c.rounds % roundsTogether
	c.rounds++
	if err := c.observer.observe(ctx); err != nil && ctx.Err() == nil {
		c.d.log.warn(err).Msg("the ledger of a sleeping account was not stamped")
		return
	}
	_ = c.comparison.pace(roundEvery)
	if err := c.comparison.compare(ctx, time.Now()); err != nil && ctx.Err() == nil {
		c.d.log.warn(err).Msg("settings, rules and budgets are not compared with those of other workers")
	}
	tidy := n == sweepRound || c.sweep.packer.more
	if (swept || tidy) && ctx.Err() == nil {
		c.sweep.once(ctx, tidy)
	}
	if n == balanceRound && ctx.Err() == nil {
		if err := c.askBalance(ctx); err != nil && ctx.Err() == nil {
			c.d.log.warn(err).Msg("the account's balance was not read")
		}
	}
}

// askBalance asks for the account's balance within its limits, unless another worker has
// done so lately.
func (c *chores) askBalance(ctx context.Context) error {
	client, err := octopush.New(c.d.account.API)
	if err != nil {
		return err
	}
	defer client.Close()
	gate, err := newLimiter(c.d, limit.Options{Unheard: true})
	if err != nil {
		return err
	}
	ctx, end := context.WithCancel(ctx)
	var group sync.WaitGroup
	defer func() { end(); group.Wait() }()
	group.Go(func() { _ = gate.Run(ctx) }) // it was not run before
	return newBalanceWatch(c.d, newProber(c.d, gate, newAPI(c.d, client))).look(ctx)
}

// leave takes away what this worker has announced of itself.
func (c *chores) leave(ctx context.Context) { c.comparison.leave(ctx) }
