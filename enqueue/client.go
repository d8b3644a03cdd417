package enqueue

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"sync"

	"github.com/google/uuid"
	"github.com/redis/go-redis/v9"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/ledger"
	"github.com/octoq/octoq/internal/queue"
	"github.com/octoq/octoq/internal/window"
)

// Client puts campaigns into Redis and finds them again. It is safe for
// concurrent use.
type Client struct {
	rdb      redis.UniversalClient
	ours     bool
	who      string
	ledger   *ledger.Store
	producer *queue.Producer
	letters  *queue.Letters
	windows  window.Cache
	accounts map[string]*window.Window // by account, as Config has them

	// announced leads from an account to the run_id of the Redis that knows it.
	announced sync.Map

	warn     func(text string)
	warnings warnings
	listings listings
	served   served
}

// New makes a client. It connects to nothing yet; see Ping.
func New(cfg Config) (*Client, error) {
	accounts, err := accountWindows(cfg.Windows)
	if err != nil {
		return nil, err
	}
	retention, err := cfg.retention()
	if err != nil {
		return nil, err
	}
	rdb, ours, err := cfg.connect()
	if err != nil {
		return nil, err
	}
	store, err := ledger.New(rdb, ledger.Options{Retention: retention})
	if err != nil {
		return nil, fmt.Errorf("enqueue: %w", err)
	}
	return &Client{
		rdb: rdb, ours: ours, who: cfg.who(), ledger: store, producer: queue.NewProducer(rdb), letters: queue.NewLetters(rdb), accounts: accounts, warn: cfg.warn(),
	}, nil
}

// Ping reports whether Redis can be reached.
func (c *Client) Ping(ctx context.Context) error {
	if err := c.rdb.Ping(ctx).Err(); err != nil {
		return fmt.Errorf("reach Redis: %w", err)
	}
	return nil
}

// Close closes the connections that the client made itself.
func (c *Client) Close() error {
	if !c.ours {
		return nil
	}
	return c.rdb.Close()
}

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

// newID is an id for a campaign that has none: a UUIDv7, so ids sort by time.
func newID() (string, error) {
	id, err := uuid.NewV7()
	if err != nil {
		return "", fmt.Errorf("choose an id: %w", err)
	}
	return id.String(), nil
}
