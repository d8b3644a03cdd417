package queue_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/hibiken/asynq"
	"github.com/redis/go-redis/v9"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/queue"
	"github.com/octoq/octoq/internal/redistest"
)

// takeOne makes a task active, without a worker behind it.
func takeOne(t *testing.T, c redis.UniversalClient, lease time.Time) {
	t.Helper()
	ctx := t.Context()
	taskID, err := c.RPopLPush(ctx, "asynq:{default.create}:pending", "asynq:{default.create}:active").Result()
	if err == nil {
		err = c.HSet(ctx, "asynq:{default.create}:t:"+taskID, "state", "active").Err()
	}
	if err == nil && !lease.IsZero() {
		err = c.ZAdd(ctx, "asynq:{default.create}:lease", redis.Z{Score: float64(lease.Unix()), Member: taskID}).Err()
	}
	if err != nil {
		t.Fatal(err)
	}
}

func TestStatuses(t *testing.T) {
	t.Parallel()
	c := redistest.Start(t).Client()
	now := time.Now().Truncate(time.Second)
	ended := now.Add(-time.Minute)
	put(t, c, time.Time{}, first("worked-on"), first("crashed"), first("no-lease"))
	takeOne(t, c, now.Add(20*time.Second))
	takeOne(t, c, ended)
	takeOne(t, c, time.Time{})
	put(t, c, time.Time{}, first("pending"), first("archived"))
	put(t, c, now.Add(time.Hour), first("scheduled"))
	if err := asynq.NewInspectorFromRedisClient(c).ArchiveTask("default.create", "archived"); err != nil {
		t.Fatal(err)
	}
	if err := c.HSet(t.Context(), "asynq:{default.create}:t:husk", "state", "pending", "result", "x").Err(); err != nil {
		t.Fatal(err)
	}
	var refs []queue.Ref
	for _, taskID := range []string{"worked-on", "crashed", "no-lease", "pending", "archived", "scheduled", "husk", "nobody"} {
		refs = append(refs, queue.Ref{Queue: "default.create", TaskID: taskID})
	}
	got, err := queue.NewInspector(c).Statuses(t.Context(), now, refs)
	if err != nil {
		t.Fatal(err)
	}
	want := []queue.TaskStatus{
		{State: queue.StateActive},
		{State: queue.StateOrphaned, Since: ended},
		{State: queue.StateOrphaned},
		{State: queue.StateWaiting},
		{State: queue.StateArchived},
		{State: queue.StateWaiting},
		{State: queue.StateMissing},
		{State: queue.StateMissing},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("seen (-want +got):\n%s", diff)
	}
}

func TestStatusesOfThousands(t *testing.T) {
	t.Parallel()
	c := redistest.Start(t).Client()
	put(t, c, time.Time{}, first(id(1234)))
	refs := make([]queue.Ref, 2000)
	for i := range refs {
		refs[i] = queue.Ref{Queue: "default.create", TaskID: id(i)}
	}
	got, err := queue.NewInspector(c).Statuses(t.Context(), time.Now(), refs)
	if err != nil || len(got) != len(refs) {
		t.Fatalf("got %d statuses, %v, want %d", len(got), err, len(refs))
	}
	for i, s := range got {
		if (s.State == queue.StateWaiting) != (i == 1234) {
			t.Errorf("%s: got %s", refs[i].TaskID, s.State)
		}
	}
}

