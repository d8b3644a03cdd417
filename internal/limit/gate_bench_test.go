package limit

import (
	"context"
	"testing"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/redistest"
)

// BenchmarkGate is a call that waits for a permit and gives it back at once, of
// many that do the same.
func BenchmarkGate(b *testing.B) {
	many := Limits{Rate: maxRate, Burst: maxBurst, MaxInFlight: 1000}
	for _, c := range []struct {
		name   string
		limits Limits
		redis  bool
	}{{"unlimited", Limits{}, false}, {"in memory", many, false}, {"redis", many, true}} {
		b.Run(c.name, func(b *testing.B) {
			f := newFake(c.limits)
			f.rtt = 0
			scripts, listen := limiterScripts(f), f.watch
			if c.redis {
				rdb := redistest.Start(b).Client()
				scripts, listen = newLimiter(rdb, account, c.limits), subscription(rdb, account)
			}
			opts, err := Options{OnError: func(err error) { b.Error(err) }}.withDefaults()
			if err != nil {
				b.Fatal(err)
			}
			benchGate(b, newGate(account, c.limits, opts, scripts, listen))
		})
	}
}

func benchGate(b *testing.B, g *Gate) {
	b.Helper()
	ctx, cancel := context.WithCancel(b.Context())
	done := make(chan error, 1)
	go func() { done <- g.Run(ctx) }()
	const callers = 32 // for each processor
	b.SetParallelism(callers)
	b.ReportAllocs()
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			p, err := g.Acquire(ctx, campaign.CallCreate, "a")
			if err == nil {
				_, err = p.Release(ctx, ok())
			}
			if err != nil {
				b.Error(err)
				return
			}
		}
	})
	cancel()
	if err := <-done; err != nil {
		b.Errorf("Run: %v", err)
	}
}
