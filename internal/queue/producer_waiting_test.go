package queue_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/octoq/octoq/internal/queue"
	"github.com/octoq/octoq/internal/redistest"
)

const createKeys = "asynq:{default.create}:"

// waiting reads all that waits, with when it was enqueued.
func waiting(tb testing.TB, p *queue.Producer) map[string]int64 {
	tb.Helper()
	found := map[string]int64{}
	if err := p.Waiting(tb.Context(), account, func(id string, at int64) { found[id] = at }); err != nil {
		tb.Fatalf("Waiting: %v", err)
	}
	return found
}

// Somebody else's task has no campaign, whatever is in it.
func TestWaitingLeavesForeignTasksOut(t *testing.T) {
	t.Parallel()
	c := redistest.Start(t).Client()
	put(t, c, time.Time{}, first("ours"))
	payload, err := c.HGet(t.Context(), createKeys+"t:ours", "msg").Result()
	if err != nil {
		t.Fatal(err)
	}
	for id, msg := range map[string]string{"no id!": payload, "..": payload, "garbage": "\x00"} {
		if err := errors.Join(c.HSet(t.Context(), createKeys+"t:"+id, "msg", msg, "state", "pending").Err(),
			c.LPush(t.Context(), createKeys+"pending", id).Err()); err != nil {
			t.Fatal(err)
		}
	}
	if found := waiting(t, queue.NewProducer(c)); len(found) != 1 || found["ours"] == 0 {
		t.Errorf("got %v, want ours alone", found)
	}
}

// What waits is read completely while tasks are taken, given back, removed and
// enqueued all the time.
func TestWaitingMissesNothingThatMoves(t *testing.T) {
	t.Parallel()
	c := redistest.Start(t).Client()
	const n = 2600
	p := queue.NewProducer(c)
	items := make([]queue.Item, n)
	for i := range items {
		items[i].Task = first(fmt.Sprintf("c%d", i))
	}
	for _, err := range p.Enqueue(t.Context(), items) {
		if err != nil {
			t.Fatalf("Enqueue: %v", err)
		}
	}
	ctx, stop := context.WithCancel(t.Context())
	moved := make(chan int, 1)
	go func() { moved <- move(ctx, c) }()
	for round := range 40 {
		found := waiting(t, p)
		for _, item := range items {
			if at := found[item.Task.ID]; at != item.Task.First.EnqueuedAt.UnixMilli() {
				t.Fatalf("round %d: %s is enqueued at %d, want %v", round, item.Task.ID, at, item.Task.First.EnqueuedAt)
			}
		}
	}
	stop()
	if times := <-moved; times < 100 {
		t.Errorf("tasks were moved %d times, want more", times)
	}
}

// move takes tasks and gives them back, and lets others come and go, until ctx
// ends. It returns how often.
func move(ctx context.Context, c *redis.Client) (times int) {
	const pending, active = createKeys + "pending", createKeys + "active"
	for ; ctx.Err() == nil; times++ {
		other := fmt.Sprintf("other%d", times)
		pipe := c.Pipeline()
		for range 1 + rand.N(20) {
			pipe.LMove(ctx, pending, active, "right", "left")
		}
		pipe.LPush(ctx, pending, other, other+"a", other+"b")
		for range rand.N(25) {
			pipe.LMove(ctx, active, pending, "left", "right")
		}
		if times%30 == 29 { // at once, so that what is behind them moves far
			for old := times - 29; old <= times; old++ {
				for _, more := range []string{"", "a", "b"} {
					pipe.LRem(ctx, pending, 0, fmt.Sprintf("other%d%s", old, more))
				}
			}
		}
		_, _ = pipe.Exec(ctx)
	}
	return times
}

// Tasks that are scheduled, retried or archived wait too; steps that carry no
// campaign do not, nor does what is no task of octoq's.
func TestWaitingInEveryList(t *testing.T) {
	t.Parallel()
	c := redistest.Start(t).Client()
	p := queue.NewProducer(c)
	put(t, c, time.Time{}, first("pending"), first("retry"), first("archived"), first("active"), step("known", "create", 3))
	put(t, c, time.Now().Add(time.Hour), first("scheduled"))
	pipe := c.Pipeline()
	for _, list := range []string{"retry", "archived", "active"} {
		pipe.LRem(t.Context(), createKeys+"pending", 0, list)
	}
	for _, list := range []string{"retry", "archived"} {
		pipe.ZAdd(t.Context(), createKeys+list, redis.Z{Score: 4e9, Member: list})
	}
	pipe.LPush(t.Context(), createKeys+"active", "active")
	pipe.LPush(t.Context(), createKeys+"pending", "without-a-task", "strange")
	pipe.HSet(t.Context(), createKeys+"t:strange", "msg", "not octoq's", "state", "pending")
	if _, err := pipe.Exec(t.Context()); err != nil {
		t.Fatal(err)
	}
	found := waiting(t, p)
	for _, id := range []string{"pending", "retry", "archived", "active", "scheduled"} {
		if found[id] != first(id).First.EnqueuedAt.UnixMilli() {
			t.Errorf("%s: got %d, want when it was enqueued", id, found[id])
		}
	}
	if len(found) != 5 {
		t.Errorf("got %v, want five campaigns", found)
	}
}
