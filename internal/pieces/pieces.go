// Package pieces cuts a stream that may pause into pieces that do not, so that what
// has come can be dealt with without waiting for what follows.
package pieces

import (
	"context"
	"iter"
	"time"
)

const (
	// Pause is how long nothing has to come for a piece to end.
	Pause = 20 * time.Millisecond
	// Longest is how long an item waits at most for others to come.
	Longest = time.Second
	// ahead is how many items are read ahead.
	ahead = 64
)

// Cut cuts a stream where it pauses, and after a second at the latest. It is read on a
// goroutine, up to 64 items ahead. The pieces end with the stream, whose goroutine has
// ended then, or with the context: then what had been read is the last piece, and a
// read that is under way is left behind.
func Cut[T any](ctx context.Context, items iter.Seq[T]) iter.Seq[iter.Seq[T]] {
	return func(yield func(iter.Seq[T]) bool) {
		left := make(chan struct{})
		defer close(left)
		p := &pipe[T]{ctx: ctx, left: left, items: make(chan T, ahead)}
		go p.fill(items)
		for first, ok := p.next(nil); ok; first, ok = p.next(nil) {
			if !yield(p.piece(first)) {
				return
			}
		}
		if ctx.Err() != nil {
			yield(p.rest)
		}
	}
}

// pipe is a stream that may keep one waiting.
type pipe[T any] struct {
	ctx   context.Context //nolint:containedctx // ends the waiting
	left  chan struct{}   // closed when the consumer takes no more items
	items chan T
}

// fill reads the stream to its end.
func (p *pipe[T]) fill(items iter.Seq[T]) {
	defer close(p.items)
	for item := range items {
		select {
		case p.items <- item:
		case <-p.left:
			return
		}
	}
}

// next waits for an item until the stream or the context ends, or enough comes.
func (p *pipe[T]) next(enough <-chan time.Time) (item T, ok bool) {
	if p.ctx.Err() != nil {
		return item, false
	}
	select {
	case item, ok = <-p.items:
		return item, ok
	default: // an item that is there comes before the end of the context
	}
	select {
	case item, ok = <-p.items:
	case <-enough:
	case <-p.ctx.Done():
	}
	return item, ok
}

// piece is what comes before the next pause.
func (p *pipe[T]) piece(first T) iter.Seq[T] {
	return func(yield func(T) bool) {
		end := time.Now().Add(Longest)
		pause := time.NewTimer(Pause)
		defer pause.Stop()
		for item, ok := first, true; ok; item, ok = p.next(pause.C) {
			if !yield(item) || !time.Now().Before(end) {
				return
			}
			pause.Reset(Pause)
		}
	}
}

// rest is what had been read when the context ended.
func (p *pipe[T]) rest(yield func(T) bool) {
	end := time.After(Longest)
	for {
		select {
		case item, ok := <-p.items:
			if !ok || !yield(item) {
				return
			}
		case <-time.After(Pause):
			return
		case <-end:
			return
		}
	}
}
