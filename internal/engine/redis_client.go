package engine

import (
	"context"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/octoq/octoq/internal/redisconn"
)

// closeWithin bounds the end of the connection. The stream of scripts would wait half
// a minute for answers that do not come.
const closeWithin = time.Second

// keptIdle is how many unused connections stay open where accounts sleep: else
// those of all accounts that were ever awake together would.
const keptIdle = 40

// redisClient is the client that the process uses Redis through.
type redisClient struct {
	rdb redis.UniversalClient
	// abandon ends all waiting for Redis; close ends the connection. Neither does
	// anything to a client that the configuration hands in.
	abandon, close func()
}

// addressOf is the configured address with what its files hold; nil where the
// configuration hands in a client.
func addressOf(cfg Config) (*redisconn.Address, error) {
	if cfg.Redis != nil {
		return nil, nil //nolint:nilnil // there is none
	}
	address, err := redisconn.Parse(cfg.RedisURL)
	if err != nil {
		return nil, err
	}
	if err := address.Load(cfg.RedisFiles, time.Now()); err != nil {
		return nil, err
	}
	return address, nil
}

// connect opens the connection, once Redis has answered.
func (p *WorkerProcess) connect(ctx context.Context) (*redisClient, error) {
	c := &redisClient{rdb: p.config.Redis, abandon: func() {}, close: func() {}}
	if p.address != nil {
		if p.sleeps() {
			p.address.Options.MaxIdleConns = keptIdle
		}
		c = open(p.address, max(len(p.config.Accounts), p.config.AccountsRoom))
	}
	if err := c.rdb.Ping(ctx).Err(); err != nil {
		c.close()
		return nil, fmt.Errorf("reach Redis: %w", err)
	}
	return c, nil
}

// open is a connection to an address, for so many accounts.
func open(address *redisconn.Address, accounts int) *redisClient {
	opts := address.Options
	// Servers, gates, sweeps and handlers of every account share the pool.
	opts.PoolSize = max(opts.PoolSize, 16+32*accounts)
	opts.ContextTimeoutEnabled = true
	if opts.Protocol == 0 {
		// RESP3 is for pushes, which nothing here uses, and for which the
		// client looks before each answer.
		opts.Protocol = 2
	}
	client := redisconn.New(address)
	rdb, done := pipelining(client.UniversalClient, patience)
	return &redisClient{rdb, client.Abandon, func() {
		defer time.AfterFunc(closeWithin, client.Abandon).Stop()
		done()
		_ = client.Close()
	}}
}
