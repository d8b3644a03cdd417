package limit

import (
	"context"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/redistest"
)

// TestGatesTogetherKeepTheLimitsAndUseThem runs alone: on a machine that is
// busy with something else nobody can be on time.
func TestGatesTogetherKeepTheLimitsAndUseThem(t *testing.T) { //nolint:paralleltest // it measures
	for _, c := range []struct { //nolint:paralleltest // it measures
		name   string
		limits Limits
		took   time.Duration
	}{
		{"by rate", Limits{Rate: 50, Burst: 5, MaxInFlight: 20}, 50 * time.Millisecond},
		{"one at a time", Limits{Rate: 20, Burst: 5, MaxInFlight: 1}, 30 * time.Millisecond},
	} {
		t.Run(c.name, func(t *testing.T) {
			var use float64
			for try := 0; try < 3 && use < 0.95; try++ {
				use = backlog(t, c.limits, c.took)
			}
			if use < 0.95 {
				t.Errorf("use: got %.2f of the limit in the best of three tries, want 0.95", use)
			}
		})
	}
}

// backlog has four gates work on a backlog without end, checks the limits and
// returns which part of the rate was used.
func backlog(t *testing.T, l Limits, took time.Duration) float64 {
	srv := redistest.Start(t)
	var a api
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	for range 4 {
		g, _ := runGate(t, srv.Client(), l)
		for i := range 10 {
			wg.Go(func() { work(ctx, t, g, &a, strconv.Itoa(i), took) })
		}
	}
	const lead, measured = 300 * time.Millisecond, 1500 * time.Millisecond
	begin := time.Now()
	<-time.After(lead + measured)
	cancel()
	wg.Wait()

	if got, want := a.busiest(), int(l.Rate)+l.Burst; got > want {
		t.Errorf("busiest second: got %d calls, want at most %d", got, want)
	}
	if a.most > l.MaxInFlight {
		t.Errorf("in flight: got %d, want at most %d", a.most, l.MaxInFlight)
	}
	got := a.between(begin.Add(lead), begin.Add(lead+measured))
	t.Logf("%d calls, %d in the busiest second, %d at once, %d void", got, a.busiest(), a.most, a.void)
	return float64(got) / (measured.Seconds() * l.Rate)
}

// work makes one call after another until ctx ends.
func work(ctx context.Context, t *testing.T, g *Gate, a *api, id string, d time.Duration) {
	for {
		p, err := g.Acquire(ctx, campaign.CallCreate, id)
		if err != nil {
			return
		}
		if _, err := p.Release(ctx, a.call(p, d)); err != nil {
			t.Errorf("Release: %v", err)
		}
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
