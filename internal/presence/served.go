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

// Asleep reports whether an account sleeps: workers serve it, and it sleeps in all of them.
// It is what they said last, up to a quarter of a minute ago.
func Asleep(ctx context.Context, rdb redis.UniversalClient, account string) (bool, error) {
	ids, err := rdb.SMembers(ctx, key.Workers).Result()
	if err != nil {
		return false, fmt.Errorf("ask whether account %s sleeps: %w", account, err)
	}
	pipe := rdb.Pipeline()
	serves, sleeps := make([]*redis.BoolSliceCmd, len(ids)), make([]*redis.BoolSliceCmd, len(ids))
	for i, id := range ids {
		serves[i] = pipe.SMIsMember(ctx, key.Worker(id), account, Everything)
		sleeps[i] = pipe.SMIsMember(ctx, key.WorkerAsleep(id), account)
	}
	if _, err := pipe.Exec(ctx); len(ids) > 0 && err != nil {
		return false, fmt.Errorf("ask whether account %s sleeps: %w", account, err)
	}
	served := false
	for i := range ids {
		switch {
		case !slices.Contains(serves[i].Val(), true):
		case !sleeps[i].Val()[0]:
			return false, nil
		default:
			served = true
		}
	}
	return served, nil
}
