package engine

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/octoq/octoq/internal/hub"
	"github.com/octoq/octoq/internal/ledger"
	"github.com/octoq/octoq/internal/loopback"
	"github.com/octoq/octoq/internal/metrics"
	"github.com/octoq/octoq/internal/presence"
	"github.com/octoq/octoq/internal/queue"
	"github.com/octoq/octoq/internal/random"
	"github.com/octoq/octoq/internal/redisconn"
	"github.com/octoq/octoq/internal/schedulestore"
	"github.com/octoq/octoq/internal/statsstore"
)

// abandonAfter is how long after the stop timeout Redis is given up. By then the
// calls in flight have ended, and only a Redis that does not answer keeps the
// process.
const abandonAfter = time.Second

// WorkerProcess works on the campaigns of some accounts. It runs once.
type WorkerProcess struct {
	config  Config
	metrics *metrics.Worker
	outage  *outage
	untold  warnThrottle
	address *redisconn.Address // nil where the configuration hands in a client
	givenUp chan struct{}      // closed when a stop waits for Redis no more

	roster  *roster
	sleeper *sleeper

	mu          sync.Mutex
	ready       bool
	rdb         redis.UniversalClient // while it runs
	stopTimeout time.Duration         // how long a stop waits for calls in flight
}

// New builds every part once, so that a configuration that a part refuses is an error
// here and not when the part is needed. It connects to nothing; Run does.
func New(cfg Config) (*WorkerProcess, error) {
	m, err := metrics.New(cfg.Registerer)
	if err != nil {
		return nil, err
	}
	address, err := addressOf(cfg)
	if err != nil {
		return nil, err
	}
	p := &WorkerProcess{
		config: cfg, metrics: m, address: address, givenUp: make(chan struct{}), outage: &outage{log: cfg.Logger, now: time.Now},
		roster: newRoster(cfg.Accounts), stopTimeout: cfg.StopTimeout,
	}
	if err := p.check(cfg.Accounts); err != nil {
		return nil, err
	}
	return p, nil
}

// check builds every part of some accounts, and names all that a part refuses.
func (p *WorkerProcess) check(accounts []AccountConfig) error {
	unused := redis.NewClient(&redis.Options{Addr: "127.0.0.1:1"})
	defer func() { _ = unused.Close() }()
	d, err := p.deps(unused, nil)
	if err != nil {
		return err
	}
	var faults []error
	for _, cfg := range accounts {
		if _, err := newAccount(d.of(cfg), newChores(d.of(cfg))); err != nil {
			faults = append(faults, err)
		}
	}
	return errors.Join(faults...)
}

// Run works until ctx ends, and returns when all of its goroutines have ended.
// Package worker says when that is an error.
func (p *WorkerProcess) Run(ctx context.Context) error {
	connected, err := p.connect(ctx)
	if err != nil {
		return err
	}
	defer connected.close()
	defer p.boundStop(ctx, connected)()
	rdb := connected.rdb
	if err := queue.NeedRunID(ctx, rdb, p.roster.namesOrOne()...); err != nil {
		return err
	}
	if err := tryRights(ctx, rdb); err != nil {
		return err
	}
	p.warnOfPlainPassword()
	warnOfChannels(ctx, rdb, p.config.Logger, p.roster.namesOrOne())
	p.setRedis(rdb)
	defer p.setRedis(nil)
	waker := queue.NewWaker(rdb)
	defer func() { _ = waker.Close() }()
	d, err := p.deps(rdb, waker)
	if err != nil {
		return err
	}
	p.roster.parts = p.partsOf(d)
	serving := presence.NewChanging(rdb, p.roster.names, p.roster.asleep, p.roster.changes)
	if err := serving.Renew(ctx); err != nil {
		p.logUnseen(err)
	}
	return p.work(ctx, d, serving)
}

// partsOf are those of a process, whose sleeper is made with them.
func (p *WorkerProcess) partsOf(d deps) accountParts {
	looker := queue.NewLooker(d.rdb)
	p.sleeper = &sleeper{
		look: looker.Look, runs: func(ctx context.Context) (string, error) { return queue.RunsOf(ctx, d.rdb) },
		runners: p.roster.all, sleeps: p.sleeps, unheard: d.waker.Unheard(), after: p.config.SleepAfter, outage: p.outage, log: p.config.Logger,
	}
	turns := make(chan struct{}, roundsAtOnce)
	return accountParts{
		prepare: func(ctx context.Context, cfg AccountConfig) (*chores, error) {
			c := newChores(d.of(cfg))
			if err := c.announce(ctx); err != nil {
				return nil, err
			}
			return c, nil
		},
		dismiss: func(ctx context.Context, c *chores) { c.leave(ctx) },
		start: func(ctx context.Context, cfg AccountConfig, c *chores) (*account, error) {
			process, d := *d.process, d // accounts start side by side
			process.StopTimeout = p.waitsAtStop()
			d.process = &process
			return startAccount(ctx, d.of(cfg), c)
		},
		failed: p.logNotStarted, watch: d.waker.Watch, sleeps: p.sleeps,
		round: func(ctx context.Context, c *chores, swept bool) {
			select {
			case turns <- struct{}{}:
				defer func() { <-turns }()
				c.round(ctx, swept)
			case <-ctx.Done():
			}
		},
		look: func(ctx context.Context, all []*accountRunner) error { return p.sleeper.lookAt(ctx, all, true) },
		tick: func(ctx context.Context, c *chores) { c.schedules.Run(ctx) }, swept: p.config.SweepIdle + 2*p.config.SweepEvery,
	}
}

