package queue

import (
	"context"

	"github.com/hibiken/asynq"
	"github.com/redis/go-redis/v9"
)

// call is one of asynq's scripts that is still to be run.
type call struct {
	kind   kind
	script *redis.Script
	keys   []string
	args   []any
}

// collector is a client that runs nothing: it notes what asynq would run to
// enqueue a task, so that many of them go to Redis in one pipeline. asynq knows
// how a task is stored, octoq how it gets there.
type collector struct {
	redis.UniversalClient // nil: asynq needs no other command to enqueue
	scripts               *scripts
	noted                 *call
}

// SAdd makes a queue known; the producer does that once by itself.
func (c *collector) SAdd(ctx context.Context, _ string, _ ...any) *redis.IntCmd {
	cmd := redis.NewIntCmd(ctx)
	cmd.SetVal(1)
	return cmd
}

// EvalSha notes a script, or asks for its source.
func (c *collector) EvalSha(ctx context.Context, sha string, keys []string, args ...any) *redis.Cmd {
	p, ok := c.scripts.get(sha)
	if !ok {
		return failed(ctx, askSource{})
	}
	return c.note(ctx, p, keys, args)
}

// Eval learns a script's source and notes it.
func (c *collector) Eval(ctx context.Context, source string, keys []string, args ...any) *redis.Cmd {
	return c.note(ctx, c.scripts.learn(recognise(keys, args), source), keys, args)
}

func (c *collector) note(ctx context.Context, p pair, keys []string, args []any) *redis.Cmd {
	c.noted = &call{kind: recognise(keys, args), script: p.plain, keys: keys, args: args}
	return answer(ctx, int64(1))
}

// collect is what asynq would run for a task.
func collect(ctx context.Context, s *scripts, t *asynq.Task, options ...asynq.Option) (call, error) {
	c := &collector{scripts: s}
	if _, err := asynq.NewClientFromRedisClient(c).EnqueueContext(ctx, t, options...); err != nil {
		return call{}, err
	}
	return *c.noted, nil
}

// waking is the call with a wake-up on a channel in the same script: nobody
// can be told before there is something, and nothing is put there untold. All
// calls of a batch run this one script, most of them with no channel (""): were
// it another script, Redis might know only one of the two, and the call that
// wakes would come before those that are sent again.
func (c call) waking(s *scripts, channel string) call {
	p, ok := s.get(c.script.Hash())
	if !ok || c.kind != kindEnqueue {
		return c
	}
	c.script = p.wrapped
	c.args = append(c.args[:len(c.args):len(c.args)], channel)
	return c
}

// send runs the calls in one pipeline and returns their answers. What fails on
// the way may have been done: the pipeline is repeated by go-redis, too.
func send(ctx context.Context, client redis.UniversalClient, calls []call) []*redis.Cmd {
	cmds := pipelined(ctx, client, calls, (*redis.Script).EvalSha)
	var unknown []int
	var resend []call
	for i, cmd := range cmds {
		if redis.HasErrorPrefix(cmd.Err(), "NOSCRIPT") {
			unknown, resend = append(unknown, i), append(resend, calls[i])
		}
	}
	for i, cmd := range pipelined(ctx, client, resend, (*redis.Script).Eval) {
		cmds[unknown[i]] = cmd
	}
	return cmds
}

type runScript func(s *redis.Script, ctx context.Context, c redis.Scripter, keys []string, args ...any) *redis.Cmd

func pipelined(ctx context.Context, client redis.UniversalClient, calls []call, run runScript) []*redis.Cmd {
	if len(calls) == 0 {
		return nil
	}
	pipe := client.Pipeline()
	cmds := make([]*redis.Cmd, len(calls))
	for i, c := range calls {
		cmds[i] = run(c.script, ctx, pipe, c.keys, c.args...)
	}
	_, _ = pipe.Exec(ctx) // every command has its own error
	return cmds
}
