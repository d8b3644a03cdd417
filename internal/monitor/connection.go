package monitor

import (
	"context"
	"slices"

	"github.com/redis/go-redis/v9"

	"github.com/octoq/octoq/internal/asynqwire"
	"github.com/octoq/octoq/internal/queue"
)

// connection has asynqmon use a client that exists already.
type connection struct {
	client redis.UniversalClient
	asked  bool
}

// MakeRedisClient is asynqmon's interface. It is called twice: the first client says what kind of
// Redis it is, by its type, and the second one is that of asynq's inspector.
func (c *connection) MakeRedisClient() any {
	if !c.asked {
		c.asked = true
		return c.client
	}
	return busyQueues{UniversalClient: c.client, looker: queue.NewLooker(c.client)}
}

// allShown is the number of queues up to which the page shows all. It asks Redis for some 200
// things of each queue that it shows.
const allShown = 100

// busyQueues is a client for which asynq's set of queues has only those that have tasks or are
// paused, where there are many.
type busyQueues struct {
	redis.UniversalClient
	looker *queue.Looker
}

// SMembers lists the members of a set.
func (b busyQueues) SMembers(ctx context.Context, key string) *redis.StringSliceCmd {
	cmd := b.UniversalClient.SMembers(ctx, key)
	if key != asynqwire.QueueSet || len(cmd.Val()) <= allShown {
		return cmd
	}
	busy, err := b.looker.Busy(ctx, cmd.Val())
	if err != nil {
		cmd.SetErr(err)
		return cmd
	}
	slices.Sort(busy)
	cmd.SetVal(busy)
	return cmd
}
