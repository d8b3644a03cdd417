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
