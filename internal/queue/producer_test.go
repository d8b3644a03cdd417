package queue_test

import (
	"context"
	"encoding/json"
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/hibiken/asynq"
	"github.com/redis/go-redis/v9"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/key"
	"github.com/octoq/octoq/internal/memredis"
	"github.com/octoq/octoq/internal/queue"
	"github.com/octoq/octoq/internal/redistest"
	"github.com/octoq/octoq/internal/task"
)

func TestEnqueuedTaskReachesTheHandlerWhole(t *testing.T) {
	t.Parallel()
	mini := redis.NewClient(&redis.Options{Addr: memredis.RunT(t).Addr()})
	t.Cleanup(func() { _ = mini.Close() })
	for name, c := range map[string]redis.UniversalClient{"redis": redistest.Start(t).Client(), "miniredis": mini} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := newGot()
			server(t, c, campaign.StageCreate, g.handle)
			want := first("a")
			put(t, c, time.Time{}, want)
			d := g.await(t, 1)[0]
			if diff := cmp.Diff(want, d.Task); diff != "" || d.Err != nil {
				t.Errorf("delivered %v (-want +got):\n%s", d.Err, diff)
			}
			runID, err := queue.RunID(t.Context(), c, account)
			if err != nil || d.RunID != runID || runID == "" {
				t.Errorf("taken under %q, Redis says %q, %v", d.RunID, runID, err)
			}
			eventually(t, "the task is gone", func() bool { return depth(t, c, campaign.StageCreate) == queue.Depth{} })
		})
	}
}

func TestTaskAsAsynqSeesIt(t *testing.T) {
	t.Parallel()
	c := redistest.Start(t).Client()
	put(t, c, time.Time{}, step("a", campaign.StageStatus, 2))
	info, err := asynq.NewInspectorFromRedisClient(c).GetTaskInfo("default.status", "a~1.2.0")
	if err != nil {
		t.Fatal(err)
	}
	if info.Type != "campaign:status" || info.MaxRetry != math.MaxInt32 || info.Timeout != 10*time.Minute ||
		info.Retention != 0 || info.State != asynq.TaskStatePending {
		t.Errorf("got type %s, max retry %d, timeout %v, retention %v, state %v", info.Type, info.MaxRetry, info.Timeout, info.Retention, info.State)
	}
	if known, err := asynq.NewInspectorFromRedisClient(c).Queues(); err != nil || !cmp.Equal(known, []string{"default.status"}) {
		t.Errorf("queues: got %v, %v, want default.status", known, err)
	}
}

