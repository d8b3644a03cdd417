package queue_test

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/hibiken/asynq"
	"github.com/redis/go-redis/v9"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/queue"
	"github.com/octoq/octoq/internal/redistest"
)

// acking is a server of creates whose handlers acknowledge their tasks by ack scripts.
type acking struct {
	*got
	c        redis.UniversalClient
	server   *queue.Server
	dequeues *scripts
	ready    chan struct{} // closed when the handlers may begin
	acked    func(queue.Delivery)
	begin    sync.Once
}

// startAcking starts such a server once asynq has acknowledged a task, which it has to
// do before octoq knows how. No handler begins before go is called.
func startAcking(tb testing.TB, c redis.UniversalClient, config queue.ServerConfig, acked func(queue.Delivery), change ...func(*queue.Server)) *acking {
	tb.Helper()
	a := &acking{got: newGot(), c: c, dequeues: &scripts{with: "asynq:{" + createQueue + "}:paused"}, ready: make(chan struct{}), acked: acked}
	warm := make(chan struct{})
	config.Redis, config.Account, config.Stage = c, account, campaign.StageCreate
	config.Handler = func(ctx context.Context, d queue.Delivery) queue.Result {
		if d.Task.ID == "warm" {
			<-warm
			return queue.Done()
		}
		return a.handle(ctx, tb, d)
	}
	a.server = serverOf(tb, config, change...)
	tb.Cleanup(a.run) // before the server stops
	put(tb, c, time.Time{}, first("warm"))
	close(warm)
	eventually(tb, "asynq has acknowledged a task", func() bool { return depth(tb, c, campaign.StageCreate) == queue.Depth{} })
	c.AddHook(a.dequeues)
	return a
}

func (a *acking) run() { a.begin.Do(func() { close(a.ready) }) }

func (a *acking) handle(ctx context.Context, tb testing.TB, d queue.Delivery) queue.Result {
	<-a.ready
	a.add(d)
	script, ok := a.server.AckScript(ctx, d.TaskID, queue.NewProducer(a.c), nil)
	if !ok {
		tb.Errorf("task %s: got no ack script", d.TaskID)
		return queue.Done()
	}
	runBehind(tb, a.c, script, d.RunID)
	if a.acked != nil {
		a.acked(d)
	}
	return queue.Done()
}

// A handler's acknowledgement brings the next task of its queue: after the first one
// nothing has to be asked for.
func TestAcknowledgementsPrefetch(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, c redis.UniversalClient) {
		a := startAcking(t, c, queue.ServerConfig{Concurrency: 1}, nil)
		putMany(t, c, time.Time{}, 30, 0)
		a.run()
		ids := taskIDs(a.await(t, 30))
		eventually(t, "all are gone", func() bool { return depth(t, c, campaign.StageCreate) == queue.Depth{} })
		if !slices.IsSorted(ids) || len(slices.Compact(ids)) != 30 {
			t.Errorf("taken: %v, want each once and in order", ids)
		}
		if n := a.dequeues.n.Load(); n > 10 {
			t.Errorf("asynq's dequeue was sent %d times for 30 tasks, want a few times", n)
		}
	})
}

// Prefetching keeps to the turns of alerts and wholesale campaigns.
func TestPrefetchKeepsTheTurns(t *testing.T) {
	t.Parallel()
	c := redistest.Start(t).Client()
	a := startAcking(t, c, queue.ServerConfig{Concurrency: 1}, nil)
	putMany(t, c, time.Time{}, 40, 180)
	a.run()
	got := taskIDs(a.await(t, 220))
	for from := 9; from < 198; from += 9 {
		if n := len(withPrefix(got[from:from+9], "w-")); n != 1 {
			t.Errorf("takes from %d on: %d of nine are wholesale, want 1: %v", from, n, got[from:from+9])
		}
	}
	for _, prefix := range []string{"a-", "w-"} {
		if ids := withPrefix(got, prefix); !slices.IsSorted(ids) {
			t.Errorf("the %s are not in order: %v", prefix, ids)
		}
	}
}

