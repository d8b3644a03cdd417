package worker

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"

	"github.com/redis/go-redis/v9"

	"github.com/octoq/octoq/internal/ledger"
	"github.com/octoq/octoq/internal/metrics"
	"github.com/octoq/octoq/internal/queue"
)

// ErrRunning is returned by a second Run: a worker runs once.
var ErrRunning = errors.New("worker runs already, or has run")

// Worker works on the campaigns of some accounts.
type Worker struct {
	config  Config
	metrics *metrics.Worker

	mu      sync.Mutex
	started bool
	ready   bool
}

// New checks the configuration. It connects to nothing; Run does.
func New(cfg Config) (*Worker, error) {
	cfg, err := cfg.withDefaults()
	if err != nil {
		return nil, fmt.Errorf("worker: %w", err)
	}
	if cfg.RedisURL != "" {
		if _, err := redis.ParseURL(cfg.RedisURL); err != nil {
			return nil, fmt.Errorf("worker: %w", fault("RedisURL", "cannot be read: want redis://, rediss:// or unix://"))
		}
	}
	m, err := metrics.New(cfg.Registerer)
	if err != nil {
		return nil, fmt.Errorf("worker: %w", err)
	}
	w := &Worker{config: cfg, metrics: m}
	// What can be wrong with an account is said now and not when it is needed.
	probe := redis.NewClient(&redis.Options{Addr: "127.0.0.1:1"})
	defer func() { _ = probe.Close() }()
	if _, err := w.build(probe, nil); err != nil {
		return nil, fmt.Errorf("worker: %w", err)
	}
	return w, nil
}

// Run works until ctx ends. Then it takes nothing new, lets the calls in
// flight finish, hands the rest back to the queues, and returns nil when all of
// its goroutines have ended. It fails at once when Redis is out of reach, or gives
// no run_id because the user may not run INFO: then a Redis that has forgotten
// something looks like one that has not. A Redis that goes away later, or takes
// that right away, is waited for.
func (w *Worker) Run(ctx context.Context) error {
	w.mu.Lock()
	if w.started {
		w.mu.Unlock()
		return ErrRunning
	}
	w.started = true
	w.mu.Unlock()
	err := w.run(ctx)
	if ctx.Err() != nil && errors.Is(err, ctx.Err()) {
		return nil // asked to stop before it had begun
	}
	return err
}

func (w *Worker) run(ctx context.Context) error {
	rdb, closeRedis, err := w.connect(ctx)
	if err != nil {
		return err
	}
	defer closeRedis()
	if err := queue.NeedRunID(ctx, rdb, slices.Sorted(maps.Keys(w.config.Accounts))...); err != nil {
		return fmt.Errorf("worker: %w", err)
	}
	w.warnOfChannels(ctx, rdb)
	waker := queue.NewWaker(rdb)
	defer func() { _ = waker.Close() }()
	accounts, err := w.build(rdb, waker)
	if err != nil {
		return fmt.Errorf("worker: %w", err)
	}
	for _, a := range accounts {
		if err := a.announce(ctx); err != nil {
			return fmt.Errorf("worker: %w", err)
		}
	}
	return w.work(ctx, accounts)
}

// Ready reports whether the worker takes tasks.
func (w *Worker) Ready() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.ready
}

func (w *Worker) setReady(ready bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.ready = ready
}

func (w *Worker) build(rdb redis.UniversalClient, waker *queue.Waker) ([]*account, error) {
	store, err := ledger.New(rdb, ledger.Options{Retention: w.config.Retention})
	if err != nil {
		return nil, err
	}
	s := shared{config: w.config, rdb: rdb, ledger: store, waker: waker, metrics: w.metrics}
	accounts := make([]*account, 0, len(w.config.Accounts))
	var faults []error
	for _, name := range slices.Sorted(maps.Keys(w.config.Accounts)) {
		a, err := newAccount(s, name, w.config.Accounts[name])
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
func (w *Worker) work(ctx context.Context, accounts []*account) error {
	background, cancel := context.WithCancel(context.WithoutCancel(ctx))
	var group sync.WaitGroup
	for _, a := range accounts {
		group.Go(func() {
			if err := a.gate.Run(background); err != nil {
				a.log.Error().Err(err).Msg("gate ended")
			}
		})
		group.Go(func() {
			if err := a.keeper.Run(background); err != nil {
				a.log.Error().Err(err).Msg("hold keeper ended")
			}
		})
		group.Go(func() { a.sweepFor(background, w.config.SweepEvery) })
		group.Go(func() { a.schedules.Run(background) })
		group.Go(func() { a.observe(background) })
	}
	err := start(ctx, accounts)
	if err == nil {
		w.setReady(true)
		w.config.Logger.Info().Int("accounts", len(accounts)).Str(logWho, w.config.Name).Msg("worker works")
		<-ctx.Done()
		w.config.Logger.Info().Msg("worker stops: calls in flight are finished, the rest is handed back")
	}
	w.setReady(false)
	stop(accounts)
	cancel()
	group.Wait()
	for _, a := range accounts {
		a.api.Close()
	}
	return err
}

func start(ctx context.Context, accounts []*account) error {
	for _, a := range accounts {
		if err := a.start(ctx); err != nil {
			return fmt.Errorf("worker: start account %q: %w", a.name, err)
		}
	}
	return nil
}

// stop ends all servers at once: one that waits for a call keeps no other.
func stop(accounts []*account) {
	var group sync.WaitGroup
	for _, a := range accounts {
		for _, s := range a.servers {
			group.Go(s.Stop)
		}
	}
	group.Wait()
}
