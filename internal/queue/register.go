package queue

import (
	"context"
	"fmt"

	"github.com/redis/go-redis/v9"

	"github.com/octoq/octoq/internal/asynqwire"
	"github.com/octoq/octoq/internal/key"
	"github.com/octoq/octoq/internal/record"
)

// Register makes the queues of accounts known to asynq's page, with one command.
// Servers do so when they start; a Redis that has forgotten needs it again.
func Register(ctx context.Context, client redis.UniversalClient, accounts []string) error {
	var queues []any
	for _, account := range accounts {
		for _, stage := range record.Stages() {
			queues = append(queues, key.Queue(account, stage))
		}
	}
	if err := client.SAdd(ctx, asynqwire.QueueSet, queues...).Err(); err != nil {
		return fmt.Errorf("make the queues known: %w", err)
	}
	return nil
}
