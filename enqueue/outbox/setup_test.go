package outbox_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/redis/go-redis/v9"
	"github.com/rs/zerolog"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/enqueue"
	"github.com/octoq/octoq/enqueue/outbox"
	"github.com/octoq/octoq/enqueue/outbox/internal/pgtest"
	"github.com/octoq/octoq/internal/redistest"
)

// within is how long what is to happen may take; the machine may be busy.
const within = 60 * time.Second

// world is a database with an outbox, and a Redis.
type world struct {
	url   string // of the database, for its owner
	pool  *pgxpool.Pool
	redis *redistest.Server
	rdb   *redis.Client
	log   *syncBuffer
}

func newWorld(t *testing.T, redisArgs ...string) *world {
	t.Helper()
	return newWorldOn(t, server(t), redisArgs...)
}

// server is the PostgreSQL of all tests.
func server(t *testing.T) *pgtest.Server {
	t.Helper()
	if postgres == nil {
		t.Skip("SKIPPED: PostgreSQL is not installed")
	}
	return postgres
}

func newWorldOn(t *testing.T, s *pgtest.Server, redisArgs ...string) *world {
	t.Helper()
	w := &world{redis: redistest.Start(t, redisArgs...), log: &syncBuffer{}}
	w.rdb = w.redis.Client()
	var err error
	if w.url, err = s.Database(t.Context(), strings.ReplaceAll(t.Name(), "/", "_")); err != nil {
		t.Fatal(err)
	}
	w.pool = pool(t, w.url)
	w.do(t, func(tx pgx.Tx) error { return outbox.Migrate(t.Context(), tx) })
	return w
}

func pool(t *testing.T, url string) *pgxpool.Pool {
	t.Helper()
	p, err := pgxpool.New(t.Context(), url)
	if err != nil {
		t.Fatalf("make a pool: %v", err)
	}
	t.Cleanup(p.Close)
	return p
}

// do runs a transaction that has to succeed.
func (w *world) do(t *testing.T, do func(pgx.Tx) error) {
	t.Helper()
	if err := pgx.BeginFunc(t.Context(), w.pool, do); err != nil {
		t.Fatal(err)
	}
}

func (w *world) exec(t *testing.T, sql string, args ...any) {
	t.Helper()
	if _, err := w.pool.Exec(t.Context(), sql, args...); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
}

// put commits campaigns to the outbox.
func (w *world) put(t *testing.T, items ...campaign.Campaign) {
	t.Helper()
	w.do(t, func(tx pgx.Tx) error {
		_, err := outbox.EnqueueAll(t.Context(), tx, items)
		return err
	})
}

// client is a client on Redis that is closed with the test.
func client(t *testing.T, url string) *enqueue.Client {
	t.Helper()
	c, err := enqueue.New(enqueue.Config{RedisURL: url, Who: "relay"})
	if err != nil {
		t.Fatalf("make a client: %v", err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

// relay runs a relay until the test ends.
func (w *world) relay(t *testing.T, change func(*outbox.Config)) {
	t.Helper()
	log := zerolog.New(w.log)
	cfg := outbox.Config{Pool: w.pool, Client: client(t, w.redis.URL()), Logger: &log, Poll: 50 * time.Millisecond}
	if change != nil {
		change(&cfg)
	}
	r, err := outbox.New(cfg)
	if err != nil {
		t.Fatalf("make a relay: %v", err)
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	ended := make(chan error, 1)
	go func() { ended <- r.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("run the relay: %v", err)
		}
	})
}

// until waits for a condition.
func until(t *testing.T, what string, holds func() bool) {
	t.Helper()
	deadline, tick := time.NewTimer(within), time.NewTicker(10*time.Millisecond)
	defer deadline.Stop()
	defer tick.Stop()
	for !holds() {
		select {
		case <-tick.C:
		case <-deadline.C:
			t.Fatalf("not within %v: %s", within, what)
		}
	}
}

func (w *world) status(t *testing.T) outbox.Status {
	t.Helper()
	s, err := outbox.ReadStatus(t.Context(), w.pool)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func (w *world) untilEmpty(t *testing.T) {
	t.Helper()
	until(t, "the outbox is empty", func() bool { return w.status(t).Waiting == 0 })
}

// queued are the ids of the tasks that wait in an account, alerts first, in order.
func (w *world) queued(t *testing.T, account string) []string {
	t.Helper()
	var all []string
	for _, key := range []string{"octoq:{%s.create}:alerts", "asynq:{%s.create}:pending"} {
		ids, err := w.rdb.LRange(t.Context(), fmt.Sprintf(key, account), 0, -1).Result()
		if err != nil {
			t.Fatalf("read a queue: %v", err)
		}
		slices.Reverse(ids)
		all = append(all, ids...)
	}
	return all
}

func order(id string) campaign.Campaign {
	return campaign.Campaign{ID: id, ListName: "l", Text: "Hello, STOP au 30101", Type: campaign.TypePremium, Purpose: campaign.PurposeWholesale}
}

// syncBuffer is a log that may be read while it is written.
type syncBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

// Write appends to the log.
func (s *syncBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *syncBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

// secretFile is a file with a secret.
func secretFile(t *testing.T, content string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(name, []byte(content+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}
