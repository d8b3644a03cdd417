package queue_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/hibiken/asynq"
	"github.com/redis/go-redis/v9"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/asynqwire"
	"github.com/octoq/octoq/internal/key"
	"github.com/octoq/octoq/internal/queue"
	"github.com/octoq/octoq/internal/redistest"
	"github.com/octoq/octoq/internal/task"
)

const createQueue = "default.create"

func firstAlert(id string) task.Task {
	t := first(id)
	t.First.Campaign.Purpose = campaign.PurposeAlert
	return t
}

// putMany puts wholesale campaigns w-0000 … and alerts a-0000 …, in one batch.
func putMany(tb testing.TB, c redis.UniversalClient, at time.Time, wholesale, alerts int) {
	tb.Helper()
	var items []queue.Item
	for i := range wholesale {
		items = append(items, queue.Item{Task: first(fmt.Sprintf("w-%04d", i)), At: at})
	}
	for i := range alerts {
		items = append(items, queue.Item{Task: firstAlert(fmt.Sprintf("a-%04d", i)), At: at})
	}
	for _, err := range queue.NewProducer(c).Enqueue(tb.Context(), items) {
		if err != nil {
			tb.Fatal(err)
		}
	}
}

func list(tb testing.TB, c redis.UniversalClient, name string) []string {
	tb.Helper()
	ids, err := c.LRange(tb.Context(), name, 0, -1).Result()
	if err != nil {
		tb.Fatal(err)
	}
	slices.Reverse(ids) // the head is on the right
	return ids
}

func alertsOf(tb testing.TB, c redis.UniversalClient) []string {
	tb.Helper()
	return list(tb, c, key.Alerts(createQueue))
}

func taskIDs(deliveries []queue.Delivery) []string {
	ids := make([]string, len(deliveries))
	for i, d := range deliveries {
		ids[i] = d.TaskID
	}
	return ids
}

func withPrefix(ids []string, prefix string) []string {
	return slices.DeleteFunc(slices.Clone(ids), func(id string) bool { return !strings.HasPrefix(id, prefix) })
}

// oneByOne serves the creates with one handler, which is done at once.
func oneByOne(tb testing.TB, c redis.UniversalClient) *got {
	tb.Helper()
	g := newGot()
	serverOf(tb, queue.ServerConfig{Redis: c, Account: account, Stage: campaign.StageCreate, Concurrency: 1, Handler: g.handle})
	return g
}

func TestAlertsAreTakenFirstAndInOrder(t *testing.T) {
	t.Parallel()
	c := redistest.Start(t).Client()
	putMany(t, c, time.Time{}, 5, 3)
	got := taskIDs(oneByOne(t, c).await(t, 8))
	want := []string{"a-0000", "a-0001", "a-0002", "w-0000", "w-0001", "w-0002", "w-0003", "w-0004"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("taken (-want +got):\n%s", diff)
	}
	for _, field := range []string{key.Alerts(createQueue), "asynq:{default.create}:t:a-0000"} {
		if n := c.Exists(t.Context(), field).Val(); n != 0 {
			t.Errorf("%s is left in Redis", field)
		}
	}
}

func TestWholesaleKeepsATenthOfTheTakes(t *testing.T) {
	t.Parallel()
	c := redistest.Start(t).Client()
	putMany(t, c, time.Time{}, 40, 180)
	got := taskIDs(oneByOne(t, c).await(t, 220))
	const every = 9
	for from := 0; from < 198; from += every {
		if n := len(withPrefix(got[from:from+every], "w-")); n != 1 {
			t.Errorf("takes from %d on: %d of nine are wholesale, want 1: %v", from, n, got[from:from+every])
		}
	}
	for _, prefix := range []string{"a-", "w-"} {
		if ids := withPrefix(got, prefix); !slices.IsSorted(ids) {
			t.Errorf("the %s are not in order: %v", prefix, ids)
		}
	}
}

