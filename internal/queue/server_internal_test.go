package queue

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/rs/zerolog"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/asynqwire"
	"github.com/octoq/octoq/internal/key"
	"github.com/octoq/octoq/internal/record"
	"github.com/octoq/octoq/internal/redistest"
	"github.com/octoq/octoq/internal/task"
)

// between runs a function once, right after the first empty dequeue that
// follows its arming.
type between struct {
	redis.UniversalClient
	armed atomic.Bool
	do    func()
}

func (b *between) EvalSha(ctx context.Context, sha string, keys []string, args ...any) *redis.Cmd {
	cmd := b.UniversalClient.EvalSha(ctx, sha, keys, args...)
	b.after(keys, args, cmd)
	return cmd
}

func (b *between) Eval(ctx context.Context, source string, keys []string, args ...any) *redis.Cmd {
	cmd := b.UniversalClient.Eval(ctx, source, keys, args...)
	b.after(keys, args, cmd)
	return cmd
}

func (b *between) after(keys []string, args []any, cmd *redis.Cmd) {
	if n, err := cmd.Int64(); err == nil && n == 0 && len(keys) == 5 && asynqwire.KindOf(keys[:4], args) == asynqwire.KindDequeue && b.armed.Swap(false) {
		b.do()
	}
}

// A place that is freed after the dequeue found none, and before anybody waits for one,
// is taken at once all the same: the tasks that wait have announced themselves long ago.
func TestPlaceFreedBetweenLookingAndWaitingIsSeen(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var f inflight
		f.places.open(ServerConfig{Concurrency: 1, ForAlerts: 1})
		d := dequeuer{inflight: &f, turns: turns{places: &f.places}, wakes: newWakeTokens(), poll: time.Hour}
		f.places.take("a")
		if !d.turns.pointless() {
			t.Fatal("a dequeue is of use although all places are taken")
		}
		f.release("a")
		if end := time.After(time.Minute); !d.await(t.Context(), end) {
			t.Error("the place was seen when the call's time was over, want at once")
		}
	})
}

// A server whose places were not all taken is not woken by a task's end.
func TestPlaceAmongFreeOnesWakesNobody(t *testing.T) {
	t.Parallel()
	var p wholesalePlaces
	p.open(ServerConfig{Concurrency: 2, ForAlerts: 1})
	p.take("a")
	p.release("a")
	p.release("a")
	if len(p.freed) != 0 {
		t.Error("woken, want no word")
	}
}

// A task that is put after the queue was found empty and before anybody waits
// for its wake-up is taken at once all the same.
func TestWakeUpBetweenLookingAndWaitingIsKept(t *testing.T) {
	t.Parallel()
	c := redistest.Start(t).Client()
	w := NewWaker(c)
	t.Cleanup(func() { _ = w.Close() })
	b := &between{UniversalClient: c}
	taken := make(chan time.Time, 1)
	s, err := NewServer(ServerConfig{
		Redis: b, Waker: w, Account: "default", Stage: campaign.StageStatus, Concurrency: 1, Log: zerolog.Nop(),
		Handler: func(context.Context, Delivery) Result { taken <- time.Now(); return Done() },
	})
	if err != nil {
		t.Fatal(err)
	}
	b.do = func() {
		tk := task.Task{Account: "default", ID: "a", Step: record.Step{Stage: campaign.StageStatus, Run: 1, Step: 2}}
		if err := NewProducer(c).Put(t.Context(), tk, time.Time{}); err != nil {
			t.Error(err)
		}
		for deadline := time.Now().Add(time.Second); len(s.client.dequeuer.wakes.any) == 0 && time.Now().Before(deadline); {
			<-time.After(time.Millisecond)
		}
	}
	if err := s.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Stop)
	for subscribed := int64(0); subscribed == 0; {
		n, err := c.PubSubNumSub(t.Context(), key.Wake("default.status")).Result()
		if err != nil {
			t.Fatal(err)
		}
		subscribed = n[key.Wake("default.status")]
	}
	b.armed.Store(true)
	if err := publish(t.Context(), c, "default.status"); err != nil { // for nothing
		t.Fatal(err)
	}
	select {
	case <-taken:
	case <-time.After(20 * time.Second):
		t.Fatal("it was not taken")
	}
}

