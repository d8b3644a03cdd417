package enqueue

import (
	"context"
	"iter"
	"slices"

	"github.com/octoq/octoq/campaign"
)

// Enqueue puts one campaign into Redis. An invalid one is refused with every
// fault at once (campaign.ErrInvalid) before Redis is touched; a known id with
// a campaign.DuplicateError with its state. After any other error it may
// be in Redis or not: enqueue it again under the same id. An UnansweredError is
// one that was sent; a context's error means that it was not. An empty id is
// chosen anew each time, so give one if you want to be able to do that. Of
// Durable's own errors see there.
func (c *Client) Enqueue(ctx context.Context, item campaign.Campaign, opts ...Option) (Receipt, error) {
	for receipt, err := range c.EnqueueAll(ctx, slices.Values([]campaign.Campaign{item}), opts...) {
		return receipt, err
	}
	return Receipt{}, ctx.Err()
}

// EnqueueAll enqueues a stream of campaigns in bounded memory and yields a
// result for each of them, in order; the errors are those of Enqueue. The
// stream is read, and results are yielded, on the caller's goroutine; while it
// does that, up to four batches of 512 are on their way. They are written in
// order: of two campaigns with one id the first one counts, unless Redis left
// its batch without an answer. What was taken waits until a batch is full or the
// stream ends, so a stream that may pause should end there and go on in another
// call.
//
// When ctx ends no more is taken from the stream. What is being written then
// has two seconds to arrive, and then as long as the connection waits for an
// answer that is due (go-redis's ReadTimeout, 3 seconds by default); what has
// none by then is yielded with an UnansweredError, and whatever was taken and
// not sent with ctx's error. A consumer that stops early gets no results for at
// most 2,048 campaigns that were taken, 8,192 with Durable; they may be in Redis
// or not, and can be enqueued again under their ids. In both cases nothing goes
// on behind the caller's back.
func (c *Client) EnqueueAll(ctx context.Context, items iter.Seq[campaign.Campaign], opts ...Option) iter.Seq2[Receipt, error] {
	return func(yield func(Receipt, error) bool) {
		o, err := collect(opts)
		if err != nil {
			yield(Receipt{}, err)
			return
		}
		s := &stream{ctx: ctx, client: c, options: o, yield: yield}
		defer s.close()
		var group []campaign.Campaign
		for item := range items {
			if group = append(group, item); len(group) == o.batch() {
				s.take(group)
				group = nil
			}
			if s.yieldReady(); s.ended || ctx.Err() != nil {
				break
			}
		}
		s.finish(group)
	}
}
