package limit

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"

	"github.com/octoq/octoq/internal/key"
)

// clocked runs the real scripts on the clock of a bubble. They run outside of
// it, one at a time, and the bubble's clock stands still meanwhile: however busy
// the machine is, a round trip to Redis takes the same time.
type clocked struct {
	*limiter
	redis     *miniredis.Miniredis
	run       chan func()
	published chan []string // by the script that was run

	mu        sync.Mutex
	listeners []func(string)
}

// newClocked is to be called outside of the bubble.
func newClocked(t *testing.T, l Limits) *clocked {
	t.Helper()
	lim, m := mini(t, l)
	c := &clocked{limiter: lim, redis: m.Miniredis, run: make(chan func()), published: make(chan []string)}
	sub := m.NewSubscriber()
	sub.Subscribe(key.Released(account))
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for script := range c.run {
			c.published <- messagesOf(sub, script)
		}
	}()
	t.Cleanup(func() { close(c.run); <-ended; sub.Close() })
	return c
}

// messagesOf runs a script and returns what it published.
func messagesOf(sub *miniredis.Subscriber, script func()) (all []string) {
	done := make(chan struct{})
	go func() { defer close(done); script() }()
	for {
		select {
		case m := <-sub.Messages():
			all = append(all, m.Message)
		case <-done:
			return all
		}
	}
}

// rtt is how long a round trip to Redis takes.
const rtt = time.Millisecond

func (c *clocked) roundTrip(script func()) {
	<-time.After(rtt / 2)
	c.mu.Lock()
	c.redis.SetTime(time.Now())
	c.run <- script
	messages, listeners := <-c.published, c.listeners
	c.mu.Unlock()
	<-time.After(rtt / 2)
	for _, m := range messages {
		for _, heard := range listeners {
			heard(m)
		}
	}
}

func (c *clocked) acquire(_ context.Context, a grantRequest) (r reservation, err error) {
	c.roundTrip(func() { r, err = c.limiter.acquire(context.Background(), a) })
	return r, err
}

func (c *clocked) release(ctx context.Context, r slotRelease) (streak, campaigns int, err error) {
	if err := ctx.Err(); err != nil {
		return 0, 0, err
	}
	c.roundTrip(func() { streak, campaigns, err = c.limiter.release(context.Background(), r) })
	return streak, campaigns, err
}

func (c *clocked) renew(_ context.Context, tokens []string, seat string) (err error) {
	c.roundTrip(func() { err = c.limiter.renew(context.Background(), tokens, seat) })
	return err
}

func (c *clocked) watch(ctx context.Context, heard func(string)) {
	c.mu.Lock()
	c.listeners = append(c.listeners, heard)
	c.mu.Unlock()
	<-ctx.Done()
}

// gate runs one more gate, in the bubble.
func (c *clocked) gate(t *testing.T) *Gate {
	t.Helper()
	opts, err := Options{OnError: func(err error) { t.Errorf("background error: %v", err) }}.withDefaults()
	if err != nil {
		t.Fatalf("defaults: %v", err)
	}
	g := newGate(account, c.limits, opts, c, c.watch)
	startGate(t, g)
	return g
}
