package enqueue

import (
	"context"
	"sync"
	"time"

	"github.com/octoq/octoq/campaign"
)

const (
	// batchSize is how many campaigns go to Redis together.
	batchSize = 512
	// durableBatch is the same with Durable, where each batch may wait a second
	// for the disk.
	durableBatch = 8192
	// ahead is how many batches are on their way at most: one is checked and
	// encoded while the one before it is being written, and two wait.
	ahead = 4
	// grace is how long a batch that is being written when the context ends may
	// take, so that it is known what became of it. An answer that is being waited
	// for then may take as long as the connection lets it.
	grace = 2 * time.Second
)

// stream carries batches into Redis, in order. The goroutine that uses it hands
// campaigns in and is yielded the results; two others do the work.
type stream struct {
	ctx     context.Context //nolint:containedctx // lives as long as the call of EnqueueAll that it is of
	client  *Client
	options options
	yield   func(Receipt, error) bool

	began    bool
	in, out  chan *batch
	inflight []*batch // oldest first
	broken   context.CancelFunc
	stop     func()
	workers  sync.WaitGroup
	ended    bool // the consumer wants no more
}

// begin starts the two goroutines; close ends them.
func (s *stream) begin() {
	ctx, cancel := context.WithCancel(s.ctx)
	graceCtx, stop := withGrace(ctx)
	s.began, s.broken, s.stop = true, cancel, stop
	s.in, s.out = make(chan *batch, ahead), make(chan *batch, 1)
	s.workers.Go(func() {
		defer close(s.out)
		for b := range s.in {
			b.prepare()
			b.lookUp(ctx)
			s.out <- b
		}
	})
	s.workers.Go(func() {
		for b := range s.out {
			b.putIn(ctx, graceCtx)
		}
	})
}

// putIn puts the batch, unless the context has ended; what is under way when it
// ends has until graceCtx ends.
func (b *batch) putIn(ctx, graceCtx context.Context) {
	if ctx.Err() != nil {
		graceCtx = ctx
	}
	b.put(graceCtx)
}

// withGrace is a context that ends grace later than another one.
func withGrace(ctx context.Context) (context.Context, func()) {
	longer, cancel := context.WithCancel(context.WithoutCancel(ctx))
	var timers sync.WaitGroup
	timers.Add(1)
	abandon := context.AfterFunc(ctx, func() {
		defer timers.Done()
		select {
		case <-time.After(grace):
			cancel()
		case <-longer.Done():
		}
	})
	return longer, func() {
		cancel()
		if abandon() {
			timers.Done()
		}
		timers.Wait()
	}
}

// close ends the goroutines. What is being written is waited for, what is not
// yet is not written.
func (s *stream) close() {
	if !s.began {
		return
	}
	s.broken()
	close(s.in)
	s.workers.Wait()
	s.stop()
}

// batch is how many campaigns go to Redis together.
func (o options) batch() int {
	if o.durable != nil {
		return durableBatch
	}
	return batchSize
}

// take takes a full batch. One that waits for the disk is not joined by others.
func (s *stream) take(group []campaign.Campaign) {
	if s.options.durable != nil {
		s.enqueueSync(group)
	} else {
		s.push(group)
	}
}

// push hands a batch on, and yields the results that are there; it waits while
// too many are on their way.
func (s *stream) push(group []campaign.Campaign) {
	if !s.began {
		s.begin()
	}
	b := s.client.newBatch(s.options, group)
	s.in <- b
	s.inflight = append(s.inflight, b)
	if len(s.inflight) == ahead {
		s.yieldOldest()
	}
	s.yieldReady()
}

// yieldReady yields the results that are there without waiting.
func (s *stream) yieldReady() {
	for len(s.inflight) > 0 && !s.ended {
		select {
		case <-s.inflight[0].done:
			s.yieldOldest()
		default:
			return
		}
	}
}

// yieldOldest waits for the oldest batch and yields its results.
func (s *stream) yieldOldest() {
	b := s.inflight[0]
	s.inflight = s.inflight[1:]
	<-b.done
	s.yieldResults(b)
}

// yieldResults yields the results of a batch that has ended.
func (s *stream) yieldResults(b *batch) {
	s.client.warnings.say(s.client.warn)
	s.ended = !b.yieldTo(s.yield)
}

func (b *batch) yieldTo(yield func(Receipt, error) bool) bool {
	for _, r := range b.results {
		if !yield(r.receipt, r.err) {
			return false
		}
	}
	return true
}

// finish enqueues the last campaigns and yields what is still due. A few
// campaigns need no goroutines.
func (s *stream) finish(group []campaign.Campaign) {
	if s.began && len(group) > 0 && !s.ended {
		s.push(group)
		group = nil
	}
	for len(s.inflight) > 0 && !s.ended {
		s.yieldOldest()
	}
	if len(group) > 0 && !s.ended {
		s.enqueueSync(group)
	}
}

// enqueueSync enqueues a batch while nothing else is on its way.
func (s *stream) enqueueSync(group []campaign.Campaign) {
	b := s.client.newBatch(s.options, group)
	b.prepare()
	b.lookUp(s.ctx)
	graceCtx, stop := withGrace(s.ctx)
	defer stop()
	b.putIn(s.ctx, graceCtx)
	s.yieldResults(b)
}
