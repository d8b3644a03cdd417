package enqueue_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/enqueue"
	"github.com/octoq/octoq/internal/localuser"
)

func TestNewRefuses(t *testing.T) {
	t.Parallel()
	rdb := redis.NewClient(&redis.Options{Addr: "127.0.0.1:1"})
	defer func() { _ = rdb.Close() }()
	for name, c := range map[string]struct {
		cfg  enqueue.Config
		want string
	}{
		"neither":   {enqueue.Config{}, "exactly one of RedisURL and Client"},
		"both":      {enqueue.Config{RedisURL: "redis://127.0.0.1:1", Client: rdb}, "exactly one of RedisURL and Client"},
		"no URL":    {enqueue.Config{RedisURL: "http://user:pa55word@host"}, "its scheme is unknown"},
		"garbage":   {enqueue.Config{RedisURL: "redis://user:pa55word@host:port/x"}, "its port is no number"},
		"retention": {enqueue.Config{Client: rdb, Retention: time.Hour}, "at least 24h0m0s"},
	} {
		client, err := enqueue.New(c.cfg)
		if err == nil || client != nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "pa55word") {
			t.Errorf("%s: got %v, want %q and no password", name, err, c.want)
		}
	}
}

// A client that was handed in stays its owner's; one of our own is closed.
func TestClose(t *testing.T) {
	t.Parallel()
	w := onMini(t)
	if err := w.client.Close(); err != nil {
		t.Errorf("close: %v", err)
	}
	if err := w.rdb.Ping(t.Context()).Err(); err != nil {
		t.Errorf("the caller's client after Close: got %v, want it open", err)
	}
	own, err := enqueue.New(enqueue.Config{RedisURL: "redis://" + w.mini.Addr()})
	if err != nil {
		t.Fatalf("new: %v", err)
	}
	if err := own.Ping(t.Context()); err != nil {
		t.Errorf("ping: %v", err)
	}
	if err := own.Close(); err != nil {
		t.Errorf("close: %v", err)
	}
	if err := own.Ping(t.Context()); err == nil {
		t.Error("ping after Close: got no error, want one")
	}
}

func TestPingWithoutRedis(t *testing.T) {
	t.Parallel()
	client, err := enqueue.New(enqueue.Config{RedisURL: "redis://127.0.0.1:1?max_retries=-1&dial_timeout=1s"})
	if err != nil {
		t.Fatalf("new: %v", err)
	}
	defer func() { _ = client.Close() }()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	if err := client.Ping(ctx); err == nil || !strings.Contains(err.Error(), "reach Redis") {
		t.Errorf("ping: got %v, want that Redis is not reached", err)
	}
	if _, err := client.Enqueue(ctx, order("a")); err == nil {
		t.Error("enqueue: got no error, want one")
	}
}

// Without a name, timelines name the user of the process.
func TestWho(t *testing.T) {
	t.Parallel()
	w := onMini(t)
	client, err := enqueue.New(enqueue.Config{Client: w.rdb})
	if err != nil {
		t.Fatalf("new: %v", err)
	}
	w.enqueue(t, order("a"))
	if _, err := client.Cancel(t.Context(), "", "a"); err != nil {
		t.Fatalf("cancel: %v", err)
	}
	r := w.get(t, "a")
	if r.State != campaign.StateCancelled || r.Timeline[0].Who != localuser.Name() {
		t.Errorf("got %s by %q, want it cancelled by %q", r.State, r.Timeline[0].Who, localuser.Name())
	}
	if r.EnqueuedBy != "tester" || !slices.Equal(r.Authors, []string{"tester"}) {
		t.Errorf("got it enqueued by %q, written by %q, want the first client's name for both", r.EnqueuedBy, r.Authors)
	}
	for _, bad := range []string{"a\nb", strings.Repeat("a", 129)} {
		if _, err := enqueue.New(enqueue.Config{Client: w.rdb, Who: bad}); err == nil || !strings.Contains(err.Error(), "Who ") {
			t.Errorf("Who %q: got %v, want it refused", bad, err)
		}
	}
}
