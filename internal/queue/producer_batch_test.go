package queue_test

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/queue"
	"github.com/octoq/octoq/internal/redistest"
	"github.com/octoq/octoq/internal/task"
)

// far is a producer's client whose second pipeline takes a while, as over a
// distant network or on a busy machine.
type far struct{ n atomic.Int32 }

func (*far) DialHook(next redis.DialHook) redis.DialHook          { return next }
func (*far) ProcessHook(next redis.ProcessHook) redis.ProcessHook { return next }
func (f *far) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return func(ctx context.Context, cmds []redis.Cmder) error {
		if f.n.Add(1) == 2 {
			<-time.After(100 * time.Millisecond)
		}
		return next(ctx, cmds)
	}
}

// Redis knows the script that wakes (a single campaign went through it) and not
// yet the plain one: a batch is picked up at once all the same.
func TestBatchWakesAfterItsLastTaskIsThere(t *testing.T) {
	t.Parallel()
	s := redistest.Start(t)
	took := make(chan string, 100)
	server, err := queue.NewServer(queue.ServerConfig{
		Redis: s.Client(), Account: "default", Stage: campaign.StageCreate, Concurrency: 1, // in the order they are taken
		Handler: func(_ context.Context, d queue.Delivery) queue.Result { took <- d.TaskID; return queue.Done() },
	})
	if err != nil {
		t.Fatalf("new server: %v", err)
	}
	server.TrustWakes()
	if err := server.Start(t.Context()); err != nil {
		t.Fatalf("start: %v", err)
	}
	defer server.Stop()
	put := func(rdb *redis.Client, ids ...string) {
		t.Helper()
		var items []queue.Item
		for _, id := range ids {
			c := campaign.Campaign{ID: id, Account: campaign.DefaultAccount, ListName: "l", Text: "x", Type: campaign.TypePremium, Purpose: campaign.PurposeAlert}
			items = append(items, queue.Item{Task: task.Task{Account: "default", ID: id, Step: task.FirstStep(), First: &task.First{Campaign: c, EnqueuedAt: time.Now()}}})
		}
		for _, err := range queue.NewProducer(rdb).Enqueue(t.Context(), items) {
			if err != nil {
				t.Fatalf("enqueue: %v", err)
			}
		}
	}
	taken := func(want string) {
		t.Helper()
		select {
		case got := <-took:
			if got != want {
				t.Errorf("picked up: got %s, want %s: first come, first served", got, want)
			}
		case <-time.After(soon):
			t.Fatalf("%s was not picked up: no wake-up was published for it", want)
		}
	}
	put(s.Client(), "single")
	taken("single")
	rdb := s.Client()
	rdb.AddHook(&far{})
	put(rdb, "a", "b", "c")
	for _, id := range []string{"a", "b", "c"} {
		taken(id)
	}
}