func TestFutureTimesAreRoundedUp(t *testing.T) {
	t.Parallel()
	c := redistest.Start(t).Client()
	hour := time.Now().Add(time.Hour).Truncate(time.Second)
	for i, tc := range []struct{ at, want time.Time }{
		{hour.Add(time.Nanosecond), hour.Add(time.Second)},
		{hour.Add(999 * time.Millisecond), hour.Add(time.Second)},
		{hour, hour},
	} {
		put(t, c, tc.at, first(id(i)))
		q, err := queue.NewProducer(c).Existing(t.Context(), account, id(i))
		if err != nil || !q.DueAt.Equal(tc.want) || q.State != queue.StateWaiting {
			t.Errorf("at %v: got due %v, state %s, %v, want due %v, waiting", tc.at, q.DueAt, q.State, err, tc.want)
		}
	}
	put(t, c, time.Now().Add(-time.Hour), first("past"))
	put(t, c, time.Now().Add(-time.Millisecond), first("just-past"))
	if got, want := depth(t, c, campaign.StageCreate), (queue.Depth{Pending: 2, Scheduled: 3}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestConflictOfAStepMeansItIsQueued(t *testing.T) {
	t.Parallel()
	c := redistest.Start(t).Client()
	put(t, c, time.Time{}, step("a", campaign.StageConfirm, 3), step("a", campaign.StageConfirm, 3), letter("a", 1, 4), letter("a", 1, 4))
	put(t, c, time.Now().Add(time.Hour), step("a", campaign.StageConfirm, 3))
	if got, want := depth(t, c, campaign.StageConfirm), (queue.Depth{Pending: 1}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestConflictOfAFirstCreateTellsWhatIsThere(t *testing.T) {
	t.Parallel()
	c := redistest.Start(t).Client()
	p := queue.NewProducer(c)
	mine, other := first("a"), first("a")
	other.First.Nonce, other.First.Campaign.Text = "other", "another text, STOP au 30101"
	put(t, c, time.Time{}, mine)
	errs := p.Enqueue(t.Context(), []queue.Item{{Task: mine}, {Task: other}, {Task: first("b")}})
	if errs[0] != nil || errs[2] != nil {
		t.Errorf("its own repetition: got %v, a new one: got %v, want nil", errs[0], errs[2])
	}
	e, ok := errors.AsType[*queue.ConflictError](errs[1])
	if !ok || !errors.Is(errs[1], queue.ErrConflict) || e.Existing == nil {
		t.Fatalf("the id of another: got %v, want a conflict with what is there", errs[1])
	}
	if diff := cmp.Diff(*mine.First, e.Existing.First); diff != "" || e.Existing.State != queue.StateWaiting {
		t.Errorf("state %s, there (-want +got):\n%s", e.Existing.State, diff)
	}
	unnamed := first("unnamed")
	unnamed.First.Nonce = ""
	put(t, c, time.Time{}, unnamed)
	if err := p.Put(t.Context(), unnamed, time.Time{}); !errors.Is(err, queue.ErrConflict) {
		t.Errorf("without nonces nobody knows whose it is: got %v, want a conflict", err)
	}
}

func TestConflictWithSomethingUnreadable(t *testing.T) {
	t.Parallel()
	c := redistest.Start(t).Client()
	_, err := asynq.NewClientFromRedisClient(c).Enqueue(asynq.NewTask("campaign:create", []byte("garbage")),
		asynq.Queue("default.create"), asynq.TaskID("a"))
	if err != nil {
		t.Fatal(err)
	}
	err = queue.NewProducer(c).Put(t.Context(), first("a"), time.Time{})
	if e, ok := errors.AsType[*queue.ConflictError](err); !ok || e.Existing != nil {
		t.Errorf("got %v, want a conflict without what is there", err)
	}
}

func TestExistingOfNoCampaign(t *testing.T) {
	t.Parallel()
	c := redistest.Start(t).Client()
	if _, err := queue.NewProducer(c).Existing(t.Context(), account, "nobody"); !errors.Is(err, campaign.ErrNotFound) {
		t.Errorf("got %v, want campaign.ErrNotFound", err)
	}
}

func TestBatchOfMany(t *testing.T) {
	t.Parallel()
	c := redistest.Start(t).Client()
	const n = 2500 // three pipelines
	var items []queue.Item
	for i := range n {
		items = append(items, queue.Item{Task: first(id(i))})
	}
	items[1700].Task.ID = "not valid"
	items[1800].At = time.Now().Add(time.Hour)
	for i, err := range queue.NewProducer(c).Enqueue(t.Context(), items) {
		if (err != nil) != (i == 1700) {
			t.Errorf("item %d: got error %v", i, err)
		}
	}
	if got, want := depth(t, c, campaign.StageCreate), (queue.Depth{Pending: n - 2, Scheduled: 1}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

// One wake-up is enough for a batch, and it comes after the last task.
func TestBatchTellsOnce(t *testing.T) {
	t.Parallel()
	c := redistest.Start(t).Client()
	sub := c.Subscribe(t.Context(), key.Wake("default.create"))
	defer func() { _ = sub.Close() }()
	if _, err := sub.Receive(t.Context()); err != nil {
		t.Fatal(err)
	}
	items := []queue.Item{{Task: first("a")}, {Task: first("b")}, {Task: first("later"), At: time.Now().Add(time.Hour)}}
	for _, err := range queue.NewProducer(c).Enqueue(t.Context(), items) {
		if err != nil {
			t.Fatal(err)
		}
	}
	if _, err := sub.ReceiveTimeout(t.Context(), soon); err != nil {
		t.Fatalf("the wake-up: %v", err)
	}
	if got := depth(t, c, campaign.StageCreate).Pending; got != 2 {
		t.Errorf("pending at the wake-up: got %d, want 2", got)
	}
	if m, err := sub.ReceiveTimeout(t.Context(), 50*time.Millisecond); err == nil {
		t.Errorf("got a second wake-up %v, want one", m)
	}
}

func TestForgottenScriptsAreSentAgain(t *testing.T) {
	t.Parallel()
	c := redistest.Start(t).Client()
	p := queue.NewProducer(c)
	for i, at := range []time.Time{{}, time.Now().Add(time.Hour)} {
		if err := p.Put(t.Context(), first(id(i)), at); err != nil {
			t.Fatal(err)
		}
	}
	if err := c.ScriptFlush(t.Context()).Err(); err != nil {
		t.Fatal(err)
	}
	errs := p.Enqueue(t.Context(), []queue.Item{{Task: first("x")}, {Task: first("y"), At: time.Now().Add(time.Hour)}, {Task: first("z")}})
	for _, err := range errs {
		if err != nil {
			t.Errorf("after SCRIPT FLUSH: %v", err)
		}
	}
	if got, want := depth(t, c, campaign.StageCreate), (queue.Depth{Pending: 3, Scheduled: 2}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestEnqueueWithoutRedis(t *testing.T) {
	t.Parallel()
	c := redis.NewClient(&redis.Options{Addr: "127.0.0.1:1", MaxRetries: -1})
	defer func() { _ = c.Close() }()
	errs := queue.NewProducer(c).Enqueue(t.Context(), []queue.Item{{Task: first("a")}, {Task: first("b")}})
	for i, err := range errs {
		if err == nil || !strings.Contains(err.Error(), "default/"+[]string{"a", "b"}[i]) {
			t.Errorf("got %v, want an error that names the campaign", err)
		}
	}
}

// The speed table allows 1.15 times the bytes of plain asynq tasks.
func TestScheduledFirstCreatesAreSmall(t *testing.T) {
	t.Parallel()
	const n = 2000
	used := func(fill func(*redis.Client, int)) int64 {
		c := redistest.Start(t).Client()
		before := usedMemory(t, c)
		for i := range n {
			fill(c, i)
		}
		return usedMemory(t, c) - before
	}
	at := time.Now().Add(time.Hour)
	plain := used(func(c *redis.Client, i int) {
		f := uuidFirst(i)
		payload, err := json.Marshal(f.First.Campaign)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := asynq.NewClientFromRedisClient(c).Enqueue(asynq.NewTask("campaign:create", payload), asynq.TaskID(f.ID), asynq.ProcessAt(at)); err != nil {
			t.Fatal(err)
		}
	})
	ours := used(func(c *redis.Client, i int) { put(t, c, at, uuidFirst(i)) })
	t.Logf("%d bytes a task, plain %d: %.3f", ours/n, plain/n, float64(ours)/float64(plain))
	if ours*100 > plain*115 {
		t.Errorf("got %d bytes a task, want at most 1.15 × %d", ours/n, plain/n)
	}
}

func uuidFirst(i int) task.Task {
	f := first("0193a1b2-7c3d-7e4f-8a5b-6c7d8e9f" + id(i)[2:])
	f.First.Origin, f.First.Nonce = "f9ba06e11da8390f", "Zm9vYmFyYmF6"
	return f
}

func usedMemory(t *testing.T, c *redis.Client) int64 {
	t.Helper()
	n, err := c.Eval(context.Background(), `return tonumber(string.match(redis.call('INFO','memory'), 'used_memory:(%d+)'))`, nil).Int64()
	if err != nil {
		t.Fatal(err)
	}
	return n
}
