package queue

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/octoq/octoq/internal/asynqwire"
	"github.com/octoq/octoq/internal/key"
)

// taskReleaser takes tasks off the active list when asynq is done with them.
type taskReleaser struct {
	redis    redis.UniversalClient
	keys     asynqwire.Keys
	inflight *inflight
	ack      atomic.Pointer[asynqwire.Ack] // nil until asynq has acknowledged a task
	dequeue  func() asynqwire.Dequeue      // how asynq takes a task
	log      *queueLog
}

// acknowledge runs asynq's done, unless the handler has done so, and only under
// the run_id that the task was taken under. A dropped acknowledgement is none to
// Redis and a success to asynq, which would otherwise repeat it; the task is
// found active without a worker later, and comes back.
func (r *taskReleaser) acknowledge(ctx context.Context, s asynqwire.Script, keys []string, args []any) *redis.Cmd {
	id := asynqwire.TaskIDArg(args)
	if r.inflight.acked(id) {
		r.inflight.release(id)
		return asynqwire.Reply(ctx, "OK")
	}
	if r.ack.Load() == nil {
		r.ack.Store(asynqwire.LearnAck(r.keys, s, r.dequeue(), id, asynqwire.ScriptCall{Keys: keys, Args: args}, time.Now()))
	}
	cmd := s.Guarded.Run(ctx, r.redis, keys, append(args[:len(args):len(args)], r.inflight.runID(id))...)
	if cmd.Err() != nil {
		return cmd
	}
	r.inflight.release(id)
	if cmd.Val() == asynqwire.Dropped {
		r.log.dropped(id)
	}
	return cmd
}

// luaHandBack puts an active task to the head of its list, as asynq's requeue
// does, and wakes another worker.
const luaHandBack = asynqwire.LuaPutBack + `
if redis.call('LREM', KEYS[2], 0, ARGV[1]) == 0 then return redis.error_reply('NOT FOUND') end
redis.call('ZREM', KEYS[3], ARGV[1])
put_back(KEYS[1], ARGV[1], KEYS[4], KEYS[5], ARGV[2], ARGV[3])
return redis.status_reply('OK')
`

// retry runs asynq's retry, unless the worker is stopping and the task is
// due now: then another worker gets it there and then.
func (r *taskReleaser) retry(ctx context.Context, s asynqwire.Script, keys []string, args []any) *redis.Cmd {
	id := asynqwire.TaskIDArg(args)
	var cmd *redis.Cmd
	if r.inflight.toHandBack(id) {
		cmd = r.handBack(ctx, id)
	} else {
		cmd = s.Plain.Run(ctx, r.redis, keys, args...)
	}
	if cmd.Err() == nil {
		r.inflight.release(id)
	}
	return cmd
}

func (r *taskReleaser) handBack(ctx context.Context, id string) *redis.Cmd {
	k := r.keys
	keys := []string{k.Task(id), k.Active(), k.Lease(), k.Pending(), key.Alerts(k.Queue)}
	return redis.NewScript(luaHandBack).Run(ctx, r.redis, keys, id, time.Now().UnixNano(), key.Wake(k.Queue))
}

// requeue does in octoq's way what asynq's requeue does: asynq knows one list alone.
func (r *taskReleaser) requeue(ctx context.Context, args []any) *redis.Cmd {
	id := asynqwire.TaskIDArg(args)
	cmd := r.handBack(ctx, id)
	if cmd.Err() == nil {
		r.inflight.release(id)
	}
	return cmd
}
