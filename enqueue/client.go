package enqueue

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"iter"
	"slices"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/redis/go-redis/v9"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/ledger"
	"github.com/octoq/octoq/internal/queue"
	"github.com/octoq/octoq/internal/task"
)

// Client puts campaigns into Redis and finds them again. It is safe for
// concurrent use.
type Client struct {
	rdb      redis.UniversalClient
	ours     bool
	who      string
	ledger   *ledger.Store
	producer *queue.Producer

	// announced leads from an account to the run_id of the Redis that knows it.
	announced sync.Map
}

// New makes a client. It connects to nothing yet; see Ping.
func New(cfg Config) (*Client, error) {
	rdb, ours, err := cfg.connect()
	if err != nil {
		return nil, err
	}
	store, err := ledger.New(rdb, ledger.Options{})
	if err != nil {
		return nil, fmt.Errorf("enqueue: %w", err)
	}
	return &Client{rdb: rdb, ours: ours, who: cfg.who(), ledger: store, producer: queue.NewProducer(rdb)}, nil
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
// a campaign.DuplicateError that tells its state. After any other error it may
// be in Redis or not: enqueue it again under the same id. An empty id is
// chosen anew each time, so give one if you want to be able to do that. Of
// Durable's own errors see there.
func (c *Client) Enqueue(ctx context.Context, item campaign.Campaign, opts ...Option) (Receipt, error) {
	for receipt, err := range c.EnqueueAll(ctx, slices.Values([]campaign.Campaign{item}), opts...) {
		return receipt, err
	}
	return Receipt{}, ctx.Err()
}

const (
	// batchSize is how many campaigns go to Redis together.
	batchSize = 512
	// durableBatch is the same with Durable, where each batch may wait a second
	// for the disk.
	durableBatch = 8192
)

// EnqueueAll enqueues a stream of campaigns in bounded memory and yields a
// result for each of them, in order; the errors are those of Enqueue. When ctx
// ends it yields ctx's error for the campaigns it has taken from the stream and
// not put into Redis, and takes no more. So does a consumer that stops early:
// at most 512 campaigns, 8,192 with Durable, were taken that it got no result for.
func (c *Client) EnqueueAll(ctx context.Context, items iter.Seq[campaign.Campaign], opts ...Option) iter.Seq2[Receipt, error] {
	return func(yield func(Receipt, error) bool) {
		o, err := collect(opts)
		if err != nil {
			yield(Receipt{}, err)
			return
		}
		for group := range chunks(items, o.batch()) {
			b := batch{client: c, options: o, results: make([]result, len(group))}
			b.prepare(group)
			b.enqueue(ctx)
			for _, r := range b.results {
				if !yield(r.receipt, r.err) {
					return
				}
			}
			if ctx.Err() != nil {
				return
			}
		}
	}
}

// chunks cuts a stream into groups of at most n.
func chunks(items iter.Seq[campaign.Campaign], n int) iter.Seq[[]campaign.Campaign] {
	return func(yield func([]campaign.Campaign) bool) {
		var group []campaign.Campaign
		for item := range items {
			if group = append(group, item); len(group) == n {
				if !yield(group) {
					return
				}
				group = nil
			}
		}
		if len(group) > 0 {
			yield(group)
		}
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

// nonce lets a producer recognise its own task when Redis's answer was lost.
func nonce() string {
	var b [9]byte
	_, _ = rand.Read(b[:]) // never fails
	return base64.RawURLEncoding.EncodeToString(b[:])
}

type result struct {
	receipt Receipt
	err     error
}

// batch is a group of campaigns on its way into Redis.
type batch struct {
	client  *Client
	options options
	results []result
	items   []pending
}

// pending is a valid campaign; at is its place in the results.
type pending struct {
	at       int
	campaign campaign.Campaign
}

// prepare gives each campaign its defaults and refuses the invalid ones.
func (b *batch) prepare(group []campaign.Campaign) {
	now := time.Now()
	for i, item := range group {
		item = b.options.apply(item)
		var err error
		if item.ID == "" {
			item.ID, err = b.options.newID()
		}
		if err == nil {
			err = item.Validate()
		}
		b.results[i] = result{err: err, receipt: Receipt{Account: item.Account, ID: item.ID}}
		if err == nil {
			b.results[i].receipt.Warnings = item.Warnings(now)
			b.items = append(b.items, pending{at: i, campaign: item})
		}
	}
}

// enqueue puts the valid campaigns into Redis, account by account.
func (b *batch) enqueue(ctx context.Context) {
	byAccount := map[string][]pending{}
	for _, p := range b.items {
		byAccount[p.campaign.Account] = append(byAccount[p.campaign.Account], p)
	}
	for account, items := range byAccount {
		if err := b.enqueueAccount(ctx, account, items); err != nil {
			for _, p := range items {
				b.results[p.at].err = err
			}
		}
	}
}

// enqueueAccount asks the ledger once which ids are known, and under which
// run_id Redis runs, before the tasks are written: an older run_id than that of
// the write only makes a campaign doubtful, never the other way round.
func (b *batch) enqueueAccount(ctx context.Context, account string, items []pending) error {
	ids := make([]string, len(items))
	for i, p := range items {
		ids[i] = p.campaign.ID
	}
	known, err := b.client.ledger.Known(ctx, account, ids)
	if err != nil {
		return err
	}
	origin, err := queue.RunID(ctx, b.client.rdb, account)
	if err != nil {
		return err
	}
	if err := b.client.announce(ctx, account, origin); err != nil {
		return err
	}
	witness, err := b.witness(ctx, account)
	if err != nil {
		return err
	}
	var fresh []pending
	var tasks []queue.Item
	for i, p := range items {
		if known[i] {
			b.results[p.at].err = b.client.duplicate(ctx, p.campaign, nil)
			continue
		}
		fresh = append(fresh, p)
		tasks = append(tasks, itemOf(p.campaign, origin))
	}
	for i, err := range b.client.producer.Enqueue(ctx, tasks) {
		b.settle(ctx, fresh[i], err)
	}
	b.confirm(ctx, witness, items)
	return nil
}

// announce makes an account one of those that Accounts lists, once for each
// start of Redis.
func (c *Client) announce(ctx context.Context, account, runID string) error {
	if on, known := c.announced.Load(account); known && on == runID {
		return nil
	}
	if err := c.ledger.Announce(ctx, account); err != nil {
		return err
	}
	c.announced.Store(account, runID)
	return nil
}

func itemOf(c campaign.Campaign, origin string) queue.Item {
	return queue.Item{
		At: c.NotBefore,
		Task: task.Task{Account: c.Account, ID: c.ID, Step: task.FirstStep(), First: &task.First{
			Campaign: c, EnqueuedAt: time.Now(), Origin: origin, Nonce: nonce(),
		}},
	}
}

func (b *batch) settle(ctx context.Context, p pending, err error) {
	r := &b.results[p.at]
	var conflict *queue.ConflictError
	switch {
	case err == nil:
		r.receipt.State, r.receipt.NotBefore = campaign.StateQueued, p.campaign.NotBefore
	case errors.As(err, &conflict):
		r.err = b.client.duplicate(ctx, p.campaign, conflict.There)
	default:
		r.err = err
	}
}

// duplicate tells what is known of an id: by the ledger, else by the queue.
func (c *Client) duplicate(ctx context.Context, item campaign.Campaign, there *queue.Queued) error {
	e := &campaign.DuplicateError{Account: item.Account, ID: item.ID, State: campaign.StateQueued}
	r, _, err := c.ledger.Load(ctx, item.Account, item.ID)
	switch {
	case err == nil:
		e.State, e.Same = r.State, r.Campaign.Same(item)
	case errors.Is(err, campaign.ErrVersion): // of a newer octoq, or broken: known all the same
		return fmt.Errorf("%w, but not more of it: %w", campaign.ErrDuplicate, err)
	case !errors.Is(err, campaign.ErrNotFound):
		return err
	case there != nil:
		e.Same = there.First.Campaign.Same(item)
	}
	return e
}
