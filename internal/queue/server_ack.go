package queue

import (
	"context"
	"time"

	"github.com/octoq/octoq/internal/asynqwire"
	"github.com/octoq/octoq/internal/key"
)

// AckScript is a script that acknowledges the task which a handler has at hand,
// and may put another into its queue before. The caller runs it behind a write in
// the same script: then a step is committed, the next one enqueued, the task
// acknowledged and another one of the same queue prefetched at once, in one trip to Redis
// instead of four.
type AckScript struct {
	// Script is Lua; besides KEYS and ARGV it is to find the run_id of Redis (see
	// package runid) in run. It does no harm when it runs again.
	Script string
	Keys   []string
	Args   []any

	client *serverClient
	taskID string
	take   asynqwire.Take
}

// MarkAcked notes that the script has run on the Redis of a run_id, and what it has
// returned. Under another one than the task was taken under it has not acknowledged it.
func (a AckScript) MarkAcked(runID string, answer any) {
	a.client.inflight.markAcked(a.taskID, runID)
	a.client.dequeuer.notePrefetched(a.take, answer, time.Now())
}

// AckScript makes the script for a task that this server's handler has at hand, and
// for a producer's next task, if there is one. It is not ok where octoq cannot know
// how: asynq has changed, or has not acknowledged a task of this server yet.
func (s *Server) AckScript(ctx context.Context, taskID string, p *Producer, next *Item) (script AckScript, ok bool) {
	c := s.client
	ack, runID := c.releaser.ack.Load(), c.inflight.runID(taskID)
	if ack == nil || runID == noRunID {
		return AckScript{}, false
	}
	var put *asynqwire.Put
	if next != nil {
		if put, ok = p.putOf(ctx, *next); !ok {
			return AckScript{}, false
		}
	}
	call := asynqwire.AckCall{TaskID: taskID, RunID: runID, Next: put}
	call.Take, call.Prefetch = c.dequeuer.prefetch(taskID, s.config.handlers())
	script = AckScript{client: c, taskID: taskID, take: call.Take}
	script.Script, script.Keys, script.Args = ack.Script(c.keys, key.Alerts(c.keys.Queue), call, time.Now())
	return script, true
}

// putOf is how one task is put by one run of octoq's own script.
func (p *Producer) putOf(ctx context.Context, item Item) (*asynqwire.Put, bool) {
	b := p.Prepare(ctx, []Item{item})
	if b.errs[0] != nil || b.runs[0].ofAsynq {
		return nil, false
	}
	return &b.runs[0].Put, true
}
