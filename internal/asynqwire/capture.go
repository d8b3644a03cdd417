package asynqwire

import (
	"context"
	"math"
	"time"

	"github.com/hibiken/asynq"
	"github.com/redis/go-redis/v9"
)

const (
	// handlerTimeout is how long a handler may work on a task before asynq gives it
	// to another server. Handlers return well before.
	handlerTimeout = 10 * time.Minute
	// MaxRetry is the number of tries in a task's message. octoq counts attempts in
	// the ledger, so it is the largest that survives in asynq's message.
	MaxRetry = math.MaxInt32
)

// TaskSpec is a task that asynq is to put into a queue.
type TaskSpec struct {
	Queue, Type, ID string
	Payload         []byte
	At              time.Time // zero for now
}

func (t TaskSpec) task() *asynq.Task {
	return asynq.NewTask(t.Type, t.Payload, asynq.Queue(t.Queue), asynq.TaskID(t.ID),
		asynq.MaxRetry(MaxRetry), asynq.Timeout(handlerTimeout), asynq.ProcessAt(t.At))
}

// CallOf is the call that asynq's own client would make to enqueue a task.
func CallOf(ctx context.Context, s *Scripts, t TaskSpec) (ScriptCall, error) {
	c := &capturer{scripts: s}
	if _, err := asynq.NewClientFromRedisClient(c).EnqueueContext(ctx, t.task()); err != nil {
		return ScriptCall{}, err
	}
	return *c.call, nil
}

// capturer is a client that runs nothing: it keeps what asynq would run to enqueue
// a task, so that many of them go to Redis in one pipeline.
type capturer struct {
	redis.UniversalClient // nil: asynq needs no other command to enqueue
	scripts               *Scripts
	call                  *ScriptCall
}

// SAdd makes a queue known; the producer does that once by itself.
func (c *capturer) SAdd(ctx context.Context, _ string, _ ...any) *redis.IntCmd {
	cmd := redis.NewIntCmd(ctx)
	cmd.SetVal(1)
	return cmd
}

// EvalSha keeps a call, or asks for the script's source.
func (c *capturer) EvalSha(ctx context.Context, sha string, keys []string, args ...any) *redis.Cmd {
	script, ok := c.scripts.Get(sha)
	if !ok {
		return AskSource(ctx)
	}
	return c.keep(ctx, script, keys, args)
}

// Eval captures the script and keeps the call.
func (c *capturer) Eval(ctx context.Context, source string, keys []string, args ...any) *redis.Cmd {
	return c.keep(ctx, c.scripts.Capture(KindOf(keys, args), source), keys, args)
}

func (c *capturer) keep(ctx context.Context, s Script, keys []string, args []any) *redis.Cmd {
	c.call = &ScriptCall{Kind: KindOf(keys, args), Script: s.Plain, Keys: keys, Args: args}
	return Reply(ctx, int64(1))
}
