package enqueue_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"

	"github.com/redis/go-redis/v9"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/redistest"
)

// amid calls something just before the n-th pipeline that enqueues is written.
type amid struct {
	n    atomic.Int32
	call func()
}

func (*amid) DialHook(next redis.DialHook) redis.DialHook          { return next }
func (*amid) ProcessHook(next redis.ProcessHook) redis.ProcessHook { return next }
func (a *amid) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return func(ctx context.Context, cmds []redis.Cmder) error {
		if cmds[0].Name() == "evalsha" && a.n.Add(-1) == 0 {
			a.call()
		}
		return next(ctx, cmds)
	}
}

// A batch that is being written when the context ends arrives, and is reported as
// enqueued; later ones are not written any more.
func TestEnqueueAllFinishesWhatIsBeingWritten(t *testing.T) {
	t.Parallel()
	const batch = 512
	rdb := redistest.Start(t).Client()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	hook := &amid{call: cancel}
	hook.n.Store(2)
	rdb.AddHook(hook)
	w := newWorld(t, rdb)
	w.enqueue(t, order("warm-up")) // the first pipeline: the scripts are known now
	hook.n.Store(2)
	var taken, good int
	for _, err := range w.client.EnqueueAll(ctx, unending(&taken)) {
		switch {
		case err == nil:
			good++
		case !errors.Is(err, context.Canceled):
			t.Errorf("got %v, want the context's error", err)
		}
	}
	if n := len(w.waiting(t, campaign.StageCreate)) - 1; good != 2*batch || n != good {
		t.Errorf("got %d reported as enqueued and %d in the queue, want %d: those of the batch that was being written, too", good, n, 2*batch)
	}
}
