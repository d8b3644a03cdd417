package engine

import (
	"context"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/key"
	"github.com/octoq/octoq/internal/queue"
	"github.com/octoq/octoq/internal/record"
	"github.com/octoq/octoq/internal/redistest"
	"github.com/octoq/octoq/internal/sweep"
	"github.com/octoq/octoq/internal/task"
)

func clockOf(rdb redis.UniversalClient) func(context.Context) (time.Time, error) {
	return func(ctx context.Context) (time.Time, error) { return rdb.Time(ctx).Result() }
}

// A lease is judged by Redis's clock, wherever this worker's own stands: one of a
// worker whose clock is a little behind is good, one that nobody renews is not.
func TestLeasesAreJudgedByTheClockOfRedis(t *testing.T) {
	t.Parallel()
	rdb, ctx := redistest.Start(t).Client(), t.Context()
	now := time.Now().Add(-time.Hour)
	q := &taskQueue{
		producer: queue.NewProducer(rdb), inspector: queue.NewInspector(rdb), leaseGrace: 10 * time.Second,
		clock: func(context.Context) (time.Time, error) { return now, nil },
	}
	for _, c := range []struct {
		id    string
		ends  time.Duration // from now
		stuck bool
	}{
		{"renewed", 30 * time.Second, false},
		{"behind", -5 * time.Second, false},
		{"crashed", -12 * time.Second, true},
	} {
		step := record.Step{Stage: campaign.StageCreate, Run: 1, Step: 2}
		if err := q.producer.Put(ctx, task.Task{Account: "default", ID: c.id, Step: step}, time.Time{}); err != nil {
			t.Fatal(err)
		}
		id, asynq := task.ID(c.id, step), "asynq:{"+key.Queue("default", step.Stage)+"}:"
		rdb.LRem(ctx, asynq+"pending", 0, id)
		rdb.RPush(ctx, asynq+"active", id)
		rdb.HSet(ctx, asynq+"t:"+id, "state", "active")
		rdb.ZAdd(ctx, asynq+"lease", redis.Z{Score: float64(now.Add(c.ends).Unix()), Member: id})
		stuck, err := q.Stuck(ctx, "default", []sweep.ExpectedTask{{ID: c.id, Step: step}})
		if err != nil || stuck[0] != c.stuck {
			t.Errorf("%s: got stuck %v, %v, want %v", c.id, stuck, err, c.stuck)
		}
	}
	if n, err := q.requeueFirst(ctx, "default"); n != 1 || err != nil {
		t.Errorf("put back: got %d, %v, want the one that crashed", n, err)
	}
}