// The place of an alert that has ended stays one for alerts.
func TestPrefetchLeavesThePlaceForAlerts(t *testing.T) {
	t.Parallel()
	c := redistest.Start(t).Client()
	hang := make(chan struct{})
	a := startAcking(t, c, queue.ServerConfig{Concurrency: 2, ForAlerts: 1}, nil)
	release := sync.OnceFunc(func() { close(hang) })
	t.Cleanup(release)
	a.acked = func(d queue.Delivery) {
		if strings.HasPrefix(d.TaskID, "w-") {
			<-hang
		}
	}
	a.run()
	putMany(t, c, time.Time{}, 1, 0)
	a.await(t, 1)
	put(t, c, time.Time{}, first("w-0001"))
	a.await(t, 2) // both places hang now
	put(t, c, time.Time{}, first("w-0002"), first("w-0003"))
	for i := range 3 {
		put(t, c, time.Time{}, firstAlert(id(i)))
		if got := a.await(t, 3+i)[2+i].TaskID; got != id(i) {
			t.Fatalf("the place for alerts was given to %s, want %s", got, id(i))
		}
	}
	release()
	a.await(t, 7)
}

// What was prefetched goes back to the head of the list when the server stops, and when
// asynq does not ask for it.
func TestPrefetchedTasksGoBack(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		change []func(*queue.Server)
		stop   bool
	}{
		"stop": {stop: true},
		"late": {change: []func(*queue.Server){func(s *queue.Server) { s.KeepPrefetched(time.Millisecond) }}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := redistest.Start(t).Client()
			acked, end := make(chan struct{}), make(chan struct{})
			a := startAcking(t, c, queue.ServerConfig{Concurrency: 1}, func(d queue.Delivery) {
				if d.TaskID == "w-0000" {
					close(acked)
					<-end
				}
			}, tt.change...)
			t.Cleanup(sync.OnceFunc(func() {
				select {
				case <-end:
				default:
					close(end)
				}
			}))
			putMany(t, c, time.Time{}, 3, 0)
			a.run()
			<-acked
			if tt.stop {
				stopped := make(chan struct{})
				go func() { defer close(stopped); a.server.Stop() }()
				<-a.await(t, 1)[0].Stopping.Done()
				close(end)
				<-stopped
			}
			eventually(t, "the prefetched task is back", func() bool {
				return slices.Equal(list(t, c, "asynq:{"+createQueue+"}:pending"), []string{"w-0001", "w-0002"})
			})
			want := queue.Depth{Pending: 2}
			if diff := cmp.Diff(want, depth(t, c, campaign.StageCreate)); diff != "" {
				t.Errorf("tasks (-want +got):\n%s", diff)
			}
			state := c.HGet(t.Context(), "asynq:{"+createQueue+"}:t:w-0001", "state").Val()
			if leases := c.ZCard(t.Context(), "asynq:{"+createQueue+"}:lease").Val(); state != "pending" || leases != 0 {
				t.Errorf("got state %q and %d leases, want it pending without one", state, leases)
			}
		})
	}
}

// A paused queue gives nothing to prefetch.
func TestPausedQueueIsNotPrefetched(t *testing.T) {
	t.Parallel()
	c := redistest.Start(t).Client()
	a := startAcking(t, c, queue.ServerConfig{Concurrency: 1}, nil)
	inspector := asynq.NewInspectorFromRedisClient(c)
	a.acked = func(queue.Delivery) {}
	putMany(t, c, time.Time{}, 3, 0)
	eventually(t, "one has been taken", func() bool { return depth(t, c, campaign.StageCreate).Active == 1 })
	if err := inspector.PauseQueue(createQueue); err != nil {
		t.Fatal(err)
	}
	a.run()
	eventually(t, "the one is done", func() bool { return depth(t, c, campaign.StageCreate).Active == 0 })
	if n := len(a.await(t, 1)); n != 1 {
		t.Errorf("%d tasks were taken from a paused queue, want the one before", n-1)
	}
	if err := inspector.UnpauseQueue(createQueue); err != nil {
		t.Fatal(err)
	}
	a.await(t, 3)
}
