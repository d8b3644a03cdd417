package queue

import (
	"context"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/octoq/octoq/internal/asynqwire"
	"github.com/octoq/octoq/internal/key"
)

// secondBegun is how long after the beginning of a second the clocks that asynq
// reads show it for certain.
const secondBegun = 2 * time.Millisecond

// forwarder moves the tasks of a queue that have become due to their lists.
type forwarder struct {
	redis redis.UniversalClient
	keys  asynqwire.Keys
	stop  stopSignal
}

// forward runs asynq's forward. Behind the last look of a round, which asynq ends
// with the tasks to retry, it waits for the next second to begin: due times are
// whole seconds, so whatever is due is found at once, and asking more often would
// find nothing.
func (f *forwarder) forward(ctx context.Context, s asynqwire.Script, keys []string, args []any) *redis.Cmd {
	cmd := f.forwardDue(ctx, s, keys, args)
	if n, err := cmd.Int(); err != nil || n == 0 && keys[0] == f.keys.Retry() {
		now := time.Now()
		f.stop.pause(now.Truncate(time.Second).Add(time.Second + secondBegun).Sub(now))
	}
	return cmd
}

// forwardDue moves due tasks, if there are any: looking at the first one costs
// half of what the script does.
func (f *forwarder) forwardDue(ctx context.Context, s asynqwire.Script, keys []string, args []any) *redis.Cmd {
	if f.stop.given() {
		return asynqwire.Reply(ctx, int64(0))
	}
	if now, ok := args[0].(int64); ok {
		first, err := f.redis.ZRangeWithScores(ctx, keys[0], 0, 0).Result()
		if err != nil {
			return asynqwire.Fail(ctx, err)
		}
		if len(first) == 0 || int64(first[0].Score) > now {
			return asynqwire.Reply(ctx, int64(0))
		}
	}
	cmd := s.Guarded.Run(ctx, f.redis, append(keys[:len(keys):len(keys)], key.Alerts(f.keys.Queue)), args...)
	if n, err := cmd.Int(); err == nil && n > 0 {
		_ = publish(ctx, f.redis, f.keys.Queue) // if it fails, the queue is looked at within a second anyway
	}
	return cmd
}
