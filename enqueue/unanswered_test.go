package enqueue_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/enqueue"
	"github.com/octoq/octoq/internal/redistest"
)

// afterPut calls once a script has run that puts campaigns into Redis.
type afterPut struct{ call func() }

func (*afterPut) DialHook(next redis.DialHook) redis.DialHook          { return next }
func (*afterPut) ProcessHook(next redis.ProcessHook) redis.ProcessHook { return next }
func (a *afterPut) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return func(ctx context.Context, cmds []redis.Cmder) error {
		err := next(ctx, cmds)
		if cmds[0].Name() == "evalsha" {
			a.call()
		}
		return err
	}
}

// A few known ids whose context ends while they are written are reported as known,
// like those of a large batch.
func TestEnqueueAllFewKnownWhenTheContextEnds(t *testing.T) {
	t.Parallel()
	rdb := redistest.Start(t).Client()
	w := newWorld(t, rdb)
	w.enqueue(t, order("k1"), order("k2"))
	ctx, cancel := context.WithCancel(t.Context())
	rdb.AddHook(&afterPut{call: cancel})
	for r, err := range w.client.EnqueueAll(ctx, slices.Values([]campaign.Campaign{order("k1"), order("k2")})) {
		var known *campaign.DuplicateError
		if !errors.As(err, &known) || !known.Same {
			t.Errorf("%s: got %v, want it known, with the same content", r.ID, err)
		}
	}
	if ctx.Err() == nil {
		t.Error("the context has not ended: the test shows nothing")
	}
}

// What was sent and not answered when the context ended is not reported as not sent:
// it is in Redis.
func TestUnansweredIsNotUnsent(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	newWorld(t, server.Client()).enqueue(t, order("first")) // the scripts are known
	for name, filler := range map[string]int{"lost-few": 0, "lost-many": 600} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			opts := &redis.Options{Addr: server.Addr, MinRetryBackoff: time.Hour, MaxRetryBackoff: 2 * time.Hour}
			armed := loses(opts, cancel)
			rdb := redis.NewClient(opts)
			defer func() { _ = rdb.Close() }()
			w := newWorld(t, rdb)
			stream := func(yield func(campaign.Campaign) bool) {
				var taken int
				if !yield(order(name)) || filler == 0 {
					return
				}
				unending(&taken)(func(c campaign.Campaign) bool { c.ID = name + c.ID; return yield(c) && taken < filler })
			}
			answered := false
			for r, err := range w.client.EnqueueAll(ctx, stream) {
				if r.ID != name {
					continue
				}
				answered = true
				var e *enqueue.UnansweredError
				if !errors.As(err, &e) || !errors.Is(err, enqueue.ErrUnanswered) || errors.Is(err, context.Canceled) || e.ID != name {
					t.Errorf("got %v, want an UnansweredError that is no context's", err)
				}
				if !strings.Contains(err.Error(), "enqueue the same id again") {
					t.Errorf("got %v, want it to say what to do", err)
				}
			}
			if !answered || armed.Load() {
				t.Error("no answer was lost: the test shows nothing")
			}
			if _, err := newWorld(t, server.Client()).client.Enqueue(t.Context(), order(name)); !errors.Is(err, campaign.ErrDuplicate) {
				t.Errorf("again: got %v, want ErrDuplicate", err)
			}
		})
	}
}
