package engine

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/redis/go-redis/v9"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/key"
	"github.com/octoq/octoq/internal/queue"
	"github.com/octoq/octoq/internal/record"
	"github.com/octoq/octoq/internal/redistest"
	"github.com/octoq/octoq/internal/task"
)

// Ids without a task are taken out of asynq's lists, and nothing else is: an
// archived letter that was put back would be a replay.
func TestIDsWithoutATaskAreTakenOut(t *testing.T) {
	t.Parallel()
	rdb, ctx := redistest.Start(t).Client(), t.Context()
	producer := queue.NewProducer(rdb)
	for _, s := range record.Stages()[1:] {
		step := record.Step{Stage: s, Run: 1, Step: 2}
		tk := task.Task{Account: "default", ID: "a", Step: step}
		if s == campaign.StageDead {
			tk.Letter = &task.Letter{Campaign: campaign.Campaign{ID: "a", Account: "default"}}
		}
		if err := producer.Put(ctx, tk, time.Time{}); err != nil {
			t.Fatal(err)
		}
		id, asynq := task.ID("a", step), "asynq:{"+key.Queue("default", s)+"}:"
		rdb.LRem(ctx, asynq+"pending", 0, id)
		rdb.HSet(ctx, asynq+"t:"+id, "state", "archived")
		rdb.ZAdd(ctx, asynq+"archived", redis.Z{Score: 1, Member: id}, redis.Z{Score: 2, Member: "ghost"})
		rdb.RPush(ctx, asynq+"active", "ghost2")
		rdb.HSet(ctx, asynq+"t:ghost2", "state", "active") // as a dequeue leaves it
	}
	e := &emptier{queue: &taskQueue{inspector: queue.NewInspector(rdb), leaseGrace: time.Second, clock: clockOf(rdb)}}
	found := 0
	for range 8 {
		n, err := e.empty(ctx, "default")
		if err != nil {
			t.Fatal(err)
		}
		found += n
	}
	if found != 8 {
		t.Errorf("taken out: got %d, want 8", found)
	}
	for _, s := range record.Stages()[1:] {
		id, asynq := task.ID("a", record.Step{Stage: s, Run: 1, Step: 2}), "asynq:{"+key.Queue("default", s)+"}:"
		archived := rdb.ZRange(ctx, asynq+"archived", 0, -1).Val()
		if diff := cmp.Diff([]string{id}, archived); diff != "" {
			t.Errorf("%s, archived (-want +got):\n%s", s, diff)
		}
		if n := rdb.LLen(ctx, asynq+"active").Val() + rdb.LLen(ctx, asynq+"pending").Val() + rdb.Exists(ctx, asynq+"t:ghost2").Val(); n != 0 {
			t.Errorf("%s: got %d active, pending or left, want none", s, n)
		}
	}
}
