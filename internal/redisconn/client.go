package redisconn

import (
	"context"
	"errors"
	"time"

	"github.com/redis/go-redis/v9"
)

// Client is a client of what an address leads to. Callers that have to know which of them
// it is look at what it embeds: a *redis.Client of one server or of the one that
// sentinels name, or a *redis.ClusterClient.
type Client struct {
	redis.UniversalClient

	address   *Address
	links     *watchedConns
	sentinels *sentinels // nil without
	topology  *topology  // nil without a cluster
}

// dialTimeout is go-redis's default, which it sets too late for a dialer of its
// own that is made by hand. Where there are several servers, one that is not there
// holds up for a shorter time.
const (
	dialTimeout     = 5 * time.Second
	dialTimeoutMany = 2 * time.Second
)

// New makes a client; it connects when it is first used. The address is the client's
// from then on.
func New(a *Address) *Client {
	opts := a.Options
	if opts.DialTimeout == 0 {
		opts.DialTimeout = dialTimeout
		if a.Kind != Server {
			opts.DialTimeout = dialTimeoutMany
		}
	}
	links := &watchedConns{
		open: map[*watchedConn]struct{}{},
		peer: peer{tls: opts.TLSConfig != nil, caFile: a.caFile, certFile: a.certFile},
	}
	if opts.Dialer == nil {
		opts.Dialer = redis.NewDialer(opts)
	}
	opts.Dialer, opts.DialerRetryBackoff = links.by(opts.Dialer), links.pause
	c := &Client{address: a, links: links}
	switch a.Kind {
	case Cluster:
		c.ofCluster(a)
	case Sentinel:
		c.sentinels = newSentinels(a)
		links.where = func(ctx context.Context, _ string) (string, error) { return c.sentinels.masterAddr(ctx) }
		c.ofServer(opts)
	default:
		c.ofServer(opts)
	}
	return c
}

// ofServer makes the client one of the server that new connections lead to.
func (c *Client) ofServer(opts *redis.Options) {
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
	c.UniversalClient = redis.NewClient(opts)
	close(made)
}

// Address is what the client was made of. It may not be changed.
func (c *Client) Address() *Address { return c.address }

// Abandon closes all connections for good: a caller that waits for an answer gets an
// error, and so does every later one. Close is still to be called; it
// waits for answers that are due, and there are none any more.
func (c *Client) Abandon() { c.links.shut() }

// Close closes all connections.
func (c *Client) Close() error {
	err := c.UniversalClient.Close()
	if c.sentinels != nil {
		err = errors.Join(err, c.sentinels.close())
	}
	if c.topology != nil {
		err = errors.Join(err, c.topology.close())
	}
	return err
}