func TestRequeueOnlyWhatIsStuck(t *testing.T) {
	t.Parallel()
	c := redistest.Start(t).Client()
	now := time.Now()
	put(t, c, time.Time{}, first("worked-on"), first("crashed"), first("archived"), first("pending"))
	takeOne(t, c, now.Add(time.Minute))
	takeOne(t, c, now.Add(-time.Minute))
	if err := asynq.NewInspectorFromRedisClient(c).ArchiveTask("default.create", "archived"); err != nil {
		t.Fatal(err)
	}
	if err := c.LPush(t.Context(), "asynq:{default.create}:active", "husk").Err(); err != nil {
		t.Fatal(err)
	}
	i := queue.NewInspector(c)
	got := map[string]bool{}
	for _, taskID := range []string{"worked-on", "crashed", "archived", "pending", "husk", "nobody"} {
		moved, err := i.Requeue(t.Context(), "default.create", taskID, now.Add(-45*time.Second))
		if err != nil {
			t.Fatal(err)
		}
		got[taskID] = moved
	}
	want := map[string]bool{"worked-on": false, "crashed": true, "archived": true, "pending": false, "husk": false, "nobody": false}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("moved (-want +got):\n%s", diff)
	}
	if got, want := depth(t, c, campaign.StageCreate), (queue.Depth{Pending: 3, Active: 1}); got != want {
		t.Errorf("got %+v, want %+v: the id without a task is gone", got, want)
	}
	g := newGot()
	server(t, c, campaign.StageCreate, g.handle)
	g.await(t, 3)
}

