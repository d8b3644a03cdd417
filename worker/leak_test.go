package worker_test

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/key"
	"github.com/octoq/octoq/internal/queue"
	"github.com/octoq/octoq/internal/redistest"
	"github.com/octoq/octoq/internal/task"
	"github.com/octoq/octoq/worker"
)

// These tests leave it to TestMain to find what Run leaves behind.

func account(url string) map[string]worker.Account {
	return map[string]worker.Account{"default": {APIURL: url, Login: "a@example.com", Key: "k", MaxInFlight: 5, Rate: 50, Burst: 50}}
}

// A worker that is stopped with calls in flight lets them finish, and leaves
// nothing running.
func TestRunEndsWithCallsInFlight(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	const calls = 3
	var asked, answered atomic.Int32
	let := make(chan struct{})
	api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		n := asked.Add(1)
		<-let
		w.WriteHeader(http.StatusCreated)
		_, _ = fmt.Fprintf(w, `{"ticket_number":"sms_%d"}`, n)
		answered.Add(1)
	}))
	defer api.Close()
	rdb := server.Client()
	var items []queue.Item
	for i := range calls {
		c := campaign.Campaign{
			ID: fmt.Sprint("c", i), Account: "default", ListName: "l", Text: "Hello STOP",
			Type: campaign.TypePremium, Purpose: campaign.PurposeAlert,
		}
		items = append(items, queue.Item{Task: task.Task{
			Account: "default", ID: c.ID, Step: task.FirstStep(), First: &task.First{Campaign: c, EnqueuedAt: time.Now()},
		}})
	}
	for _, err := range queue.NewProducer(rdb).Enqueue(t.Context(), items) {
		if err != nil {
			t.Fatal(err)
		}
	}
	w, err := worker.New(worker.Config{RedisURL: server.URL(), Accounts: account(api.URL)})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- w.Run(ctx) }()
	await(t, "calls in flight", func() bool { return asked.Load() == calls })
	stop()
	close(let)
	select {
	case err := <-done:
		if err != nil {
			t.Errorf("Run: got %v, want nil", err)
		}
	case <-time.After(20 * time.Second):
		t.Fatal("Run did not end")
	}
	for i := range calls {
		if got := rdb.HGet(t.Context(), key.Record("default", fmt.Sprint("c", i)), "ticket").Val(); got == "" {
			t.Errorf("c%d: its call was in flight: got no ticket on record", i)
		}
	}
	if answered.Load() != calls {
		t.Errorf("calls: got %d answered, want %d", answered.Load(), calls)
	}
}

// A worker that cannot start, because Redis goes away after the first answer or
// was never there, says so and leaves nothing running either.
func TestRunThatFailsLeavesNothing(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	for _, answers := range []int32{0, 3, 10, 30} {
		var left atomic.Int32
		left.Store(answers)
		rdb := redis.NewClient(&redis.Options{
			Addr: server.Addr, MaxRetries: -1, DialerRetries: 1,
			Dialer: func(ctx context.Context, network, addr string) (net.Conn, error) {
				conn, err := (&net.Dialer{}).DialContext(ctx, network, addr)
				return failing{conn, &left}, err
			},
		})
		w, err := worker.New(worker.Config{Redis: rdb, Accounts: account("http://127.0.0.1:1")})
		if err != nil {
			t.Fatal(err)
		}
		// One that got as far as to work waits for Redis to come back.
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
		if err := w.Run(ctx); err == nil && ctx.Err() == nil {
			t.Errorf("Redis gone after %d answers: got no error", answers)
		}
		cancel()
		if err := rdb.Close(); err != nil {
			t.Error(err)
		}
	}
}

// failing is a connection that breaks when all connections together have
// written so often.
type failing struct {
	net.Conn
	left *atomic.Int32
}

func (c failing) Write(b []byte) (int, error) {
	if c.left.Add(-1) < 0 {
		_ = c.Close()
		return 0, net.ErrClosed
	}
	return c.Conn.Write(b)
}

func await(t *testing.T, what string, cond func() bool) {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for end := time.After(20 * time.Second); !cond(); {
		select {
		case <-end:
			t.Fatalf("%s: not within 20 s", what)
		case <-tick.C:
		}
	}
}

// A worker that is asked to stop before it has begun has nothing to complain of.
func TestRunStoppedBeforeItBegan(t *testing.T) {
	t.Parallel()
	w, err := worker.New(worker.Config{Redis: redistest.Start(t).Client(), Accounts: account("http://127.0.0.1:1")})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := w.Run(ctx); err != nil {
		t.Errorf("run: got %v, want nil", err)
	}
}
