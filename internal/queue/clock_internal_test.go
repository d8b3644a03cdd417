package queue

import (
	"context"
	"testing"
	"time"

	"github.com/hibiken/asynq"
	"github.com/redis/go-redis/v9"
	"github.com/rs/zerolog"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/redistest"
	"github.com/octoq/octoq/internal/task"
)

// skewed stands between asynq and the client, and has asynq's clock be wrong
// when it looks for due tasks.
type skewed struct {
	*client
	by time.Duration
}

func (s skewed) EvalSha(ctx context.Context, sha string, keys []string, args ...any) *redis.Cmd {
	return s.client.EvalSha(ctx, sha, keys, s.shifted(keys, args)...)
}

func (s skewed) Eval(ctx context.Context, source string, keys []string, args ...any) *redis.Cmd {
	return s.client.Eval(ctx, source, keys, s.shifted(keys, args)...)
}

func (s skewed) shifted(keys []string, args []any) []any {
	if recognise(keys, args) != kindForward {
		return args
	}
	now, _ := args[0].(int64)
	return append([]any{now + int64(s.by.Seconds())}, args[1:]...)
}

// A task is due by Redis's clock: a worker whose own is slow does not begin it
// late, and one whose own is fast not early.
func TestDueIsByTheClockOfRedis(t *testing.T) {
	t.Parallel()
	for name, by := range map[string]time.Duration{"slow": -time.Hour, "fast": time.Hour} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := redistest.Start(t).Client()
			taken := make(chan time.Time, 1)
			s, err := NewServer(ServerConfig{
				Redis: c, Account: "default", Stage: campaign.StageStatus, Concurrency: 1, Log: zerolog.Nop(),
				Handler: func(context.Context, Delivery) Result { taken <- time.Now(); return Done() },
			})
			if err != nil {
				t.Fatal(err)
			}
			s.asynq = asynq.NewServerFromRedisClient(skewed{s.client, by}, s.asynqConfig())
			tk := task.Task{Account: "default", ID: "a", Step: campaign.Step{Stage: campaign.StageStatus, Run: 1, Step: 2}}
			due := time.Now().Add(3 * time.Second)
			if err := NewProducer(c).Put(t.Context(), tk, due); err != nil {
				t.Fatal(err)
			}
			if err := s.Start(t.Context()); err != nil {
				t.Fatal(err)
			}
			t.Cleanup(s.Stop)
			select {
			case at := <-taken:
				if at.Before(due) {
					t.Errorf("it was taken %v before its time", due.Sub(at))
				}
			case <-time.After(20 * time.Second):
				t.Fatal("it was not taken")
			}
		})
	}
}

// Seconds are those of Redis's clock, as far as it was learnt.
func TestUntilSecond(t *testing.T) {
	t.Parallel()
	c := &client{UniversalClient: redistest.Start(t).Client()}
	if now, err := c.redisTime(t.Context(), "asynq:{default.status}:retry"); err != nil || c.ahead > 0 || time.Since(now) < 0 {
		t.Errorf("on one machine: got %v, %v, %v ahead, want this machine's time, and no more than that", now, err, c.ahead)
	}
	for ms, want := range map[int64]int64{0: 1002, 1: 1001, 300: 702, 999: 3} {
		if got := untilSecond(time.UnixMilli(1_700_000_000_000 + ms)).Milliseconds(); got != want {
			t.Errorf("%d ms into a second: got %d ms, want %d", ms, got, want)
		}
	}
}
