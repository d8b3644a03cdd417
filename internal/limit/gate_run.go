package limit

import (
	"context"
	"errors"
	"sync"
	"time"
)

// Run serves the waiters until ctx ends, then sends those that are left away
// with ErrStopped and gives back what was not used. Calls that are under way
// then can still be released, but their slots are no longer renewed: end it
// after the calls. It can be run once. The error is nil after a clean stop.
func (g *Gate) Run(ctx context.Context) error {
	if g.started.Swap(true) {
		return errors.New("run gate of account " + g.account + ": it was run before")
	}
	trips, results := make(chan roundTrip), make(chan tripResult, 1)
	var wg sync.WaitGroup
	wg.Go(func() { g.redis.run(ctx, trips, results) })
	wg.Go(func() { g.renewSlots(ctx) })
	wg.Go(func() { g.subscribe(ctx, g.heard) })
	g.loop(ctx, trips, results)
	close(trips)
	wg.Wait()
	close(results)
	for r := range results {
		g.allocator.handleResult(r)
	}
	g.redis.release(ctx, g.allocator.stop())
	return nil
}

func (g *Gate) loop(ctx context.Context, trips chan<- roundTrip, results <-chan tripResult) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		trip, next := g.allocator.step()
		if trip != nil {
			trips <- *trip // no other is under way: it is taken at once
		}
		var due <-chan time.Time
		if !next.IsZero() {
			timer.Reset(next.Sub(g.redis.now()))
			due = timer.C
		}
		select {
		case <-ctx.Done():
			return
		case r := <-results:
			g.allocator.handleResult(r)
		case <-g.allocator.wake:
		case <-due:
		}
	}
}

// renewSlots renews the slots of calls under way each second.
func (g *Gate) renewSlots(ctx context.Context) {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if tokens, seat := g.allocator.renewable(); len(tokens) > 0 {
			g.redis.renew(ctx, tokens, seat)
		}
	}
}

// heard takes in what was published for the account.
func (g *Gate) heard(message string) {
	switch message {
	case messageSlot:
		g.allocator.slotFreed()
	case messageCool:
		g.allocator.outdate()
	case messageHold:
		g.allocator.outdate()
		g.changed.notify()
	}
}
