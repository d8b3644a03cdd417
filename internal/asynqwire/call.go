package asynqwire

import (
	"context"

	"github.com/redis/go-redis/v9"
)

// ScriptCall is a script that is still to be run.
type ScriptCall struct {
	Kind   Kind
	Script *redis.Script
	Keys   []string
	Args   []any
}

// Waking is the call with a wake-up in the same script: it publishes on the channel
// once it has put its task there. All calls of a batch run this one script, most of
// them with no channel (""). Were it another script, Redis might know only one of
// the two, and the call that wakes would come before those that are sent again.
func (c ScriptCall) Waking(s *Scripts, channel string) ScriptCall {
	script, ok := s.Get(c.Script.Hash())
	if !ok || c.Kind != KindEnqueue {
		return c
	}
	c.Script = script.Guarded
	c.Args = append(c.Args[:len(c.Args):len(c.Args)], channel)
	return c
}

// RunAll runs the calls in one pipeline and returns their answers. A call that
// fails on the way may have been carried out; go-redis may repeat the pipeline, too.
func RunAll(ctx context.Context, client redis.UniversalClient, calls []ScriptCall) []*redis.Cmd {
	cmds := pipelined(ctx, client, calls, (*redis.Script).EvalSha)
	var unknown []int
	var again []ScriptCall
	for i, cmd := range cmds {
		if redis.HasErrorPrefix(cmd.Err(), "NOSCRIPT") {
			unknown, again = append(unknown, i), append(again, calls[i])
		}
	}
	for i, cmd := range pipelined(ctx, client, again, (*redis.Script).Eval) {
		cmds[unknown[i]] = cmd
	}
	return cmds
}

type runScript func(s *redis.Script, ctx context.Context, c redis.Scripter, keys []string, args ...any) *redis.Cmd

func pipelined(ctx context.Context, client redis.UniversalClient, calls []ScriptCall, run runScript) []*redis.Cmd {
	if len(calls) == 0 {
		return nil
	}
	pipe := client.Pipeline()
	cmds := make([]*redis.Cmd, len(calls))
	for i, c := range calls {
		cmds[i] = run(c.Script, ctx, pipe, c.Keys, c.Args...)
	}
	_, _ = pipe.Exec(ctx) // every command has its own error
	return cmds
}
