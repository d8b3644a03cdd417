package limit

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/record"
	"github.com/octoq/octoq/internal/redistest"
)

const account = "acc"

// mini is a limiter on a miniredis whose clock stands still.
func mini(t *testing.T, l Limits) (*limiter, *stopped) {
	t.Helper()
	m := &stopped{Miniredis: miniredis.RunT(t)}
	m.set(epoch())
	rdb := redis.NewClient(&redis.Options{Addr: m.Addr()})
	t.Cleanup(func() { _ = rdb.Close() })
	return newLimiter(rdb, account, l), m
}

// stopped is a miniredis whose clock the test moves.
type stopped struct {
	*miniredis.Miniredis
	now time.Time
}

func (s *stopped) set(now time.Time) { s.now = now; s.SetTime(now) }

func (s *stopped) step(d time.Duration) { s.set(s.now.Add(d)) }

func epoch() time.Time { return time.Unix(1_800_000_000, 0) }

func micros(t time.Time) int64 { return t.UnixMicro() }

// onBoth runs a test on a real Redis and on miniredis.
func onBoth(t *testing.T, test func(t *testing.T, rdb *redis.Client)) {
	t.Run("redis", func(t *testing.T) {
		t.Parallel()
		test(t, redistest.Start(t).Client())
	})
	t.Run("miniredis", func(t *testing.T) {
		t.Parallel()
		m := miniredis.RunT(t)
		rdb := redis.NewClient(&redis.Options{Addr: m.Addr()})
		t.Cleanup(func() { _ = rdb.Close() })
		test(t, rdb)
	})
}

// runGate runs a gate until the test, or the returned function, ends it.
func runGate(t *testing.T, rdb redis.UniversalClient, l Limits) (*Gate, func()) {
	t.Helper()
	g, err := NewGate(rdb, account, l, Options{OnError: func(err error) { t.Errorf("background error: %v", err) }})
	if err != nil {
		t.Fatalf("NewGate: %v", err)
	}
	return g, startGate(t, g)
}

func startGate(t *testing.T, g *Gate) func() {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := g.Run(ctx); err != nil {
			t.Errorf("Run: got %v, want nil", err)
		}
	}()
	stop := func() { cancel(); <-done }
	t.Cleanup(stop)
	return stop
}

// within is a context that fails the test's patience, not its logic.
func within(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	t.Cleanup(cancel)
	return ctx
}

func mustAcquire(t *testing.T, g *Gate, call campaign.Call, id string) *Permit {
	t.Helper()
	p, err := g.Acquire(within(t), call, id)
	if err != nil {
		t.Fatalf("Acquire(%s, %s): %v", call, id, err)
	}
	return p
}

func mustRelease(t *testing.T, p *Permit, o record.Outcome) Report {
	t.Helper()
	r, err := p.Release(context.Background(), o)
	if err != nil {
		t.Fatalf("Release: %v", err)
	}
	return r
}

func ok() record.Outcome { return record.Outcome{Class: record.ClassOK, HTTPStatus: 200} }

func down() record.Outcome {
	return record.Outcome{Class: record.ClassTransient, HTTPStatus: 503}
}

// api is a stand-in that notes what it sees.
type api struct {
	mu       sync.Mutex
	seen     []time.Time
	inFlight int
	most     int
	void     int           // permits that were not used in time
	left     time.Duration // the least time that one which was used was still good
	widest   time.Duration // the widest window in which permits could be used
}

// call is a call that takes d, as the API's client makes it: not at all with a
// permit that is void.
func (a *api) call(g *Gate, p *Permit, d time.Duration) record.Outcome {
	if !a.begin(g, p) {
		return record.Outcome{Class: record.ClassNotSent}
	}
	<-time.After(d)
	a.mu.Lock()
	defer a.mu.Unlock()
	a.inFlight--
	return ok()
}

func (a *api) begin(g *Gate, p *Permit) bool {
	g.allocator.mu.Lock()
	window := g.allocator.matcher.validity.span
	g.allocator.mu.Unlock()
	a.mu.Lock()
	defer a.mu.Unlock()
	a.widest = max(a.widest, window)
	now := time.Now()
	left := p.NotAfter().Sub(now)
	if left < 0 {
		a.void++
		return false
	}
	if len(a.seen) == 0 || left < a.left {
		a.left = left
	}
	a.seen = append(a.seen, now)
	a.inFlight++
	a.most = max(a.most, a.inFlight)
	return true
}

// busiest is the most calls seen within any sliding second.
func (a *api) busiest() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	slices.SortFunc(a.seen, time.Time.Compare)
	most, from := 0, 0
	for i, t := range a.seen {
		for t.Sub(a.seen[from]) > time.Second {
			from++
		}
		most = max(most, i-from+1)
	}
	return most
}

func (a *api) count() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return len(a.seen)
}

// between counts the calls seen in [from, to).
func (a *api) between(from, to time.Time) int {
	a.mu.Lock()
	defer a.mu.Unlock()
	n := 0
	for _, t := range a.seen {
		if !t.Before(from) && t.Before(to) {
			n++
		}
	}
	return n
}
