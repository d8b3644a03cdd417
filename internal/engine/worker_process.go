package engine

import (
	"context"
	"errors"
	"fmt"
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

	mu      sync.Mutex
	ready   bool
	rdb     redis.UniversalClient // while it runs
	running []*account            // while it works
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
	p := &WorkerProcess{config: cfg, metrics: m, address: address, givenUp: make(chan struct{}), outage: &outage{log: cfg.Logger, now: time.Now}}
	unused := redis.NewClient(&redis.Options{Addr: "127.0.0.1:1"})
	defer func() { _ = unused.Close() }()
	if _, err := p.build(unused, nil); err != nil {
		return nil, err
	}
	return p, nil
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
	if err := queue.NeedRunID(ctx, rdb, p.config.names()...); err != nil {
		return err
	}
	if err := tryRights(ctx, rdb); err != nil {
		return err
	}
	p.warnOfPlainPassword()
	warnOfChannels(ctx, rdb, p.config)
	p.setRedis(rdb)
	defer p.setRedis(nil)
	waker := queue.NewWaker(rdb)
	defer func() { _ = waker.Close() }()
	accounts, err := p.build(rdb, waker)
	if err != nil {
		return err
	}
	for _, a := range accounts {
		if err := a.announce(ctx); err != nil {
			return err
		}
	}
	serving := presence.NewProcess(rdb, p.config.names())
	if err := serving.Renew(ctx); err != nil {
		p.logUnseen(err)
	}
	return p.work(ctx, rdb, accounts, serving)
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
		t := time.NewTimer(p.config.StopTimeout + abandonAfter)
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

func (p *WorkerProcess) build(rdb redis.UniversalClient, waker *queue.Waker) ([]*account, error) {
	store, err := ledger.New(rdb, ledger.Options{Retention: p.config.Retention})
	if err != nil {
		return nil, err
	}
	d := deps{process: p.config, rdb: rdb, ledger: store, waker: waker, metrics: p.metrics, outage: p.outage, givenUp: p.givenUp}
	accounts := make([]*account, 0, len(p.config.Accounts))
	var faults []error
	for _, cfg := range p.config.Accounts {
		a, err := newAccount(d.of(cfg))
		if err != nil {
			faults = append(faults, err)
			continue
		}
		accounts = append(accounts, a)
	}
	return accounts, errors.Join(faults...)
}

// work runs everything, and stops it in the order of the way that a campaign
// takes: first nothing new is taken and the handlers end, then what they need.
func (p *WorkerProcess) work(ctx context.Context, rdb redis.UniversalClient, accounts []*account, serving *presence.Process) error {
	background, cancel := context.WithCancel(context.WithoutCancel(ctx))
	var group sync.WaitGroup
	present, leave := context.WithCancel(ctx)
	group.Go(func() { serving.Run(present, p.logUnseen) })
	known := &announcer{rdb: rdb, ledger: accounts[0].ledger, accounts: p.config.names(), outage: p.outage}
	group.Go(func() { known.run(background) })
	relay := hub.NewRelay(rdb, p.config.Name+"/"+random.Token(), p.config.EventsKeep)
	group.Go(func() { relay.Run(background, p.logUntold) })
	for _, a := range accounts {
		a.runBackground(background, &group)
	}
	err := start(ctx, accounts)
	if err == nil {
		p.setRunning(accounts)
		p.setReady(true)
		p.config.Logger.Info().Int("accounts", len(accounts)).Str(logWho, p.config.Name).Msg("worker works")
		<-ctx.Done()
		p.config.Logger.Info().Msg("worker stops: calls in flight are finished, the rest is handed back")
	}
	p.setReady(false)
	p.setRunning(nil)
	leave()
	stop(accounts)
	cancel()
	group.Wait()
	for _, a := range accounts {
		a.client.Close()
	}
	return err
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
		p.config.Logger.Warn().Err(err).Int("lines_left_out", suppressed).Msg("events were not copied for those who follow them")
	}
}

func start(ctx context.Context, accounts []*account) error {
	for _, a := range accounts {
		if err := a.stages.start(ctx); err != nil {
			return fmt.Errorf("start account %q: %w", a.name, err)
		}
	}
	return nil
}

// stop ends all servers at once: one that waits for a call keeps no other.
func stop(accounts []*account) {
	var group sync.WaitGroup
	for _, a := range accounts {
		for _, s := range a.stages.servers {
			group.Go(s.Stop)
		}
	}
	group.Wait()
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
	return ableToWork(ctx, rdb, p.config.names())
}

func (p *WorkerProcess) setRedis(rdb redis.UniversalClient) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.rdb = rdb
}

func (p *WorkerProcess) setRunning(accounts []*account) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.running = accounts
}

func (p *WorkerProcess) setReady(ready bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.ready = ready
}
