package enqueue_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/redistest"
)

// lossy is a connection that loses one answer: the request arrives and is
// carried out, then the connection breaks and onLoss is called.
type lossy struct {
	net.Conn
	armed  *atomic.Bool
	onLoss func()
	lose   bool
}

// loses makes a client of the options lose the answer to the first request that
// enqueues an id that begins with lost. It returns whether that is still to come.
func loses(opts *redis.Options, onLoss func()) (armed *atomic.Bool) {
	armed = new(atomic.Bool)
	armed.Store(true)
	opts.Dialer = func(ctx context.Context, network, addr string) (net.Conn, error) {
		conn, err := (&net.Dialer{}).DialContext(ctx, network, addr)
		return &lossy{Conn: conn, armed: armed, onLoss: onLoss}, err
	}
	return armed
}

// Write marks the answer to the first request that enqueues.
func (c *lossy) Write(b []byte) (int, error) {
	if bytes.Contains(b, []byte(":t:lost")) && c.armed.CompareAndSwap(true, false) {
		c.lose = true
	}
	return c.Conn.Write(b)
}

func (c *lossy) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	if c.lose && err == nil {
		_ = c.Close()
		c.onLoss()
		return 0, io.ErrUnexpectedEOF
	}
	return n, err
}

// A producer whose write was carried out, and whose answer was lost, gets no
// ErrDuplicate: go-redis repeats the write, and the task that is there is the
// producer's.
func TestLostAnswerIsNoDuplicate(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	// The scripts are known, so that the lost answer is that of the write itself.
	newWorld(t, server.Client()).enqueue(t, order("first"), order("second"))
	opts := &redis.Options{Addr: server.Addr, MinRetryBackoff: time.Millisecond, MaxRetryBackoff: 5 * time.Millisecond}
	armed := loses(opts, func() {})
	rdb := redis.NewClient(opts)
	defer func() { _ = rdb.Close() }()
	w := newWorld(t, rdb)
	for r, err := range w.client.EnqueueAll(t.Context(), slices.Values([]campaign.Campaign{order("lost-1"), order("lost-2")})) {
		if err != nil || r.State != campaign.StateQueued {
			t.Errorf("%s: got %+v, %v, want it queued", r.ID, r, err)
		}
	}
	if armed.Load() {
		t.Error("no answer was lost: the test shows nothing")
	}
	if got, want := w.waiting(t, campaign.StageCreate), []string{"first", "second", "lost-1", "lost-2"}; !slices.Equal(got, want) {
		t.Errorf("queue: got %q, want %q", got, want)
	}
	// From another call, the same id is a duplicate all the same.
	if _, err := w.client.Enqueue(t.Context(), order("lost-1")); !errors.Is(err, campaign.ErrDuplicate) {
		t.Errorf("once more: got %v, want ErrDuplicate", err)
	}
}
