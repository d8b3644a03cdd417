package limit

import (
	"context"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/redistest"
)

// How much of the limits is used is judged on a clock of the test's own. On a
// real one it hangs on what else the machine does; make bench measures it there.
func TestGatesTogetherUseTheLimits(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		limits Limits
		took   time.Duration
		want   float64 // calls a second, at least
	}{
		{"by rate", Limits{Rate: 50, Burst: 5, MaxInFlight: 20}, 50 * time.Millisecond, 49.5},
		{"one at a time", Limits{Rate: 20, Burst: 5, MaxInFlight: 1}, 30 * time.Millisecond, 19.8},
		{"by slots", Limits{Rate: 100, Burst: 5, MaxInFlight: 2}, 100 * time.Millisecond, 19.5},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			redis := newClocked(t, c.limits)
			synctest.Test(t, func(t *testing.T) {
				const lead, measured = time.Second, 5 * time.Second
				var a api
				begin := time.Now()
				stop := backlog(t, &a, c.took, redis.gate(t), redis.gate(t), redis.gate(t), redis.gate(t))
				<-time.After(lead + measured)
				stop()
				if got := float64(a.between(begin.Add(lead), begin.Add(lead+measured))) / measured.Seconds(); got < c.want {
					t.Errorf("calls a second: got %.1f, want at least %.1f", got, c.want)
				}
				if got, want := a.busiest(), int(c.limits.Rate)+c.limits.Burst; got > want {
					t.Errorf("busiest second: got %d calls, want at most %d", got, want)
				}
				if a.most > c.limits.MaxInFlight || a.void > 0 {
					t.Errorf("got %d calls in flight and %d void permits, want at most %d and none", a.most, a.void, c.limits.MaxInFlight)
				}
				if late := c.limits.validity() - a.left; late > rtt {
					t.Errorf("a call was let in %v after its time, want at once: a round trip to Redis apart, %v", late, rtt)
				}
			})
		})
	}
}

// The limits hold whatever the machine does meanwhile: a call that comes late
// makes its gate's window wider, and so the bound by as much. See validity.
func TestGatesTogetherKeepTheLimitsOnRedis(t *testing.T) {
	t.Parallel()
	for name, l := range map[string]Limits{
		"by rate":       {Rate: 50, Burst: 5, MaxInFlight: 20},
		"one at a time": {Rate: 20, Burst: 5, MaxInFlight: 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rdb := redistest.Start(t).Client()
			var a api
			gates := make([]*Gate, 4)
			for i := range gates {
				gates[i], _ = runGate(t, rdb, l)
			}
			stop := backlog(t, &a, 30*time.Millisecond, gates...)
			for want := 2 * int(l.Rate); a.count() < want; {
				<-time.After(10 * time.Millisecond)
			}
			stop()
			// With windows as wide as at first this is no more than rate + burst.
			most := 1 + int((time.Second+l.tolerance()+a.widest)/l.interval())
			if got := a.busiest(); got > most {
				t.Errorf("busiest second: got %d calls, want at most %d with windows of %v", got, most, a.widest)
			}
			if a.most > l.MaxInFlight {
				t.Errorf("in flight: got %d, want at most %d", a.most, l.MaxInFlight)
			}
		})
	}
}

// backlog has gates work on a backlog without end, until it is stopped.
func backlog(t *testing.T, a *api, took time.Duration, gates ...*Gate) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	for _, g := range gates {
		for i := range 10 {
			wg.Go(func() { work(ctx, t, g, a, strconv.Itoa(i), took) })
		}
	}
	return func() { cancel(); wg.Wait() }
}

// work makes one call after another until ctx ends.
func work(ctx context.Context, t *testing.T, g *Gate, a *api, id string, d time.Duration) {
	for {
		p, err := g.Acquire(ctx, campaign.CallCreate, id)
		if err != nil {
			return
		}
		if _, err := p.Release(ctx, a.call(g, p, d)); err != nil {
			t.Errorf("Release: %v", err)
		}
	}
}

// Each limit holds whether the other one is set or not, over gates of several
// processes.
func TestEachLimitHoldsByItselfOnRedis(t *testing.T) {
	t.Parallel()
	for name, l := range map[string]Limits{
		"one at a time":   {MaxInFlight: 1},
		"calls in flight": {MaxInFlight: 3},
		"rate":            {Rate: 50, Burst: 5},
		"neither":         {},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rdb := redistest.Start(t).Client()
			var a api
			gates := make([]*Gate, 4)
			for i := range gates {
				gates[i], _ = runGate(t, rdb, l)
			}
			const took, waiting = 10 * time.Millisecond, 40 // what waits at the four gates
			stop := backlog(t, &a, took, gates...)
			for a.count() < 100 {
				<-time.After(10 * time.Millisecond)
			}
			stop()
			if l.MaxInFlight > 0 && a.most != l.MaxInFlight {
				t.Errorf("in flight: got %d, want %d", a.most, l.MaxInFlight)
			}
			if most := 1 + int((time.Second+l.tolerance()+a.widest)/max(l.interval(), 1)); l.Rate > 0 && a.busiest() > most {
				t.Errorf("busiest second: got %d calls, want at most %d with windows of %v", a.busiest(), most, a.widest)
			}
			if l.unlimited() && a.most < waiting/2 {
				t.Errorf("in flight: got %d, want most of the %d that wait, where nothing is limited", a.most, waiting)
			}
		})
	}
}

func TestAConfirmPassesAFloodOnRedis(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, rdb *redis.Client) {
		g, _ := runGate(t, rdb, Limits{Rate: 50, Burst: 5, MaxInFlight: 20})
		ctx, cancel := context.WithCancel(context.Background())
		var a api
		var wg sync.WaitGroup
		for i := range 200 {
			wg.Go(func() { work(ctx, t, g, &a, strconv.Itoa(i), time.Millisecond) })
		}
		for a.count() < 10 {
			<-time.After(10 * time.Millisecond)
		}
		before := a.count()
		mustRelease(t, mustAcquire(t, g, campaign.CallConfirm, "dear"), ok())
		if got := a.count() - before; got > 25 {
			t.Errorf("creates let in before the confirm: got %d, want a few, not all 200", got)
		}
		cancel()
		wg.Wait()
	})
}
