package enqueuetest

import (
	"cmp"
	"context"
	"slices"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/key"
)

// sortEnqueued puts an account's campaigns into the order in which they were
// enqueued. Lists know milliseconds; within one, the queue knows the order of what
// still waits in it.
func (k *Kit) sortEnqueued(ctx context.Context, account string, records []campaign.Record) {
	k.tb.Helper()
	queue := "asynq:{" + key.Queue(account, campaign.StageCreate) + "}:"
	waiting, err := k.rdb.LRange(ctx, queue+"pending", 0, -1).Result()
	if err != nil {
		k.tb.Fatalf("enqueuetest: read the queue of account %s: %v", account, err)
	}
	slices.Reverse(waiting) // asynq puts new tasks in front
	scheduled, err := k.rdb.ZRange(ctx, queue+"scheduled", 0, -1).Result()
	if err != nil {
		k.tb.Fatalf("enqueuetest: read what account %s has scheduled: %v", account, err)
	}
	rank := map[string]int{}
	for i, id := range append(waiting, scheduled...) {
		rank[id] = i
	}
	slices.SortFunc(records, func(a, b campaign.Record) int {
		return cmp.Or(a.EnqueuedAt.Compare(b.EnqueuedAt), cmp.Compare(rank[a.ID()], rank[b.ID()]), cmp.Compare(a.ID(), b.ID()))
	})
}