// A worker that may not write hashes takes a task halfway: it is active, and its hash
// says that it is pending. Nobody would ever take it again.
func TestRequeueWhatWasTakenHalfway(t *testing.T) {
	t.Parallel()
	c := redistest.Start(t).Client()
	now := time.Now()
	put(t, c, time.Time{}, first("halfway"))
	if err := c.LMove(t.Context(), "asynq:{default.create}:pending", "asynq:{default.create}:active", "RIGHT", "LEFT").Err(); err != nil {
		t.Fatal(err)
	}
	i := queue.NewInspector(c)
	for _, want := range []bool{true, false} { // once more finds it pending
		moved, err := i.Requeue(t.Context(), "default.create", "halfway", now.Add(-45*time.Second))
		if err != nil || moved != want {
			t.Errorf("got %v, %v, want %v", moved, err, want)
		}
	}
	if got, want := depth(t, c, campaign.StageCreate), (queue.Depth{Pending: 1}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestStuckNamesAtMostTheLimit(t *testing.T) {
	t.Parallel()
	c := redistest.Start(t).Client()
	for i := range 5 {
		put(t, c, time.Time{}, first(id(i)))
		takeOne(t, c, time.Time{})
	}
	got, err := queue.NewInspector(c).Stuck(t.Context(), account, campaign.StageCreate, time.Now(), 3)
	if err != nil || len(got) != 3 {
		t.Errorf("got %v, %v, want three", got, err)
	}
}

// unlist takes a task out of all lists and leaves the task itself.
func unlist(tb testing.TB, c redis.UniversalClient, queueName, taskID string) {
	tb.Helper()
	prefix := "asynq:{" + queueName + "}:"
	for _, list := range []string{"pending", "active"} {
		if err := c.LRem(tb.Context(), prefix+list, 0, taskID).Err(); err != nil {
			tb.Fatal(err)
		}
	}
	for _, set := range []string{"scheduled", "retry", "archived"} {
		if err := c.ZRem(tb.Context(), prefix+set, taskID).Err(); err != nil {
			tb.Fatal(err)
		}
	}
}

func relistAll(tb testing.TB, c redis.UniversalClient, s campaign.Stage) int {
	tb.Helper()
	i, cursor, relisted := queue.NewInspector(c), uint64(0), 0
	for {
		next, n, err := i.Relist(tb.Context(), account, s, cursor)
		if err != nil {
			tb.Fatal(err)
		}
		relisted += n
		if cursor = next; cursor == 0 {
			return relisted
		}
	}
}

func TestRelistFindsWhatStandsInNoList(t *testing.T) {
	t.Parallel()
	c := redistest.Start(t).Client()
	now := time.Now()
	put(t, c, time.Time{}, first("active"), first("lost-active"))
	takeOne(t, c, now)
	takeOne(t, c, now)
	put(t, c, time.Time{}, first("pending"), first("lost-pending"), first("archived"), first("lost-archived"))
	put(t, c, now.Add(time.Hour), first("scheduled"), first("lost-scheduled"))
	put(t, c, now, letter("lost-letter", 1, 2), letter("letter", 1, 2), step("other-queue", campaign.StageStatus, 2))
	for _, taskID := range []string{"archived", "lost-archived"} {
		if err := asynq.NewInspectorFromRedisClient(c).ArchiveTask("default.create", taskID); err != nil {
			t.Fatal(err)
		}
	}
	for _, lost := range []string{"active", "pending", "archived", "scheduled"} {
		unlist(t, c, "default.create", "lost-"+lost)
	}
	if got, want := relistAll(t, c, campaign.StageCreate), 4; got != want {
		t.Errorf("relisted %d, want %d", got, want)
	}
	if got, want := depth(t, c, campaign.StageCreate), (queue.Depth{Pending: 5, Active: 1, Scheduled: 1, Archived: 1}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if got := relistAll(t, c, campaign.StageCreate); got != 0 {
		t.Errorf("relisted %d more, want none", got)
	}

	if err := queue.NewLetters(c).Bury(t.Context(), letter("a", 1, 2)); err != nil {
		t.Fatal(err)
	}
	unlist(t, c, "default.dead", "lost-letter~1.2.0")
	if got := relistAll(t, c, campaign.StageDead); got != 1 {
		t.Errorf("relisted %d letters, want 1", got)
	}
	if b, err := queue.NewLetters(c).Get(t.Context(), account, "lost-letter"); err != nil || b.Running {
		t.Errorf("the letter: got %+v, %v, want it to wait for a person", b, err)
	}
}

// asynq's "archive all" keeps 10,000 tasks and leaves the others in no list.
func TestRelistAfterArchiveAll(t *testing.T) {
	t.Parallel()
	c := redistest.Start(t).Client()
	const n = 10_500
	items := make([]queue.Item, n)
	for i := range items {
		items[i].Task = first(fmt.Sprintf("c-%05d", i))
	}
	for _, err := range queue.NewProducer(c).Enqueue(t.Context(), items) {
		if err != nil {
			t.Fatal(err)
		}
	}
	if _, err := asynq.NewInspectorFromRedisClient(c).ArchiveAllPendingTasks("default.create"); err != nil {
		t.Fatal(err)
	}
	lost := n - depth(t, c, campaign.StageCreate).Archived
	if lost < 500 {
		t.Fatalf("asynq lost %d tasks, want 500 or more for this test", lost)
	}
	if got := relistAll(t, c, campaign.StageCreate); int64(got) != lost {
		t.Errorf("relisted %d, want %d", got, lost)
	}
	if got := depth(t, c, campaign.StageCreate); got.Pending+got.Archived != n {
		t.Errorf("got %+v, want %d in all", got, n)
	}
}

func TestPauseAsAsynqSeesIt(t *testing.T) {
	t.Parallel()
	c := redistest.Start(t).Client()
	i, a := queue.NewInspector(c), asynq.NewInspectorFromRedisClient(c)
	ctx := t.Context()
	change := func(do func(context.Context, string, campaign.Stage) (bool, error), want bool) {
		t.Helper()
		if changed, err := do(ctx, account, campaign.StageConfirm); changed != want || err != nil {
			t.Errorf("got %v, %v, want %v", changed, err, want)
		}
	}
	change(i.Unpause, false)
	change(i.Pause, true)
	change(i.Pause, false)
	if info, err := a.GetQueueInfo("default.confirm"); err != nil || !info.Paused {
		t.Errorf("asynq: got %+v, %v, want the queue paused", info, err)
	}
	want := map[campaign.Stage]bool{"create": false, "status": false, "confirm": true, "cancel": false, "dead": false}
	if got, err := i.Paused(ctx, account); err != nil || !cmp.Equal(want, got) {
		t.Errorf("Paused: got %v, %v, want %v", got, err, want)
	}
	if err := a.UnpauseQueue("default.confirm"); err != nil {
		t.Error(err)
	}
	change(i.Unpause, false)
	if err := a.PauseQueue("default.confirm"); err != nil {
		t.Error(err)
	}
	change(i.Unpause, true)
}
