package worker

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/octoq/octoq/internal/ledger"
	"github.com/octoq/octoq/internal/metrics"
	"github.com/octoq/octoq/internal/presence"
	"github.com/octoq/octoq/internal/queue"
	"github.com/octoq/octoq/internal/redisconn"
	"github.com/octoq/octoq/internal/runid"
)

// ErrRunning is returned by a second Run: a worker runs once.
var ErrRunning = errors.New("worker runs already, or has run")

// Worker works on the campaigns of some accounts.
type Worker struct {
	config  Config
	metrics *metrics.Worker
	outage  *outage
	givenUp chan struct{} // closed when a stop waits for Redis no more

	mu      sync.Mutex
	started bool
	ready   bool
	rdb     redis.UniversalClient // while it runs
}

// New checks the configuration. It connects to nothing; Run does.
func New(cfg Config) (*Worker, error) {
	cfg, err := cfg.withDefaults()
	if err != nil {
		return nil, fmt.Errorf("worker: %w", err)
	}
	if cfg.RedisURL != "" {
		if _, err := redisconn.Parse(cfg.RedisURL); err != nil {
			return nil, fmt.Errorf("worker: %w", fault("RedisURL", "%v", err))
		}
	}
	m, err := metrics.New(cfg.Registerer)
	if err != nil {
		return nil, fmt.Errorf("worker: %w", err)
	}
	w := &Worker{config: cfg, metrics: m, givenUp: make(chan struct{}), outage: &outage{log: cfg.Logger, now: time.Now}}
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
	connected, err := w.connect(ctx)
	if err != nil {
		return err
	}
	defer connected.close()
	defer w.boundStop(ctx, connected)()
	rdb := connected.rdb
	if err := queue.NeedRunID(ctx, rdb, slices.Sorted(maps.Keys(w.config.Accounts))...); err != nil {
		return fmt.Errorf("worker: %w", err)
	}
	w.warnOfChannels(ctx, rdb)
	w.setRedis(rdb)
	defer w.setRedis(nil)
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
	serving := presence.NewProcess(rdb, slices.Sorted(maps.Keys(w.config.Accounts)))
	if err := serving.Renew(ctx); err != nil {
		w.unseen(err)
	}
	return w.work(ctx, rdb, accounts, serving)
}

// Ready reports whether the worker takes tasks.
func (w *Worker) Ready() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.ready
}

// Check is nil while the worker can do its work, and says otherwise why it cannot:
// it takes no tasks, or the Redis that it is connected to does not answer, refuses
// to serve, gives no run_id, or is a read-only replica. The text names no host. A client that was
// handed in may wait for a Redis that is frozen for longer than ctx lasts, unless
// its ContextTimeoutEnabled is set.
func (w *Worker) Check(ctx context.Context) error {
	w.mu.Lock()
	ready, rdb := w.ready, w.rdb
	w.mu.Unlock()
	if !ready || rdb == nil {
		return errors.New("the worker takes no tasks")
	}
	if err := redisconn.Check(ctx, rdb); err != nil {
		return err
	}
	err := queue.NeedRunID(ctx, rdb, slices.Sorted(maps.Keys(w.config.Accounts))...)
	if err != nil && !runid.Missing(err) {
		err = errors.New("Redis runs no script for octoq") //nolint:staticcheck // a name, and the text of a page
	}
	return err
}

func (w *Worker) setRedis(rdb redis.UniversalClient) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.rdb = rdb
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
	s := deps{config: w.config, rdb: rdb, ledger: store, waker: waker, metrics: w.metrics, outage: w.outage, givenUp: w.givenUp}
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
func (w *Worker) work(ctx context.Context, rdb redis.UniversalClient, accounts []*account, serving *presence.Process) error {
	background, cancel := context.WithCancel(context.WithoutCancel(ctx))
	var group sync.WaitGroup
	present, leave := context.WithCancel(ctx)
	group.Go(func() { serving.Run(present, w.unseen) })
	known := &announcer{rdb: rdb, ledger: accounts[0].ledger, accounts: slices.Sorted(maps.Keys(w.config.Accounts)), outage: w.outage}
	group.Go(func() { known.run(background) })
	for _, a := range accounts {
		group.Go(func() {
			if err := a.gate.Run(background); err != nil {
				a.log.Error().Err(err).Msg("gate ended")
			}
		})
		group.Go(func() {
			if err := a.hold.Run(background); err != nil {
				a.log.Error().Err(err).Msg("hold controller ended")
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
	leave()
	stop(accounts)
	cancel()
	group.Wait()
	for _, a := range accounts {
		a.api.Close()
	}
	return err
}

// unseen logs that others are not told of this worker, which works all the same.
func (w *Worker) unseen(err error) {
	w.config.Logger.Warn().Err(err).Msg("others cannot see that this worker serves its accounts")
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
