package queue

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/redis/go-redis/v9"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/asynqwire"
	"github.com/octoq/octoq/internal/memredis"
	"github.com/octoq/octoq/internal/task"
)

// In Redis stands the same, whether octoq put it there or asynq's own client,
// which octoq falls back to.
func TestBulkStoresWhatAsynqStores(t *testing.T) {
	t.Parallel()
	later := time.Now().Add(time.Hour).Truncate(time.Second)
	stored := func(fallback bool) (map[string]map[string]string, []string, []redis.Z) {
		mini := memredis.RunT(t)
		c := redis.NewClient(&redis.Options{Addr: mini.Addr()})
		t.Cleanup(func() { _ = c.Close() })
		p := NewProducer(c)
		if fallback {
			p.templates.Store("default.create", (*asynqwire.Template)(nil))
		}
		var items []Item
		for i, id := range []string{"a", "b", "a", "later", "c"} {
			items = append(items, Item{Task: firstTask(id)})
			items[i].Task.First.Campaign.Purpose = campaign.PurposeWholesale
			if id == "later" {
				items[i].At = later
			}
		}
		for round, want := range []int{0, 1} { // the second time all are there, and ours
			for i, err := range p.Enqueue(t.Context(), items) {
				if err != nil {
					t.Errorf("fallback %v, round %d: %s: got %v, want no error (%d)", fallback, round, items[i].Task.ID, err, want)
				}
			}
		}
		tasks := map[string]map[string]string{}
		for _, id := range []string{"a", "b", "c", "later"} {
			tasks[id] = c.HGetAll(t.Context(), "asynq:{default.create}:t:"+id).Val()
			delete(tasks[id], "pending_since")
		}
		return tasks, c.LRange(t.Context(), "asynq:{default.create}:pending", 0, -1).Val(),
			c.ZRangeWithScores(t.Context(), "asynq:{default.create}:scheduled", 0, -1).Val()
	}
	tasks, pending, scheduled := stored(false)
	wantTasks, wantPending, wantScheduled := stored(true)
	if len(wantPending) != 3 || len(wantScheduled) != 1 || wantTasks["a"]["msg"] == "" {
		t.Fatalf("asynq: got %v, %v, %v", wantTasks, wantPending, wantScheduled)
	}
	if diff := cmp.Diff(wantTasks, tasks) + cmp.Diff(wantPending, pending) + cmp.Diff(wantScheduled, scheduled); diff != "" {
		t.Errorf("stored (-asynq +octoq):\n%s", diff)
	}
}

func firstTask(id string) task.Task {
	return task.Task{Account: "default", ID: id, Step: task.FirstStep(), First: &task.First{
		Campaign: campaign.Campaign{
			ID: id, Account: "default", ListName: "l", Text: "Hello, STOP", Type: campaign.TypePremium, Purpose: campaign.PurposeAlert,
		},
		EnqueuedAt: time.UnixMilli(1_732_000_000_123).UTC(), Nonce: "n",
	}}
}
