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

// stream carries batches into Redis, in order. What is to be enqueued is taken,
// and results are given, by the goroutine that uses it; two others do the work.
type stream struct {
	ctx     context.Context //nolint:containedctx // lives as long as the call of EnqueueAll that it is of
	client  *Client
	options options
	yield   func(Receipt, error) bool

	began   bool
	in, out chan *batch
	flying  []*batch // oldest first
	broken  context.CancelFunc
	stop    func()
	workers sync.WaitGroup
	ended   bool // the consumer wants no more
}

// begin starts the two goroutines; close ends them.
func (s *stream) begin() {
	ctx, cancel := context.WithCancel(s.ctx)
	lasting, stop := outlive(ctx)
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
			b.putIn(ctx, lasting)
		}
	})
}

// putIn puts the batch, unless the context has ended; what is under way when it
// ends has as long as the lasting one.
func (b *batch) putIn(ctx, lasting context.Context) {
	if ctx.Err() != nil {
		lasting = ctx
	}
	b.put(lasting)
}

// outlive is a context that ends a little later than another one.
func outlive(ctx context.Context) (context.Context, func()) {
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

// take takes a full batch. One that waits for the disk is not joined by others.
func (s *stream) take(group []campaign.Campaign) {
	if s.options.durable != nil {
		s.alone(group)
	} else {
		s.push(group)
	}
}

// push hands a batch on, and gives the results that are there; it waits while
// too many are on their way.
func (s *stream) push(group []campaign.Campaign) {
	if !s.began {
		s.begin()
	}
	b := s.client.newBatch(s.options, group)
	s.in <- b
	s.flying = append(s.flying, b)
	if len(s.flying) == ahead {
		s.give()
	}
	s.giveReady()
}

// giveReady gives results that nobody has to wait for.
func (s *stream) giveReady() {
	for len(s.flying) > 0 && !s.ended {
		select {
		case <-s.flying[0].done:
			s.give()
		default:
			return
		}
	}
}

// give waits for the oldest batch and gives its results.
func (s *stream) give() {
	b := s.flying[0]
	s.flying = s.flying[1:]
	<-b.done
	s.giveResults(b)
}

// giveResults gives the results of a batch that has ended.
func (s *stream) giveResults(b *batch) {
	s.client.warnings.say(s.client.warn)
	s.ended = !b.giveTo(s.yield)
}

func (b *batch) giveTo(yield func(Receipt, error) bool) bool {
	for _, r := range b.results {
		if !yield(r.receipt, r.err) {
			return false
		}
	}
	return true
}

// finish enqueues the last campaigns and gives what is still to be given. A few
// campaigns need no goroutines.
func (s *stream) finish(group []campaign.Campaign) {
	if s.began && len(group) > 0 && !s.ended {
		s.push(group)
		group = nil
	}
	for len(s.flying) > 0 && !s.ended {
		s.give()
	}
	if len(group) > 0 && !s.ended {
		s.alone(group)
	}
}

// alone enqueues a batch while nothing else is on its way.
func (s *stream) alone(group []campaign.Campaign) {
	b := s.client.newBatch(s.options, group)
	b.prepare()
	b.lookUp(s.ctx)
	lasting, stop := outlive(s.ctx)
	defer stop()
	b.putIn(s.ctx, lasting)
	s.giveResults(b)
}
