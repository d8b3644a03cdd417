package queue

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/rs/zerolog"

	"github.com/octoq/octoq/internal/key"
)

// client is what asynq's server of one queue is given in place of the real
// client. asynq runs all its scripts through EvalSha and Eval; those that
// matter are run in octoq's way, and everything else passes as it is. Other
// ways of transport, such as pipelining by itself, belong here too.
type client struct {
	redis.UniversalClient
	names
	scripts scripts
	taken   taken
	done    atomic.Pointer[done] // nil until asynq has acknowledged a task
	wakes   <-chan struct{}
	poll    time.Duration // pollEvery
	longest time.Duration // maxWait
	stop    <-chan struct{}
	log     zerolog.Logger
	outage  Outage      // nil logs everything
	away    atomic.Bool // Redis did not answer the last time
	cancels atomic.Pointer[redis.PubSub]
}

// Subscribe is how asynq listens for tasks that are to be cancelled. Where that is
// refused it asks again every five seconds and never closes what it has asked
// with, so that is done here.
func (c *client) Subscribe(ctx context.Context, channels ...string) *redis.PubSub {
	s := c.UniversalClient.Subscribe(ctx, channels...)
	c.closeSubscription(c.cancels.Swap(s))
	return s
}

func (c *client) closeSubscription(s *redis.PubSub) {
	if s != nil {
		_ = s.Close()
	}
}

// EvalSha runs a script by its hash.
func (c *client) EvalSha(ctx context.Context, sha string, keys []string, args ...any) *redis.Cmd {
	k := c.kind(keys, args)
	if k == kindOther {
		return c.noted(c.UniversalClient.EvalSha(ctx, sha, keys, args...))
	}
	p, ok := c.scripts.get(sha)
	if !ok {
		return failed(ctx, askSource{})
	}
	return c.noted(c.run(ctx, k, p, keys, args))
}

// Eval runs a script by its source.
func (c *client) Eval(ctx context.Context, source string, keys []string, args ...any) *redis.Cmd {
	k := c.kind(keys, args)
	if k == kindOther {
		return c.noted(c.UniversalClient.Eval(ctx, source, keys, args...))
	}
	return c.noted(c.run(ctx, k, c.scripts.learn(k, source), keys, args))
}

// noted lets the outage know of a script's error before asynq complains of it.
func (c *client) noted(cmd *redis.Cmd) *redis.Cmd {
	if err := cmd.Err(); err != nil && c.outage != nil {
		c.outage.Note(err)
	}
	return cmd
}

// kind is the script's kind if it is about the client's own queue.
func (c *client) kind(keys []string, args []any) kind {
	k := recognise(keys, args)
	if k == kindOther || len(keys[0]) < len(c.prefix) || keys[0][:len(c.prefix)] != c.prefix {
		return kindOther
	}
	return k
}

func (c *client) run(ctx context.Context, k kind, p pair, keys []string, args []any) *redis.Cmd {
	switch k {
	case kindDequeue:
		return c.dequeue(ctx, p, keys, args)
	case kindDone:
		return c.acknowledge(ctx, p, keys, args)
	case kindRetry:
		return c.retryLater(ctx, p, keys, args)
	case kindRequeue:
		return c.told(ctx, p.plain.Run(ctx, c.UniversalClient, keys, args...))
	case kindForward:
		return c.forward(ctx, p, keys, args)
	default:
		return p.plain.Run(ctx, c.UniversalClient, keys, args...)
	}
}

// acknowledge runs asynq's done, unless the handler has done so, and only under
// the run_id that the task was taken under. A dropped acknowledgement is none to
// Redis and a success to asynq, which would otherwise repeat it; the task is
// found active without a worker later, and comes back.
func (c *client) acknowledge(ctx context.Context, p pair, keys []string, args []any) *redis.Cmd {
	id := taskIDIn(args)
	if c.taken.hasLeft(id) {
		c.taken.release(id)
		return answer(ctx, "OK")
	}
	if c.done.Load() == nil {
		c.done.Store(c.explains(p, id, keys, args, time.Now()))
	}
	cmd := p.wrapped.Run(ctx, c.UniversalClient, keys, append(args[:len(args):len(args)], c.taken.runID(id))...)
	if cmd.Err() != nil {
		return cmd
	}
	c.taken.release(id)
	if cmd.Val() == dropped && (c.outage == nil || !c.outage.Count()) {
		c.log.Warn().Str("queue", c.queue).Str("task", id).
			Msg("redis was restarted while the task was worked on: it is not acknowledged and comes back")
	}
	return cmd
}

