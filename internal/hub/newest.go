package hub

import (
	"context"
	"sync"
	"time"
)

// newest has readers that wait for events ask Redis together: one of them, the holder of the
// token, looks where the stream ends, and wakes all others when that has moved.
type newest struct {
	leads chan struct{} // takes the token

	mu    sync.Mutex
	known position
	moved chan struct{} // closed once known has moved
}

func newNewest() *newest {
	return &newest{leads: make(chan struct{}, 1), moved: make(chan struct{})}
}

// move is closed when the stream moves after this call. A reader that reads after it, and then
// waits for it, misses nothing.
func (n *newest) move() <-chan struct{} {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.moved
}

// wait waits until the stream has moved, and leads the others meanwhile if none does;
// end ends it sooner, which is no error.
func (n *newest) wait(ctx context.Context, moved <-chan struct{}, end <-chan time.Time, look func(context.Context) (position, error)) (ended bool, err error) {
	select {
	case <-moved:
		return false, nil
	case <-ctx.Done():
		return false, ctx.Err()
	case <-end:
		return true, nil
	case n.leads <- struct{}{}:
		defer func() { <-n.leads }()
		return n.lead(ctx, moved, end, look)
	}
}

// lead looks until the stream has moved.
func (n *newest) lead(ctx context.Context, moved <-chan struct{}, end <-chan time.Time, look func(context.Context) (position, error)) (ended bool, err error) {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		select {
		case <-moved:
			return false, nil
		case <-ctx.Done():
			return false, ctx.Err()
		case <-end:
			return true, nil
		case <-tick.C:
			at, err := look(ctx)
			if err != nil {
				return false, err
			}
			n.note(at)
		}
	}
}

// note wakes the readers that wait if the stream has moved.
func (n *newest) note(at position) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.known != at {
		n.known = at
		close(n.moved)
		n.moved = make(chan struct{})
	}
}
