package enqueue

import (
	"context"
	"fmt"

	"github.com/redis/go-redis/v9"

	"github.com/octoq/octoq/internal/actor"
	"github.com/octoq/octoq/internal/ledger"
	"github.com/octoq/octoq/internal/queue"
)

// Client puts campaigns into Redis and finds them again. It is safe for
// concurrent use.
type Client struct {
	*shared
	who string
}

// shared is what all clients that As makes of one have in common.
type shared struct {
	rdb      redis.UniversalClient
	close    func() error
	ledger   *ledger.Store
	producer *queue.Producer
	letters  *queue.Letters
	checker  *Checker

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
	who, err := cfg.who()
	if err != nil {
		return nil, err
	}
	rdb, done, err := cfg.connect()
	if err != nil {
		return nil, err
	}
	store, err := ledger.New(rdb, ledger.Options{Retention: retention})
	if err != nil {
		return nil, fmt.Errorf("enqueue: %w", err)
	}
	return &Client{who: who, shared: &shared{
		rdb: rdb, close: done, ledger: store, producer: queue.NewProducer(rdb), letters: queue.NewLetters(rdb), checker: &Checker{accounts: accounts}, warn: cfg.warn(),
	}}, nil
}

// As returns the same client acting under another name, see Config.Who. It shares
// everything with this one, so close one of the two.
func (c *Client) As(who string) (*Client, error) {
	if err := actor.Check(who); err != nil {
		return nil, fmt.Errorf("enqueue: the actor's name %w", err)
	}
	return &Client{shared: c.shared, who: who}, nil
}

// Ping reports whether Redis can be reached.
func (c *Client) Ping(ctx context.Context) error {
	if err := c.rdb.Ping(ctx).Err(); err != nil {
		return fmt.Errorf("reach Redis: %w", err)
	}
	return nil
}

// Close closes the connections that the client made itself.
func (c *Client) Close() error { return c.close() }