// While handlers of wholesale campaigns hang, an alert is taken at once, and no
// wholesale campaign takes its place.
func TestAnAlertFindsAPlace(t *testing.T) {
	t.Parallel()
	c := redistest.Start(t).Client()
	g, hang := newGot(), make(chan struct{})
	serverOf(t, queue.ServerConfig{
		Redis: c, Account: account, Stage: campaign.StageCreate, Concurrency: 2, ForAlerts: 1,
		Handler: func(_ context.Context, d queue.Delivery) queue.Result {
			g.add(d)
			if strings.HasPrefix(d.TaskID, "w-") {
				<-hang
			}
			return queue.Done()
		},
	}, (*queue.Server).TrustWakes)
	release := sync.OnceFunc(func() { close(hang) })
	t.Cleanup(release) // before the server stops
	putMany(t, c, time.Time{}, 4, 0)
	g.await(t, 2)
	for i := range 3 {
		put(t, c, time.Time{}, firstAlert(id(i)))
		if got := g.await(t, 3+i)[2+i].TaskID; got != id(i) {
			t.Errorf("with all places taken: got %s, want the alert %s", got, id(i))
		}
	}
	hang <- struct{}{}
	if got := g.await(t, 6)[5].TaskID; got != "w-0002" {
		t.Errorf("into the place that is free again: got %s, want w-0002", got)
	}
	release()
	g.await(t, 7)
}

// A server whose places are taken asks Redis for nothing while no alert comes.
func TestTakenPlacesCostNothing(t *testing.T) {
	t.Parallel()
	c := redistest.Start(t).Client()
	asked := &scripts{with: key.Alerts(createQueue)}
	c.AddHook(asked)
	g, hang := newGot(), make(chan struct{})
	serverOf(t, queue.ServerConfig{
		Redis: c, Account: account, Stage: campaign.StageCreate, Concurrency: 1, ForAlerts: 1,
		Handler: func(_ context.Context, d queue.Delivery) queue.Result { g.add(d); <-hang; return queue.Done() },
	}, (*queue.Server).TrustWakes)
	t.Cleanup(func() { close(hang) }) // before the server stops
	const n = 50
	putMany(t, c, time.Time{}, n, 0)
	for i := range n {
		g.await(t, i+1)
		hang <- struct{}{}
	}
	// Those at the start and end find nothing, or are woken by the last task's end.
	if got := asked.n.Load(); got > n+5 {
		t.Errorf("dequeues for %d tasks: got %d, want one for each", n, got)
	}
}

// Scheduled alerts come to their list when they are due, more than a forward moves at
// once.
func TestDueAlertsGoToTheirList(t *testing.T) {
	t.Parallel()
	c := redistest.Start(t).Client()
	if _, err := queue.NewInspector(c).Pause(t.Context(), account, campaign.StageCreate); err != nil {
		t.Fatal(err)
	}
	putMany(t, c, time.Now().Add(time.Second), 130, 130)
	if d := depth(t, c, campaign.StageCreate); d.Scheduled != 260 || d.Pending != 0 {
		t.Fatalf("scheduled: got %+v, want 260", d)
	}
	g := oneByOne(t, c)
	eventually(t, "all are due", func() bool { return depth(t, c, campaign.StageCreate).Pending == 260 })
	for _, tc := range []struct {
		prefix string
		got    []string
	}{{"a-", alertsOf(t, c)}, {"w-", list(t, c, "asynq:{default.create}:pending")}} {
		if len(withPrefix(tc.got, tc.prefix)) != 130 || len(tc.got) != 130 || !slices.IsSorted(tc.got) {
			t.Errorf("%s: got %v, want all 130 in order and no others", tc.prefix, tc.got)
		}
	}
	if _, err := queue.NewInspector(c).Unpause(t.Context(), account, campaign.StageCreate); err != nil {
		t.Fatal(err)
	}
	g.await(t, 260)
}

