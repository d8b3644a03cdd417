package presence

import (
	"context"
	"fmt"
	"slices"

	"github.com/redis/go-redis/v9"

	"github.com/octoq/octoq/internal/key"
)

// Served lists the accounts that a living worker serves by name, in order.
func Served(ctx context.Context, rdb redis.UniversalClient) ([]string, error) {
	ids, err := rdb.SMembers(ctx, key.Workers).Result()
	if err != nil {
		return nil, fmt.Errorf("list the accounts that workers serve: %w", err)
	}
	pipe := rdb.Pipeline()
	answers := make([]*redis.StringSliceCmd, len(ids))
	for i, id := range ids {
		answers[i] = pipe.SMembers(ctx, key.Worker(id))
	}
	if _, err := pipe.Exec(ctx); len(ids) > 0 && err != nil {
		return nil, fmt.Errorf("list the accounts that workers serve: %w", err)
	}
	var served []string
	for _, answer := range answers {
		served = append(served, answer.Val()...)
	}
	slices.Sort(served)
	return slices.DeleteFunc(slices.Compact(served), func(account string) bool { return account == Everything }), nil
}
