package hub

import (
	"context"
	"sync"
	"time"
)

// newest remembers for a moment where the stream ends, so that many who follow it ask
// Redis together as often as one does.
type newest struct {
	mu    sync.Mutex
	at    time.Time
	known position
}

// moved reports whether the stream may have events behind a place that a reader has
// reached. What is remembered is older than the pause between two looks at most.
func (n *newest) moved(ctx context.Context, from position, end func(context.Context) (position, error)) (bool, error) {
	if !n.mu.TryLock() { // another reader asks just now: this one looks again in a moment
		return false, nil
	}
	defer n.mu.Unlock()
	if now := time.Now(); now.Sub(n.at) >= lookEvery*9/10 {
		known, err := end(ctx)
		if err != nil {
			return false, err
		}
		n.known, n.at = known, now
	}
	return n.known != from, nil
}
