package main

import (
	"context"
	"io"
	"iter"
	"time"

	"github.com/octoq/octoq/enqueue"
)

const (
	// pipePause is how long nothing has to come through a pipe for what has
	// come to be enqueued without it.
	pipePause = 20 * time.Millisecond
	// pipeLongest is how long a campaign waits at most for others to come.
	pipeLongest = time.Second
	// pipeAhead is how many lines are read ahead; one may take a mebibyte.
	pipeAhead = 64
)

// whole is a stream in one piece: a file does not pause.
func whole(items iter.Seq[enqueue.Item]) iter.Seq[iter.Seq[enqueue.Item]] {
	return func(yield func(iter.Seq[enqueue.Item]) bool) { yield(items) }
}

// inPieces cuts a stream where it pauses, so that what has come is enqueued, and its
// result printed, without waiting for what follows. It ends with the stream or the
// context: then what had been read is the last piece, to be reported as not enqueued,
// and a read that is under way is lost along with the process.
func inPieces(ctx context.Context, items iter.Seq[enqueue.Item]) iter.Seq[iter.Seq[enqueue.Item]] {
	return func(yield func(iter.Seq[enqueue.Item]) bool) {
		left := make(chan struct{})
		defer close(left)
		p := &pipe{ctx: ctx, left: left, items: make(chan enqueue.Item, pipeAhead)}
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

// untilDone is a reader that ends with a context: refused lines do not reach the
// client, so the client does not check the context between them.
type untilDone struct {
	io.Reader
	ctx context.Context //nolint:containedctx // of the run that reads
}

// Read reads, unless the context has ended.
func (u untilDone) Read(b []byte) (int, error) {
	if err := u.ctx.Err(); err != nil {
		return 0, err
	}
	return u.Reader.Read(b)
}

// rest is what had been read when the context ended.
func (p *pipe) rest(yield func(enqueue.Item) bool) {
	end := time.After(pipeLongest)
	for {
		select {
		case item, ok := <-p.items:
			if !ok || !yield(item) {
				return
			}
		case <-time.After(pipePause):
			return
		case <-end:
			return
		}
	}
}

// pipe is a stream that may keep one waiting.
type pipe struct {
	ctx   context.Context //nolint:containedctx // ends the goroutine that reads
	left  chan struct{}   // closed when the consumer takes no more items
	items chan enqueue.Item
}

// fill reads the stream to its end.
func (p *pipe) fill(items iter.Seq[enqueue.Item]) {
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
func (p *pipe) next(enough <-chan time.Time) (item enqueue.Item, ok bool) {
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
func (p *pipe) piece(first enqueue.Item) iter.Seq[enqueue.Item] {
	return func(yield func(enqueue.Item) bool) {
		end := time.Now().Add(pipeLongest)
		pause := time.NewTimer(pipePause)
		defer pause.Stop()
		for item, ok := first, true; ok; item, ok = p.next(pause.C) {
			if !yield(item) || !time.Now().Before(end) {
				return
			}
			pause.Reset(pipePause)
		}
	}
}
