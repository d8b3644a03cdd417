package worker

import (
	"context"
	"errors"
	"sync/atomic"

	"github.com/redis/go-redis/v9"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/ledger"
	"github.com/octoq/octoq/internal/queue"
	"github.com/octoq/octoq/internal/record"
	"github.com/octoq/octoq/internal/stage"
	"github.com/octoq/octoq/internal/task"
)

// completer commits a change, enqueues the next step and acknowledges the task in
// one script: of the three trips to Redis, two would cost more than what they do. On
// a cluster ledger and queues are on different nodes, and the three follow one
// another.
type completer struct {
	ledger  *loggingLedger
	queues  *taskQueue
	servers map[campaign.Stage]*queue.Server
	apart   atomic.Bool // Redis has said that it is a cluster
}

// Complete writes a change, together with what follows it where that can be.
func (h *completer) Complete(ctx context.Context, job stage.Job, ch record.Change, next stage.NextStep) (stage.Completion, error) {
	part, ok := h.part(ctx, job, next)
	if !ok {
		return h.commit(ctx, ch)
	}
	v, m, err := h.ledger.CommitAppending(ctx, ch, ledger.Append{Script: part.Script, Keys: part.Keys, Args: part.Args})
	if _, refused := errors.AsType[redis.Error](err); refused {
		h.apart.Store(h.apart.Load() || redis.HasErrorPrefix(err, "CROSSSLOT"))
		return h.commit(ctx, ch)
	}
	acknowledged := err == nil && v == record.CommitApplied
	if acknowledged {
		part.MarkAcked(m.RunID)
		if next.Step.Stage != "" {
			h.queues.metrics.Queued(job.Account, next.Step.Stage)
		}
	}
	return stage.Completion{Result: v, At: m, Acknowledged: acknowledged}, err
}

// commit writes a change alone.
func (h *completer) commit(ctx context.Context, ch record.Change) (stage.Completion, error) {
	v, m, err := h.ledger.Commit(ctx, ch)
	return stage.Completion{Result: v, At: m}, err
}

// part is what follows the change.
func (h *completer) part(ctx context.Context, job stage.Job, next stage.NextStep) (queue.AckScript, bool) {
	server, known := h.servers[job.Step.Stage]
	if !known || h.apart.Load() {
		return queue.AckScript{}, false
	}
	var item *queue.Item
	if next.Step.Stage != "" {
		item = &queue.Item{Task: task.Task{Account: job.Account, ID: job.ID, Step: next.Step}, At: next.At}
	}
	return server.AckScript(ctx, task.ID(job.ID, job.Step), h.queues.producer, item)
}
