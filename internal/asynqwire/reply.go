package asynqwire

import (
	"context"

	"github.com/redis/go-redis/v9"
)

// Reply is a command that was answered without Redis.
func Reply(ctx context.Context, v any) *redis.Cmd {
	cmd := redis.NewCmd(ctx)
	cmd.SetVal(v)
	return cmd
}

// Fail is a command that has failed.
func Fail(ctx context.Context, err error) *redis.Cmd {
	cmd := redis.NewCmd(ctx)
	cmd.SetErr(err)
	return cmd
}

// AskSource is the answer on which go-redis sends a script's source.
func AskSource(ctx context.Context) *redis.Cmd { return Fail(ctx, sourceWanted{}) }

type sourceWanted struct{}

func (sourceWanted) Error() string { return "NOSCRIPT the source is wanted" }

// RedisError makes it one of Redis's own errors to go-redis.
func (sourceWanted) RedisError() {}