// An alert that is to come again, and one that a stopping server hands back, stay
// alerts.
func TestAnAlertStaysOne(t *testing.T) {
	t.Parallel()
	c := redistest.Start(t).Client()
	put(t, c, time.Time{}, firstAlert("again"), first("w-1"), firstAlert("back"), first("w-2"))
	g := newGot()
	s := server(t, c, campaign.StageCreate, func(_ context.Context, d queue.Delivery) queue.Result {
		g.add(d)
		if strings.HasSuffix(d.TaskID, "-1") || d.TaskID == "again" {
			return queue.Again(time.Now().Add(500 * time.Millisecond))
		}
		<-d.Stopping.Done()
		return queue.Again(time.Time{})
	})
	g.await(t, 4)
	s.Stop()
	if diff := cmp.Diff([]string{"back"}, alertsOf(t, c)); diff != "" {
		t.Errorf("alerts handed back (-want +got):\n%s", diff)
	}
	if _, err := queue.NewInspector(c).Pause(t.Context(), account, campaign.StageCreate); err != nil {
		t.Fatal(err)
	}
	oneByOne(t, c)
	eventually(t, "all are due", func() bool { return depth(t, c, campaign.StageCreate).Pending == 4 })
	if diff := cmp.Diff([]string{"back", "again"}, alertsOf(t, c)); diff != "" {
		t.Errorf("alerts (-want +got):\n%s", diff)
	}
}

