package worker

import (
	"context"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/octoq/octoq/internal/redisconn"
)

// connection is the client that the worker uses Redis through.
type connection struct {
	rdb redis.UniversalClient
	// abandon ends all waiting for Redis; close ends the connection. Neither does
	// anything to a client that the configuration hands in.
	abandon, close func()
}

// connect opens the connection, once Redis has answered.
func (w *Worker) connect(ctx context.Context) (*connection, error) {
	c := &connection{rdb: w.config.Redis, abandon: func() {}, close: func() {}}
	if w.config.Redis == nil {
		var err error
		if c, err = w.open(); err != nil {
			return nil, err
		}
	}
	if err := c.rdb.Ping(ctx).Err(); err != nil {
		c.close()
		return nil, fmt.Errorf("worker: reach Redis: %w", err)
	}
	return c, nil
}

// open is a connection to the configured address.
func (w *Worker) open() (*connection, error) {
	opts, err := redisconn.Parse(w.config.RedisURL)
	if err != nil {
		return nil, fmt.Errorf("worker: RedisURL %w", err)
	}
	// Servers, gates, sweeps and handlers of every account share the pool.
	opts.PoolSize = max(opts.PoolSize, 16+32*len(w.config.Accounts))
	opts.ContextTimeoutEnabled = true
	if opts.Protocol == 0 {
		// RESP3 is for pushes, which nothing here uses, and for which the
		// client looks before each answer.
		opts.Protocol = 2
	}
	client := redisconn.New(opts)
	rdb, done := pipelining(client.Client, patience)
	return &connection{rdb, client.Abandon, func() {
		defer time.AfterFunc(closeWithin, client.Abandon).Stop()
		done()
	}}, nil
}

const (
	// closeWithin bounds the end of the connection. The stream would wait half a
	// minute for answers that do not come.
	closeWithin = time.Second
	// abandonAfter is how long after the stop timeout Redis is given up. By then
	// the calls in flight have ended, and only a Redis that does not answer keeps
	// the worker.
	abandonAfter = time.Second
)

// boundStop makes sure that a stop ends although Redis does not answer: what is
// not written down then is found by another worker, as after a crash.
func (w *Worker) boundStop(ctx context.Context, c *connection) (release func()) {
	ended := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		t := time.NewTimer(w.config.StopTimeout + abandonAfter)
		defer t.Stop()
		select {
		case <-t.C:
			close(w.givenUp)
			c.abandon()
		case <-ended:
		}
	})
	return func() { stop(); close(ended) }
}

// pipelined is a client whose scripts, which are nearly all that a worker sends,
// stream over one connection, those of all handlers together: fewer reads and
// writes on either side. go-redis calls that experimental. A script whose answer
// was lost with the connection is sent again, as ever.
type pipelined struct {
	redis.UniversalClient
	stream   *redis.AutoPipeliner
	patience time.Duration
}

// patience is how long a script's answer is waited for where the caller says
// nothing of it: about as long as the plain client would try. The stream tries
// for a minute when Redis is frozen, and a worker has to be able to stop.
const patience = 15 * time.Second

// pipelining makes a client pipelined where go-redis can do that, and leaves it
// as it is otherwise. The function closes it.
func pipelining(c *redis.Client, patience time.Duration) (redis.UniversalClient, func()) {
	opts := redis.DefaultAutoPipelineOptions()
	opts.FullDuplex = true
	stream, err := c.AsyncAutoPipelineWithOptions(opts)
	if err != nil {
		return c, func() { _ = c.Close() }
	}
	return &pipelined{UniversalClient: c, stream: stream, patience: patience}, func() {
		_ = stream.Close()
		_ = c.Close()
	}
}

// EvalSha runs a script by its hash. When the wait for its answer ends first it
// is not known whether the script was run.
func (p *pipelined) EvalSha(ctx context.Context, sha string, keys []string, args ...any) *redis.Cmd {
	if _, bounded := ctx.Deadline(); !bounded {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, p.patience)
		defer cancel()
	}
	words := make([]any, 0, 3+len(keys)+len(args))
	words = append(words, "evalsha", sha, len(keys))
	for _, k := range keys {
		words = append(words, k)
	}
	cmd := redis.NewCmd(ctx, append(words, args...)...)
	if err := p.stream.Submit(ctx, cmd).WaitContext(ctx); err != nil && ctx.Err() != nil {
		late := redis.NewCmd(ctx)
		late.SetErr(err)
		return late
	}
	return cmd
}
