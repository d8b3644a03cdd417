package queue_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/queue"
)

// runBehind runs an ack script behind another write, and again, as go-redis may: the
// second run changes nothing.
func runBehind(tb testing.TB, c redis.UniversalClient, a queue.AckScript, runID string) {
	tb.Helper()
	run := func() any {
		answer, err := c.Eval(context.WithoutCancel(tb.Context()), "local run = '"+runID+"'\n"+a.Script, a.Keys, a.Args...).Result()
		if err != nil && !errors.Is(err, redis.Nil) {
			tb.Errorf("run the ack script: %v", err)
		}
		return answer
	}
	answer := run()
	if again := run(); again != nil {
		tb.Errorf("the ack script, run again, takes another task: %v", again)
	}
	a.MarkAcked(runID, answer)
}

// dones counts how often asynq's done is sent.
type dones struct{ n atomic.Int64 }

func (d *dones) DialHook(next redis.DialHook) redis.DialHook { return next }

func (d *dones) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		if args := cmd.Args(); len(args) > 4 && cmd.Name() == "evalsha" {
			first, _ := args[3].(string)
			second, _ := args[4].(string)
			if strings.HasSuffix(first, ":active") && strings.HasSuffix(second, ":lease") {
				d.n.Add(1)
			}
		}
		return next(ctx, cmd)
	}
}

func (d *dones) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return next
}

// scripts counts the scripts that are sent with a key.
type scripts struct {
	with string
	n    atomic.Int64
}

func (s *scripts) DialHook(next redis.DialHook) redis.DialHook { return next }

func (s *scripts) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		if cmd.Name() == "evalsha" && slices.Contains(cmd.Args(), any(s.with)) {
			s.n.Add(1)
		}
		return next(ctx, cmd)
	}
}

func (s *scripts) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return next
}

func TestAckScript(t *testing.T) {
	t.Parallel()
	onBoth(t, testAckScript)
}

func testAckScript(t *testing.T, c redis.UniversalClient) {
	t.Helper()
	acknowledged := &dones{}
	c.AddHook(acknowledged)
	p := queue.NewProducer(c)
	var s *queue.Server
	ready := make(chan struct{})
	handle := func(ctx context.Context, d queue.Delivery) queue.Result {
		<-ready
		confirm := &queue.Item{Task: step(d.Task.ID, campaign.StageConfirm, 3)}
		switch d.Task.ID {
		case "warm":
			if _, ok := s.AckScript(ctx, d.TaskID, p, nil); ok {
				t.Error("an ack script before asynq has acknowledged anything: got one, want none")
			}
		case "last":
			a, ok := s.AckScript(ctx, d.TaskID, p, nil)
			if !ok {
				t.Error("a task without a next one: got no ack script")
				break
			}
			runBehind(t, c, a, d.RunID)
		case "later":
			confirm.At = time.Now().Add(time.Hour)
			fallthrough
		case "now", "other":
			a, ok := s.AckScript(ctx, d.TaskID, p, confirm)
			if !ok {
				t.Errorf("task %s: got no ack script", d.TaskID)
				break
			}
			if d.Task.ID == "other" { // Redis was restarted since it was taken
				runBehind(t, c, a, "fedcba9876543210")
				break
			}
			runBehind(t, c, a, d.RunID)
			if n := c.Exists(ctx, "asynq:{default.status}:t:"+d.TaskID).Val(); n != 0 {
				t.Errorf("task %s is still there behind its ack script", d.TaskID)
			}
		}
		return queue.Done()
	}
	s = serverOf(t, queue.ServerConfig{Redis: c, Account: account, Stage: campaign.StageStatus, Concurrency: 1, Handler: handle})
	close(ready)
	processed := func() int {
		n, _ := c.Get(t.Context(), "asynq:{default.status}:processed").Int()
		return n
	}
	put(t, c, time.Time{}, step("warm", campaign.StageStatus, 2))
	eventually(t, "asynq has acknowledged a task", func() bool { return processed() == 1 })
	for _, id := range []string{"now", "later", "last", "other"} {
		put(t, c, time.Time{}, step(id, campaign.StageStatus, 2))
	}
	eventually(t, "all are counted, each once", func() bool { return processed() == 5 })
	eventually(t, "all are gone", func() bool { return depth(t, c, campaign.StageStatus) == queue.Depth{} })
	s.Stop()
	if got, want := depth(t, c, campaign.StageConfirm), (queue.Depth{Pending: 2, Scheduled: 1}); got != want {
		t.Errorf("next tasks: got %+v, want %+v", got, want)
	}
	sum := 0 // at midnight there are two days
	for _, day := range c.Keys(t.Context(), "asynq:{default.status}:processed:*").Val() {
		n, err := c.Get(t.Context(), day).Int()
		if ttl := c.TTL(t.Context(), day).Val(); err != nil || ttl < 89*24*time.Hour {
			t.Errorf("%s: got %v, kept for %v, want 90 days", day, err, ttl)
		}
		sum += n
	}
	if sum != 5 {
		t.Errorf("counts of days: got %d, want 5", sum)
	}
	// That of the first task, and of the one that its ack script left alone.
	if n := acknowledged.n.Load(); n != 2 {
		t.Errorf("asynq's done was sent %d times, want twice", n)
	}
}