// Without a single wake-up, as when the subscription is broken, the queue is
// looked at each second.
func TestWithoutWakeUpsTheQueueIsPolled(t *testing.T) {
	t.Parallel()
	c := redistest.Start(t).Client()
	w := NewWaker(c)
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	taken := make(chan struct{}, 1)
	s, err := NewServer(ServerConfig{
		Redis: c, Account: "default", Stage: campaign.StageStatus, Concurrency: 1, Log: zerolog.Nop(),
		Handler: func(context.Context, Delivery) Result { taken <- struct{}{}; return Done() },
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Stop)
	for _, f := range s.cleanup { // its own waker
		f()
	}
	s.cleanup = nil
	tk := task.Task{Account: "default", ID: "a", Step: record.Step{Stage: campaign.StageStatus, Run: 1, Step: 2}}
	if err := NewProducer(c).Put(t.Context(), tk, time.Time{}); err != nil {
		t.Fatal(err)
	}
	select {
	case <-taken:
	case <-time.After(3 * time.Second): // asynq by itself would look again after maxWait
		t.Fatal("it was not taken within three seconds")
	}
}

// broken is a Redis that fails at once.
type broken struct {
	redis.UniversalClient
	err error
}

func (b broken) EvalSha(ctx context.Context, _ string, _ []string, _ ...any) *redis.Cmd {
	return asynqwire.Fail(ctx, b.err)
}

// asynq asks again at once after an error, so the client has to make the pause.
func TestDequeuePausesAfterAnError(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		away := errors.New("connection refused")
		stop := make(chan struct{})
		k := asynqwire.KeysOf("default.create")
		d := &newServerClient(ServerConfig{Redis: broken{err: away}, Account: "default", Stage: campaign.StageCreate}, stop).dequeuer
		keys := []string{k.Pending(), k.Paused(), k.Active(), k.Lease()}
		script := new(asynqwire.Scripts).Capture(asynqwire.KindDequeue, "return nil")
		began := time.Now()
		if err := d.take(t.Context(), script, keys, nil).Err(); !errors.Is(err, away) {
			t.Errorf("got %v, want %v", err, away)
		}
		if got := time.Since(began); got != errorPause {
			t.Errorf("it paused for %v, want %v", got, errorPause)
		}
		close(stop)
		began = time.Now()
		if err := d.take(t.Context(), script, keys, nil).Err(); !errors.Is(err, redis.Nil) || time.Since(began) != 0 {
			t.Errorf("when it stops: got %v after %v, want nothing at once", err, time.Since(began))
		}
	})
}

func TestRetryDelay(t *testing.T) {
	t.Parallel()
	now := time.Unix(1000, 300_000_000)
	for _, tc := range []struct {
		name     string
		err      error
		min, max time.Duration
	}{
		{"now", again{at: now}, 700 * time.Millisecond, 700 * time.Millisecond},
		{"never said", again{}, 700 * time.Millisecond, 700 * time.Millisecond},
		{"past", again{at: now.Add(-time.Hour)}, 700 * time.Millisecond, 700 * time.Millisecond},
		{"within this second", again{at: now.Add(time.Millisecond)}, 700 * time.Millisecond, 700 * time.Millisecond},
		{"a whole second", again{at: time.Unix(1005, 0)}, 4700 * time.Millisecond, 4700 * time.Millisecond},
		{"just after it", again{at: time.Unix(1005, 1)}, 5700 * time.Millisecond, 5700 * time.Millisecond},
		{"lease lost", errors.New("lease expired"), 5700 * time.Millisecond, 5700 * time.Millisecond},
		{"panic", panicked{"x"}, 1700 * time.Millisecond, 2700 * time.Millisecond},
	} {
		if got := retryDelay(0, tc.err, now); got < tc.min || got > tc.max {
			t.Errorf("%s: got %v, want %v to %v", tc.name, got, tc.min, tc.max)
		}
	}
	for _, failures := range []int{5, 100, 1 << 30} {
		if got := retryDelay(failures, panicked{"x"}, now); got < 30*time.Second || got > panicMax+time.Second {
			t.Errorf("after %d panics: got %v, want at most %v", failures, got, panicMax)
		}
	}
}

func TestInflightTaskTakenTwice(t *testing.T) {
	t.Parallel()
	now := time.Unix(1000, 0)
	var k inflight
	if got := k.runID("a"); got != noRunID {
		t.Errorf("never taken: got %q, want %q", got, noRunID)
	}
	k.take("a", "one", now)
	k.take("a", "two", now) // while the first handler still runs
	k.end("a", false, now)
	if got := k.runID("a"); got != noRunID {
		t.Errorf("taken under two run_ids: got %q, want %q", got, noRunID)
	}
	k.end("a", false, now)
	k.take("a", "two", now)
	if got := k.runID("a"); got != "two" {
		t.Errorf("taken anew: got %q, want two", got)
	}
	k.release("a")
	if got := k.runID("a"); got != "two" {
		t.Errorf("released while a handler runs: got %q, want it kept", got)
	}
	k.end("a", false, now)
	k.release("a")
	if len(k.tasks) != 0 {
		t.Errorf("got %d tasks, want none", len(k.tasks))
	}
}

func TestInflightTasksAreForgotten(t *testing.T) {
	t.Parallel()
	now := time.Unix(1000, 0)
	var k inflight
	for i := range 2 * trimAbove {
		id := time.Duration(i).String()
		k.take(id, "one", now)
		k.end(id, false, now)
	}
	k.take("open", "one", now)
	k.take("last", "one", now.Add(keepEnded+time.Second))
	if got, want := len(k.tasks), 2; got != want {
		t.Errorf("got %d tasks, want %d: those whose handlers run", got, want)
	}
}
