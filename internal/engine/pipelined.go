package engine

import (
	"context"
	"time"

	"github.com/redis/go-redis/v9"
)

// patience is how long a script's answer is waited for where the caller says
// nothing of it: about as long as the plain client would try. The stream tries
// for a minute when Redis is frozen, and a worker has to be able to stop.
const patience = 15 * time.Second

// pipelined is a client whose scripts, which are nearly all that a worker sends,
// stream over one connection, those of all handlers together: fewer reads and
// writes on either side. go-redis calls that experimental. A script whose answer
// was lost with the connection is sent again, as ever.
type pipelined struct {
	redis.UniversalClient
	stream   *redis.AutoPipeliner
	patience time.Duration
}

// pipelining makes the client of one server pipelined, where go-redis can do that, and
// leaves any other as it is: on a cluster each node has a stream of its own to fail.
// The function ends the stream.
func pipelining(rdb redis.UniversalClient, patience time.Duration) (redis.UniversalClient, func()) {
	c, single := rdb.(*redis.Client)
	if !single {
		return rdb, func() {}
	}
	opts := redis.DefaultAutoPipelineOptions()
	opts.FullDuplex = true
	stream, err := c.AsyncAutoPipelineWithOptions(opts)
	if err != nil {
		return rdb, func() {}
	}
	return &pipelined{UniversalClient: c, stream: stream, patience: patience}, func() { _ = stream.Close() }
}

// EvalSha runs a script by its hash. When the wait for its answer ends first it
// is not known whether the script was run.
func (p *pipelined) EvalSha(ctx context.Context, sha string, keys []string, args ...any) *redis.Cmd {
	words := make([]any, 0, 3+len(keys)+len(args))
	words = append(words, "evalsha", sha, len(keys))
	for _, k := range keys {
		words = append(words, k)
	}
	return submit(ctx, p, redis.NewCmd(ctx, append(words, args...)...), redis.NewCmd(ctx))
}

// Exists and ZRangeWithScores stream, too: each queue of each account is looked at at the
// same moment of a second, and each look would take a connection.
func (p *pipelined) Exists(ctx context.Context, keys ...string) *redis.IntCmd {
	words := make([]any, 0, 1+len(keys))
	words = append(words, "exists")
	for _, k := range keys {
		words = append(words, k)
	}
	return submit(ctx, p, redis.NewIntCmd(ctx, words...), redis.NewIntCmd(ctx))
}

// ZRangeWithScores reads a range of a sorted set by rank.
func (p *pipelined) ZRangeWithScores(ctx context.Context, key string, start, stop int64) *redis.ZSliceCmd {
	return submit(ctx, p, redis.NewZSliceCmd(ctx, "zrange", key, start, stop, "withscores"), redis.NewZSliceCmd(ctx))
}

// submit streams a command and waits for its answer. If the wait ends first, it returns
// late with the error: the stream may still write to the command.
func submit[C redis.Cmder](ctx context.Context, p *pipelined, cmd, late C) C {
	if _, bounded := ctx.Deadline(); !bounded {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, p.patience)
		defer cancel()
	}
	if err := p.stream.Submit(ctx, cmd).WaitContext(ctx); err != nil && ctx.Err() != nil {
		late.SetErr(err)
		return late
	}
	return cmd
}
