package holdstore

import (
	"context"
	"fmt"

	"github.com/redis/go-redis/v9"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/key"
	"github.com/octoq/octoq/internal/record"
)

// The marks of queues that were paused for a hold outlive it until the queues are
// resumed, so they are in the hash at key.Limit: a field of this prefix and the stage,
// with one of the two values below.
const (
	fieldPause = "pause:"

	pauseSure  = "sure"
	pauseMaybe = "maybe"
)

// queueMarks remember which queues octoq itself has paused.
type queueMarks struct {
	rdb     redis.UniversalClient
	account string
}

// Marks lists the queues that octoq pauses: true means paused by octoq for
// sure, false that a pause or its end was begun, and may or may not be done.
func (q queueMarks) Marks(ctx context.Context) (map[campaign.Stage]bool, error) {
	names := make([]string, 0, len(record.Stages()))
	for _, stage := range record.Stages() {
		names = append(names, fieldPause+string(stage))
	}
	values, err := q.rdb.HMGet(ctx, key.Limit(q.account), names...).Result()
	if err != nil {
		return nil, fmt.Errorf("read the paused queues of account %s: %w", q.account, err)
	}
	marks := map[campaign.Stage]bool{}
	for i, stage := range record.Stages() {
		if v, ok := values[i].(string); ok {
			marks[stage] = v == pauseSure
		}
	}
	return marks, nil
}

// Mark remembers that octoq pauses a queue: for sure, or maybe.
func (q queueMarks) Mark(ctx context.Context, stage campaign.Stage, sure bool) error {
	v := pauseMaybe
	if sure {
		v = pauseSure
	}
	if err := q.rdb.HSet(ctx, key.Limit(q.account), fieldPause+string(stage), v).Err(); err != nil {
		return fmt.Errorf("remember the pause of queue %s: %w", key.Queue(q.account, stage), err)
	}
	return nil
}

// Unmark forgets that octoq pauses a queue.
func (q queueMarks) Unmark(ctx context.Context, stage campaign.Stage) error {
	if err := q.rdb.HDel(ctx, key.Limit(q.account), fieldPause+string(stage)).Err(); err != nil {
		return fmt.Errorf("forget the pause of queue %s: %w", key.Queue(q.account, stage), err)
	}
	return nil
}
