package workertest

import (
	"context"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/ledger"
	"github.com/octoq/octoq/internal/memredis"
	"github.com/octoq/octoq/internal/simulator"
	"github.com/octoq/octoq/worker"
)

// Kit is a worker at work, and the API it calls. It ends with its test.
type Kit struct {
	tb     testing.TB
	api    *simulator.Server
	apiURL string
	rdb    redis.UniversalClient
	url    string // of the embedded Redis
	stop   func()
}

// Start starts API, Redis and worker. What cannot start fails the test at once;
// a worker or an API that ends with an error fails it when it ends.
func Start(tb testing.TB, cfg Config) *Kit {
	tb.Helper()
	cfg = cfg.withDefaults()
	k := &Kit{tb: tb, rdb: cfg.Redis}
	k.serveAPI(cfg)
	if k.rdb == nil {
		k.embed()
	}
	k.vouch()
	w, err := worker.New(cfg.forWorker(k.rdb, k.apiURL))
	if err != nil {
		tb.Fatalf("workertest: %v", err)
	}
	k.stop = sync.OnceFunc(background(tb, "worker", w.Run))
	tb.Cleanup(k.stop)
	k.until(tb, "the worker is ready", func(context.Context) bool { return w.Ready() })
	return k
}

// vouch says that Redis has forgotten nothing: the account is new, as an operator
// would say of a new account. Without it a create whose answer is lost would be a
// matter for a person.
func (k *Kit) vouch() {
	k.tb.Helper()
	store, err := ledger.New(k.rdb, ledger.Options{})
	if err == nil {
		_, err = store.Vouch(context.Background(), campaign.DefaultAccount, "workertest", "a new account of a test")
	}
	if err != nil {
		k.tb.Fatalf("workertest: %v", err)
	}
}

// Stop stops the worker and waits until it has ended: calls in flight are
// finished and the rest is handed back. It may be called more than once, and is
// called when the test ends.
func (k *Kit) Stop() { k.stop() }

// RedisURL is the address of the embedded Redis; it is empty when the Kit was
// given its Redis.
func (k *Kit) RedisURL() string { return k.url }

// Redis is the Redis that the worker works on.
func (k *Kit) Redis() redis.UniversalClient { return k.rdb }

func (k *Kit) serveAPI(cfg Config) {
	k.tb.Helper()
	var err error
	k.api, err = simulator.New(simulator.Config{
		Accounts:    []simulator.Account{{Login: login, Key: key, Balance: cfg.Credit}},
		ComputeTime: cfg.Compute, Latency: cfg.Latency, Contacts: cfg.Contacts,
	})
	if err != nil {
		k.tb.Fatalf("workertest: %v", err)
	}
	l, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		k.tb.Fatalf("workertest: listen for the API: %v", err)
	}
	k.apiURL = "http://" + l.Addr().String() + "/v1/public"
	k.tb.Cleanup(background(k.tb, "API", func(ctx context.Context) error { return k.api.Run(ctx, l) }))
}

// embed starts a Redis of the Kit's own. It has no clock for what expires, so
// it is moved on.
func (k *Kit) embed() {
	k.tb.Helper()
	m, err := memredis.Start()
	if err != nil {
		k.tb.Fatalf("workertest: start an embedded Redis: %v", err)
	}
	rdb := redis.NewClient(&redis.Options{Addr: m.Addr()})
	stopClock := background(k.tb, "clock", func(ctx context.Context) error {
		const beat = 250 * time.Millisecond
		for tick := time.NewTicker(beat); ; {
			select {
			case <-ctx.Done():
				tick.Stop()
				return nil
			case <-tick.C:
				m.FastForward(beat)
			}
		}
	})
	k.tb.Cleanup(func() {
		stopClock()
		_ = rdb.Close()
		m.Close()
	})
	k.rdb, k.url = rdb, "redis://"+m.Addr()+"/0"
}

// background runs something until stop is called, which waits for its end and
// fails the test if it ended with an error.
func background(tb testing.TB, what string, run func(context.Context) error) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- run(ctx) }()
	return func() {
		tb.Helper()
		cancel()
		if err := <-ended; err != nil {
			tb.Errorf("workertest: %s: %v", what, err)
		}
	}
}
