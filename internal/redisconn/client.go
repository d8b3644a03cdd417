package redisconn

import (
	"context"
	"time"

	"github.com/redis/go-redis/v9"
)

// Client is a client of the one server that its address leads to.
type Client struct {
	*redis.Client
	links *watchedConns
}

// dialTimeout is go-redis's default, which it sets too late for a dialer of its
// own that is made by hand.
const dialTimeout = 5 * time.Second

// New makes a client; it connects when it is first used. The options are the
// client's from then on.
func New(opts *redis.Options) *Client {
	if opts.DialTimeout == 0 {
		opts.DialTimeout = dialTimeout
	}
	c := &Client{links: &watchedConns{dial: redis.NewDialer(opts), open: map[*watchedConn]struct{}{}}}
	if opts.Dialer != nil {
		c.links.dial = opts.Dialer
	}
	opts.Dialer, opts.DialerRetryBackoff = c.links.connect, c.links.pause
	opts.OnConnect = func(ctx context.Context, conn *redis.Conn) error {
		id, err := serverOf(ctx, conn)
		c.links.meet(id)
		return err
	}
	made := make(chan struct{})
	c.links.watch = func(ctx context.Context) {
		<-made // a client that keeps idle connections opens them while it is made
		c.follow(ctx, followEvery)
	}
	c.Client = redis.NewClient(opts)
	close(made)
	return c
}

// Abandon closes all connections for good: whoever waits for an answer gets an
// error, and so does whoever asks from then on. Close is still to be called; it
// waits for answers that are due, of which there are none any more.
func (c *Client) Abandon() { c.links.shut() }