// luaHandBack puts an active task to the head of its queue, as asynq's requeue
// does, and wakes another worker.
const luaHandBack = `
if redis.call('LREM', KEYS[2], 0, ARGV[1]) == 0 then return redis.error_reply('NOT FOUND') end
redis.call('ZREM', KEYS[3], ARGV[1])
redis.call('HSET', KEYS[1], 'state', 'pending', 'pending_since', ARGV[2])
redis.call('RPUSH', KEYS[4], ARGV[1])
redis.pcall('PUBLISH', ARGV[3], '')
return redis.status_reply('OK')
`

// retryLater runs asynq's retry, unless the worker is stopping and the task is
// due now: then another worker gets it there and then.
func (c *client) retryLater(ctx context.Context, p pair, keys []string, args []any) *redis.Cmd {
	id := taskIDIn(args)
	var cmd *redis.Cmd
	if c.taken.toHandBack(id) {
		cmd = redis.NewScript(luaHandBack).Run(ctx, c.UniversalClient,
			[]string{c.task(id), c.active(), c.lease(), c.pending()}, id, time.Now().UnixNano(), key.Wake(c.queue))
	} else {
		cmd = p.plain.Run(ctx, c.UniversalClient, keys, args...)
	}
	if cmd.Err() == nil {
		c.taken.release(id)
	}
	return cmd
}

// forward moves due tasks to the pending list. Behind the last look of a round,
// which asynq ends with the tasks to retry, it waits for the next second to
// begin: due times are whole seconds, so whatever is due is found at once, and
// asking more often would find nothing.
func (c *client) forward(ctx context.Context, p pair, keys []string, args []any) *redis.Cmd {
	cmd := c.forwardDue(ctx, p, keys, args)
	if n, err := cmd.Int(); err != nil || n == 0 && keys[0] == c.retry() {
		now := time.Now()
		c.pause(now.Truncate(time.Second).Add(time.Second + secondBegun).Sub(now))
	}
	return cmd
}

// secondBegun is how long after the beginning of a second the clocks that asynq
// reads show it for certain.
const secondBegun = 2 * time.Millisecond

// forwardDue moves due tasks, if there are any: looking at the first one costs
// half of what the script does.
func (c *client) forwardDue(ctx context.Context, p pair, keys []string, args []any) *redis.Cmd {
	if stopped(c.stop) {
		return answer(ctx, int64(0))
	}
	if now, ok := args[0].(int64); ok {
		first, err := c.ZRangeWithScores(ctx, keys[0], 0, 0).Result()
		if err != nil {
			return failed(ctx, err)
		}
		if len(first) == 0 || int64(first[0].Score) > now {
			return answer(ctx, int64(0))
		}
	}
	cmd := p.plain.Run(ctx, c.UniversalClient, keys, args...)
	if n, err := cmd.Int(); err == nil && n > 0 {
		return c.told(ctx, cmd)
	}
	return cmd
}

// told wakes the queue after a script that put something into it. If that
// fails, the queue is looked at within a second anyway.
func (c *client) told(ctx context.Context, cmd *redis.Cmd) *redis.Cmd {
	if cmd.Err() == nil {
		_ = publish(ctx, c.UniversalClient, c.queue)
	}
	return cmd
}

// taskIDIn is the first argument of asynq's scripts about one task.
func taskIDIn(args []any) string {
	if len(args) == 0 {
		return ""
	}
	return fmt.Sprint(args[0])
}

func answer(ctx context.Context, v any) *redis.Cmd {
	cmd := redis.NewCmd(ctx)
	cmd.SetVal(v)
	return cmd
}

func failed(ctx context.Context, err error) *redis.Cmd {
	cmd := redis.NewCmd(ctx)
	cmd.SetErr(err)
	return cmd
}

func stopped(stop <-chan struct{}) bool {
	select {
	case <-stop:
		return true
	default:
		return false
	}
}
