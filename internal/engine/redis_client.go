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

// redisClient is the client that the process uses Redis through.
type redisClient struct {
	rdb redis.UniversalClient
	// abandon ends all waiting for Redis; close ends the connection. Neither does
	// anything to a client that the configuration hands in.
	abandon, close func()
}

// connect opens the connection, once Redis has answered.
func connect(ctx context.Context, cfg Config) (*redisClient, error) {
	c := &redisClient{rdb: cfg.Redis, abandon: func() {}, close: func() {}}
	if cfg.Redis == nil {
		var err error
		if c, err = open(cfg); err != nil {
			return nil, err
		}
	}
	if err := c.rdb.Ping(ctx).Err(); err != nil {
		c.close()
		return nil, fmt.Errorf("reach Redis: %w", err)
	}
	return c, nil
}

// open is a connection to the configured address.
func open(cfg Config) (*redisClient, error) {
	opts, err := redisconn.Parse(cfg.RedisURL)
	if err != nil {
		return nil, fmt.Errorf("RedisURL %w", err)
	}
	// Servers, gates, sweeps and handlers of every account share the pool.
	opts.PoolSize = max(opts.PoolSize, 16+32*len(cfg.Accounts))
	opts.ContextTimeoutEnabled = true
	if opts.Protocol == 0 {
		// RESP3 is for pushes, which nothing here uses, and for which the
		// client looks before each answer.
		opts.Protocol = 2
	}
	client := redisconn.New(opts)
	rdb, done := pipelining(client.Client, patience)
	return &redisClient{rdb, client.Abandon, func() {
		defer time.AfterFunc(closeWithin, client.Abandon).Stop()
		done()
	}}, nil
}
