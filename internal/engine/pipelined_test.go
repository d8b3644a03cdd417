package engine

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/octoq/octoq/internal/redistest"
)

// Scripts of many goroutines share a connection, and each gets its own answer.
func TestScriptsShareAConnection(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	rdb, done := pipelining(redis.NewClient(&redis.Options{Addr: server.Addr}), patience)
	defer done()
	script := redis.NewScript("return {KEYS[1], ARGV[1]}")
	if err := script.Load(t.Context(), rdb).Err(); err != nil {
		t.Fatal(err)
	}
	var calls sync.WaitGroup
	for i := range 200 {
		calls.Go(func() {
			want := []string{"key" + strconv.Itoa(i), "value" + strconv.Itoa(i)}
			if got, err := script.Run(t.Context(), rdb, want[:1], want[1]).StringSlice(); err != nil || !slices.Equal(got, want) {
				t.Errorf("got %q and %v, want %q", got, err, want)
			}
		})
	}
	calls.Wait()
	clients, err := rdb.ClientList(t.Context()).Result()
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(clients, "cmd=evalsha"); n != 1 {
		t.Errorf("scripts were run over %d connections, want 1:\n%s", n, clients)
	}
}

// Whoever waits for a Redis that does not answer waits no longer than its
// context or, without a deadline, the client's patience lets it, and the
// connection serves again afterwards.
func TestScriptsAreNotWaitedForForever(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	const wait = 200 * time.Millisecond
	rdb, done := pipelining(redis.NewClient(&redis.Options{Addr: server.Addr, ReadTimeout: time.Minute}), wait)
	defer done()
	script := redis.NewScript("return 1")
	if err := script.Run(t.Context(), rdb, nil).Err(); err != nil {
		t.Fatal(err)
	}
	server.Freeze()
	defer server.Thaw()
	ctx, cancel := context.WithTimeout(t.Context(), wait)
	defer cancel()
	for _, ctx := range []context.Context{ctx, t.Context()} {
		began := time.Now()
		err := script.Run(ctx, rdb, nil).Err()
		if took := time.Since(began); !errors.Is(err, context.DeadlineExceeded) || took > 20*time.Second {
			t.Errorf("got %v after %v, want the end of the wait after %v", err, took, wait)
		}
	}
	server.Thaw()
	if got, err := script.Run(t.Context(), rdb, nil).Int(); err != nil || got != 1 {
		t.Errorf("got %d and %v afterwards, want 1", got, err)
	}
}
