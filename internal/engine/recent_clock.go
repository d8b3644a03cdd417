package engine

import (
	"context"
	"sync"
	"time"
)

// recentClock asks a clock at most once a second, and counts on from its answer meanwhile:
// what sweeps an account asks several times at once.
type recentClock struct {
	ask func(context.Context) (time.Time, error)

	mu    sync.Mutex
	said  time.Time // what the clock said last
	asked time.Time // when, by this machine's clock
}

func (c *recentClock) now(ctx context.Context) (time.Time, error) {
	if now, ok := c.known(); ok {
		return now, nil
	}
	asked := time.Now()
	said, err := c.ask(ctx)
	if err != nil {
		return time.Time{}, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.said, c.asked = said, asked
	return said, nil
}

// known is the time, if the clock was asked within a second.
func (c *recentClock) known() (time.Time, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	since := time.Since(c.asked)
	return c.said.Add(since), since < time.Second && !c.asked.IsZero()
}
