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
	var answers []*redis.StringSliceCmd
	if err := askAll(ctx, rdb, func(pipe redis.Pipeliner, id string) {
		answers = append(answers, pipe.SMembers(ctx, key.Worker(id)))
	}); err != nil {
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
	var serves, sleeps []*redis.BoolSliceCmd
	if err := askAll(ctx, rdb, func(pipe redis.Pipeliner, id string) {
		serves = append(serves, pipe.SMIsMember(ctx, key.Worker(id), account, Everything))
		sleeps = append(sleeps, pipe.SMIsMember(ctx, key.WorkerAsleep(id), account))
	}); err != nil {
		return false, fmt.Errorf("ask whether account %s sleeps: %w", account, err)
	}
	served := false
	for i := range serves {
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

// askAll asks about each process, also one that has gone, all of them in one pipeline.
func askAll(ctx context.Context, rdb redis.UniversalClient, ask func(pipe redis.Pipeliner, id string)) error {
	ids, err := rdb.SMembers(ctx, key.Workers).Result()
	if err != nil || len(ids) == 0 {
		return err
	}
	_, err = rdb.Pipelined(ctx, func(pipe redis.Pipeliner) error {
		for _, id := range ids {
			ask(pipe, id)
		}
		return nil
	})
	return err
}
