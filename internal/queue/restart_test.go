package queue_test

import (
	"context"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/queue"
	"github.com/octoq/octoq/internal/redistest"
)

// A Redis that was restarted may have forgotten what the handler wrote: its
// task must survive until it has been looked at again.
func TestTaskTakenBeforeARestartIsNotAcknowledgedAfterIt(t *testing.T) {
	t.Parallel()
	r := redistest.Start(t, "--appendonly", "yes", "--appendfsync", "always")
	c := r.Client()
	g, release := newGot(), make(chan struct{})
	server(t, c, campaign.StageCreate, func(_ context.Context, d queue.Delivery) queue.Result {
		g.add(d)
		if d.TaskID == "before" {
			<-release
		}
		return queue.Done()
	})
	put(t, c, time.Time{}, first("before"))
	before := g.await(t, 1)[0]
	r.Restart()
	close(release)
	put(t, c, time.Time{}, first("after"))
	after := g.await(t, 2)[1]
	if before.RunID == after.RunID || len(after.RunID) != 16 {
		t.Errorf("run_ids: got %q and %q, want two different ones", before.RunID, after.RunID)
	}
	eventually(t, "the task taken after it is acknowledged, the other is still active", func() bool {
		return depth(t, c, campaign.StageCreate) == queue.Depth{Active: 1}
	})

	i := queue.NewInspector(c)
	if moved, err := i.Requeue(t.Context(), "default.create", "before", time.Now()); moved || err != nil {
		t.Errorf("Requeue under a valid lease: got %v, %v, want false", moved, err)
	}
	endLease(t, c, "before")
	stuck, err := i.Stuck(t.Context(), account, campaign.StageCreate, time.Now(), 10)
	if err != nil || len(stuck) != 1 || stuck[0] != "before" {
		t.Fatalf("Stuck: got %v, %v, want the task", stuck, err)
	}
	if moved, err := i.Requeue(t.Context(), "default.create", "before", time.Now()); !moved || err != nil {
		t.Fatalf("Requeue: got %v, %v, want true", moved, err)
	}
	again := g.await(t, 3)[2]
	if again.TaskID != "before" || again.Err != nil || again.RunID != after.RunID {
		t.Errorf("got %+v, want the task again, whole, under the new run_id", again)
	}
	eventually(t, "it is acknowledged now", func() bool { return depth(t, c, campaign.StageCreate) == queue.Depth{} })
}

// endLease makes the lease of an active task end long ago, as if its worker
// had died then.
func endLease(tb testing.TB, c redis.UniversalClient, id string) {
	tb.Helper()
	changed, err := c.ZAddArgs(tb.Context(), "asynq:{default.create}:lease", redis.ZAddArgs{
		XX: true, Ch: true, Members: []redis.Z{{Score: float64(time.Now().Add(-time.Hour).Unix()), Member: id}},
	}).Result()
	if err != nil || changed != 1 {
		tb.Fatalf("end the lease of %s: %d, %v", id, changed, err)
	}
}

// All that octoq runs on the queues works on a cluster, too: scripts touch keys
// of one slot, and wake-ups arrive.
func TestOnACluster(t *testing.T) {
	t.Parallel()
	c := redistest.StartCluster(t)

	g := newGot()
	server(t, c, campaign.StageCreate, g.handle)
	put(t, c, time.Time{}, first("a"), step("a", campaign.StageStatus, 2))
	l := queue.NewLetters(c)
	if err := l.Bury(t.Context(), letter("a", 1, 3)); err != nil {
		t.Fatal(err)
	}
	g.await(t, 1)
	if _, err := queue.NewProducer(c).Existing(t.Context(), account, "b"); err == nil {
		t.Error("Existing of no campaign: got no error")
	}
	if runID, err := queue.RunID(t.Context(), c, account); err != nil || runID != g.deliveries[0].RunID {
		t.Errorf("RunID: got %q, %v, want %q", runID, err, g.deliveries[0].RunID)
	}
	i := queue.NewInspector(c)
	statuses, err := i.Statuses(t.Context(), time.Now(), []queue.Ref{{Queue: "default.status", TaskID: "a~1.2.0"}, {Queue: "default.dead", TaskID: "a~1.3.0"}})
	if err != nil || statuses[0].State != queue.StateWaiting || statuses[1].State != queue.StateWaiting {
		t.Errorf("Statuses: got %v, %v, want both waiting", statuses, err)
	}
	unlist(t, c, "default.status", "a~1.2.0")
	if n := relistAll(t, c, campaign.StageStatus); n != 1 {
		t.Errorf("relisted %d tasks, want 1", n)
	}
	b, err := l.Get(t.Context(), account, "a")
	if err != nil {
		t.Fatal(err)
	}
	b.Task.Letter.Refused = "no"
	if err := l.Edit(t.Context(), b, *b.Task.Letter); err != nil {
		t.Error(err)
	}
	if err := l.Run(t.Context(), account, "a", b.Task.Step); err != nil {
		t.Error(err)
	}
}
