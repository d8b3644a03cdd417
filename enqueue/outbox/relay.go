package outbox

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

// Relay takes campaigns out of the outbox and enqueues them in Redis. Any number may
// run on one database.
type Relay struct {
	cfg     Config
	woken   chan struct{} // has a value once there may be new rows
	metrics *metrics
	trouble trouble // with all campaigns
	delayed trouble // with some of them
}

// New makes a Relay. It connects to nothing yet.
func New(cfg Config) (*Relay, error) {
	cfg, err := cfg.withDefaults()
	if err != nil {
		return nil, err
	}
	m, err := newMetrics(cfg.Registerer)
	if err != nil {
		return nil, err
	}
	return &Relay{
		cfg: cfg, woken: make(chan struct{}, 1), metrics: m,
		trouble: trouble{log: cfg.Logger, begun: "the outbox cannot be relayed for now, it is tried again"},
		delayed: trouble{log: cfg.Logger, begun: "campaigns of the outbox were not taken by Redis, they are tried again"},
	}, nil
}

// Run relays until ctx ends; the batch in hand is then finished within ten seconds,
// and Run returns nil. While PostgreSQL or Redis is away it waits and goes on.
// It returns an error if the tables are missing, or if it may not use them, before it has
// relayed anything. Call it once.
func (r *Relay) Run(ctx context.Context) error {
	helpersCtx, stop := context.WithCancel(ctx)
	var helpers sync.WaitGroup
	helpers.Go(func() { r.listen(helpersCtx) })
	helpers.Go(func() { r.measure(helpersCtx) })
	defer helpers.Wait()
	defer stop()
	began := false
	for failures := 0; ctx.Err() == nil; {
		n, err := r.pass(ctx)
		if err != nil && !began && hopeless(err) {
			return fmt.Errorf("%w; octoq-outbox migrate makes the tables, docs/outbox.md has the rights", err)
		}
		if err != nil && ctx.Err() == nil {
			failures++
			r.trouble.met(err)
			pause(ctx, backoff(failures), nil)
			continue
		}
		began, failures = true, 0
		r.trouble.over()
		if n < r.cfg.Batch {
			pause(ctx, r.cfg.Poll, r.woken)
		}
	}
	return nil
}

// hopeless reports whether waiting does not help: tables or rights are missing.
func hopeless(err error) bool {
	const undefinedTable, undefinedColumn, insufficientPrivilege = "42P01", "42703", "42501"
	refusal, ok := errors.AsType[*pgconn.PgError](err)
	return ok && (refusal.Code == undefinedTable || refusal.Code == undefinedColumn || refusal.Code == insufficientPrivilege)
}

// backoff doubles from a fifth of a second up to five seconds.
func backoff(failures int) time.Duration {
	const first, longest, doublings = 200 * time.Millisecond, 5 * time.Second, 5
	return min(longest, first<<min(failures-1, doublings))
}

// pause waits, unless it is woken or ctx ends.
func pause(ctx context.Context, d time.Duration, woken <-chan struct{}) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-woken:
	case <-ctx.Done():
	}
}

func (r *Relay) wake() {
	select {
	case r.woken <- struct{}{}:
	default:
	}
}