// sleeps reports whether accounts sleep that have nothing to do.
func (p *WorkerProcess) sleeps() bool {
	return p.config.SleepAfter > 0 && len(p.roster.names()) > p.config.SleepAbove
}

// warnOfPlainPassword logs that Redis's password travels readable.
func (p *WorkerProcess) warnOfPlainPassword() {
	if p.address != nil && p.address.SendsPlainPassword(loopback.IsHost) {
		p.config.Logger.Warn().Msg("the password of redis travels readable: write rediss instead of redis in front of its URL, where Redis speaks TLS")
	}
}

// boundStop makes sure that a stop ends although Redis does not answer: what is
// not written down then is found by another worker, as after a crash.
func (p *WorkerProcess) boundStop(ctx context.Context, c *redisClient) (release func()) {
	ended := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		t := time.NewTimer(p.waitsAtStop() + abandonAfter)
		defer t.Stop()
		select {
		case <-t.C:
			close(p.givenUp)
			c.abandon()
		case <-ended:
		}
	})
	return func() { stop(); close(ended) }
}

// deps are what accounts are built from. All of them share the ledger: it knows what a
// snapshot that was rolled back has forgotten.
func (p *WorkerProcess) deps(rdb redis.UniversalClient, waker *queue.Waker) (deps, error) {
	store, err := ledger.New(rdb, ledger.Options{Retention: p.config.Retention})
	return deps{
		process: &p.config, rdb: rdb, ledger: store, producer: queue.NewProducer(rdb), letters: queue.NewLetters(rdb),
		schedules: schedulestore.New(rdb), figures: statsstore.New(rdb), waker: waker, metrics: p.metrics, outage: p.outage, givenUp: p.givenUp,
	}, err
}

// work runs everything, and stops it in the order of the way that a campaign
// takes: first nothing new is taken and the handlers end, then what they need.
func (p *WorkerProcess) work(ctx context.Context, d deps, serving *presence.Process) error {
	background, cancel := context.WithCancel(context.WithoutCancel(ctx))
	var group sync.WaitGroup
	present, leave := context.WithCancel(ctx)
	group.Go(func() { serving.Run(present, p.logUnseen) })
	known := &announcer{rdb: d.rdb, ledger: d.ledger, accounts: p.roster.names, outage: p.outage}
	group.Go(func() { known.run(background) })
	relay := hub.NewRelay(d.rdb, p.config.Name+"/"+random.Token(), p.config.EventsKeep)
	group.Go(func() { relay.Run(background, p.logUntold) })
	err := p.roster.work(ctx, p.config.Accounts, func() {
		group.Go(func() { p.sleeper.run(present) })
		p.setReady(true)
		p.config.Logger.Info().Int("accounts", len(p.config.Accounts)).Str(logWho, p.config.Name).Msg("worker works")
	}, func() {
		p.config.Logger.Info().Msg("worker stops: calls in flight are finished, the rest is handed back")
		p.setReady(false)
		leave()
	})
	leave()
	cancel()
	group.Wait()
	return err
}

// logNotStarted logs that an account is not served, which is tried again each second.
func (p *WorkerProcess) logNotStarted(account string, err error) {
	if !p.outage.Note(err) {
		p.config.Logger.Warn().Str(logAccount, account).Err(err).Msg("account does not start; it is tried again")
	}
}

// logUnseen logs that operators cannot see this worker, which works all the same. An
// outage is logged as one.
func (p *WorkerProcess) logUnseen(err error) {
	if !p.outage.Note(err) {
		p.config.Logger.Warn().Err(err).Msg("others cannot see that this worker serves its accounts")
	}
}

// logUntold logs that events do not reach those who follow them. They wait in the
// outboxes of their accounts.
func (p *WorkerProcess) logUntold(err error) {
	if due, suppressed := p.untold.allow(time.Now()); due && !p.outage.Note(err) {
		p.config.Logger.Warn().Err(err).Int("lines_left_out", suppressed).Msg("events were not copied for their readers")
	}
}

// Ready reports whether the process takes tasks.
func (p *WorkerProcess) Ready() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.ready
}

// Check is nil while the process can do its work, and says otherwise why it cannot.
// The text names no host.
func (p *WorkerProcess) Check(ctx context.Context) error {
	p.mu.Lock()
	ready, rdb := p.ready, p.rdb
	p.mu.Unlock()
	if !ready || rdb == nil {
		return errors.New("the worker takes no tasks")
	}
	if err := redisconn.Check(ctx, rdb); err != nil {
		return err
	}
	names := p.roster.namesOrOne()
	if !redisconn.HasSeveralNodes(rdb) {
		names = names[:1] // the others have the same Redis
	}
	return ableToWork(ctx, rdb, names)
}

func (p *WorkerProcess) setRedis(rdb redis.UniversalClient) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.rdb = rdb
}

func (p *WorkerProcess) waitsAtStop() time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.stopTimeout
}

func (p *WorkerProcess) setReady(ready bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.ready = ready
}