// The next step of an alert is put by the script that acknowledges the last one.
func TestAckScriptPutsAlerts(t *testing.T) {
	t.Parallel()
	c := redistest.Start(t).Client()
	p := queue.NewProducer(c)
	var s *queue.Server
	ready, acked := make(chan struct{}), newGot()
	s = serverOf(t, queue.ServerConfig{Redis: c, Account: account, Stage: campaign.StageCreate, Concurrency: 1, Handler: func(ctx context.Context, d queue.Delivery) queue.Result {
		<-ready
		for i, at := range []time.Time{{}, time.Now().Add(time.Hour)} {
			next := &queue.Item{Task: step(d.Task.ID, campaign.StageStatus, 2+i), At: at, Alert: d.Task.ID != "wholesale"}
			if a, ok := s.AckScript(ctx, d.TaskID, p, next); ok {
				runBehind(t, c, a, d.RunID)
				acked.add(d)
			}
		}
		return queue.Done()
	}})
	close(ready)
	put(t, c, time.Time{}, firstAlert("warm"), firstAlert("alert"), first("wholesale"))
	acked.await(t, 4)
	if diff := cmp.Diff([]string{"alert~1.2.0"}, list(t, c, key.Alerts("default.status"))); diff != "" {
		t.Errorf("alerts (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"wholesale~1.2.0"}, list(t, c, "asynq:{default.status}:pending")); diff != "" {
		t.Errorf("others (-want +got):\n%s", diff)
	}
	for id, marked := range map[string]bool{"alert~1.3.0": true, "wholesale~1.3.0": false} {
		if got := c.HExists(t.Context(), "asynq:{default.status}:t:"+id, "alert").Val(); got != marked {
			t.Errorf("%s is known as an alert: got %v, want %v", id, got, marked)
		}
	}
}

// All that looks at a queue from outside sees both lists.
func TestBothListsAreSeen(t *testing.T) {
	t.Parallel()
	c := redistest.Start(t).Client()
	ctx, i := t.Context(), queue.NewInspector(c)
	began := time.Now()
	put(t, c, time.Time{}, firstAlert("a-1"), firstAlert("a-2"))
	if d := depth(t, c, campaign.StageCreate); d.Pending != 2 {
		t.Errorf("pending: got %d, want 2", d.Pending)
	}
	oldest, err := i.Oldest(ctx, account, began.Add(time.Minute))
	if got := oldest[campaign.StageCreate]; err != nil || got < 50*time.Second || got > time.Minute {
		t.Errorf("oldest: got %v, %v, want a minute", got, err)
	}
	_, n, err := i.Relist(ctx, account, campaign.StageCreate, 0)
	if n != 0 || err != nil {
		t.Errorf("relisted: got %d, %v, want none: all stand in a list", n, err)
	}
	seen := map[string]bool{}
	put(t, c, time.Time{}, first("w-1"))
	if err := queue.NewProducer(c).Waiting(ctx, account, func(id string, _ int64) { seen[id] = true }); err != nil || len(seen) != 3 {
		t.Errorf("waiting: got %v, %v, want three", seen, err)
	}
	w := queue.Withdraw(account, "a-1", []string{"some:key"}, 1000)
	if n, err := c.Eval(ctx, w.Script, w.Keys, w.Args...).Int(); n != 1 || err != nil {
		t.Errorf("withdraw: got %d, %v, want 1", n, err)
	}
	if diff := cmp.Diff([]string{"a-2"}, alertsOf(t, c)); diff != "" {
		t.Errorf("alerts (-want +got):\n%s", diff)
	}
}

// What is in no list, or in a dead worker's hand, comes back to the list it is from.
func TestLostAlertsComeBackAsAlerts(t *testing.T) {
	t.Parallel()
	c := redistest.Start(t).Client()
	ctx, i := t.Context(), queue.NewInspector(c)
	put(t, c, time.Time{}, firstAlert("crashed"), firstAlert("unlisted"), firstAlert("a"))
	if err := c.LMove(ctx, key.Alerts(createQueue), "asynq:{default.create}:active", "RIGHT", "LEFT").Err(); err != nil {
		t.Fatal(err)
	}
	if err := c.HSet(ctx, "asynq:{default.create}:t:crashed", "state", "active").Err(); err != nil {
		t.Fatal(err)
	}
	if n := c.LRem(ctx, key.Alerts(createQueue), 0, "unlisted").Val(); n != 1 {
		t.Fatalf("removed %d, want 1", n)
	}
	if _, n, err := i.Relist(ctx, account, campaign.StageCreate, 0); n != 1 || err != nil {
		t.Errorf("relisted: got %d, %v, want 1", n, err)
	}
	if back, err := i.Requeue(ctx, createQueue, "crashed", time.Now()); !back || err != nil {
		t.Errorf("put back: got %v, %v, want true", back, err)
	}
	if diff := cmp.Diff([]string{"crashed", "unlisted", "a"}, alertsOf(t, c)); diff != "" {
		t.Errorf("alerts (-want +got):\n%s", diff)
	}
	got := taskIDs(oneByOne(t, c).await(t, 3))
	if diff := cmp.Diff([]string{"crashed", "unlisted", "a"}, got); diff != "" {
		t.Errorf("taken (-want +got):\n%s", diff)
	}
}

// An octoq that does not know the list finds no list in which a waiting alert stands,
// and lists it again among asynq's. It then stands in two, and is taken once.
func TestAnAlertInTwoListsIsTakenOnce(t *testing.T) {
	t.Parallel()
	c := redistest.Start(t).Client()
	ctx, k := t.Context(), asynqwire.KeysOf(createQueue)
	putMany(t, c, time.Time{}, 3, 3)
	for _, id := range []string{"a-0001", "a-0002"} { // as it did it
		c.RPush(ctx, k.Pending(), id)
		c.HSet(ctx, k.Task(id), "state", "pending", "pending_since", time.Now().UnixNano())
	}
	// One of them has been taken from there, and is done with.
	c.LRem(ctx, k.Pending(), 0, "a-0002")
	c.Del(ctx, k.Task("a-0002"))
	g := oneByOne(t, c)
	got := taskIDs(g.await(t, 5))
	if diff := cmp.Diff([]string{"a-0000", "a-0001", "w-0000", "w-0001", "w-0002"}, got); diff != "" {
		t.Errorf("taken (-want +got):\n%s", diff)
	}
	eventually(t, "nothing is left", func() bool {
		return c.Exists(ctx, k.Active(), k.Pending(), key.Alerts(createQueue), k.Task("a-0001"), k.Task("a-0002")).Val() == 0
	})
	if n := len(g.await(t, 5)); n != 5 {
		t.Errorf("deliveries: got %d, want 5", n)
	}
}

// Other ids than those of tasks in the list keep nothing up, however many they are.
func TestIdsWithoutATaskAreDropped(t *testing.T) {
	t.Parallel()
	c := redistest.Start(t).Client()
	for i := range 250 {
		c.LPush(t.Context(), key.Alerts(createQueue), "ghost-"+id(i))
	}
	put(t, c, time.Time{}, firstAlert("a"), first("w"))
	oneByOne(t, c).await(t, 2)
	if n := len(alertsOf(t, c)); n != 0 {
		t.Errorf("ids in the list: got %d, want none", n)
	}
}

// A paused queue gives out no alerts either.
func TestAPauseHoldsAlerts(t *testing.T) {
	t.Parallel()
	c := redistest.Start(t).Client()
	i := queue.NewInspector(c)
	if _, err := i.Pause(t.Context(), account, campaign.StageCreate); err != nil {
		t.Fatal(err)
	}
	g := newGot()
	woken(t, c, campaign.StageCreate, g.handle)
	put(t, c, time.Time{}, firstAlert("a"))
	if _, err := i.Unpause(t.Context(), account, campaign.StageConfirm); err != nil {
		t.Fatal(err)
	}
	if n := depth(t, c, campaign.StageCreate).Pending; n != 1 {
		t.Errorf("pending while paused: got %d, want 1", n)
	}
	if _, err := i.Unpause(t.Context(), account, campaign.StageCreate); err != nil {
		t.Fatal(err)
	}
	g.await(t, 1)
}

// An alert's letter waits for a person like any other.
func TestLettersAreNoAlerts(t *testing.T) {
	t.Parallel()
	c := redistest.Start(t).Client()
	l := letter("a", 1, 2)
	l.Letter.Campaign.Purpose = campaign.PurposeAlert
	items := []queue.Item{{Task: l, Alert: true}}
	if err := queue.NewProducer(c).Enqueue(t.Context(), items)[0]; err != nil {
		t.Fatal(err)
	}
	if n := c.Exists(t.Context(), key.Alerts("default.dead")).Val(); n != 0 {
		t.Error("the letter stands among the alerts")
	}
	if n := c.LLen(t.Context(), "asynq:{default.dead}:pending").Val(); n != 1 {
		t.Errorf("the letter: got %d in its list, want 1", n)
	}
}

// What asynq's page and command line do with an alert, as docs/watch.md says.
func TestAsynqsActionsOnAlerts(t *testing.T) {
	t.Parallel()
	c := redistest.Start(t).Client()
	i := asynq.NewInspectorFromRedisClient(c)
	put(t, c, time.Time{}, firstAlert("a"), first("w"))
	put(t, c, time.Now().Add(time.Hour), firstAlert("later"))
	info, err := i.GetTaskInfo(createQueue, "a")
	if err != nil || info.State != asynq.TaskStatePending {
		t.Errorf("an alert by its id: got %+v, %v, want it pending", info, err)
	}
	for name, act := range map[string]func(string, string) error{"delete": i.DeleteTask, "archive": i.ArchiveTask} {
		if err := act(createQueue, "a"); err == nil {
			t.Errorf("%s an alert by its id: got no error, want it to be missing", name)
		}
	}
	if n, err := i.DeleteAllPendingTasks(createQueue); n != 1 || err != nil {
		t.Errorf("delete all: got %d, %v, want the wholesale campaign alone", n, err)
	}
	if err := i.RunTask(createQueue, "later"); err != nil {
		t.Error(err)
	}
	put(t, c, time.Time{}, first("w-2"), firstAlert("b"))
	if diff := cmp.Diff([]string{"a", "b", "later", "w-2"}, taskIDs(oneByOne(t, c).await(t, 4))); diff != "" {
		t.Errorf("taken (-want +got):\n%s", diff)
	}
}
