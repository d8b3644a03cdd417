package queue

import (
	"context"
	"fmt"
	"runtime/debug"
	"sync"
	"time"

	"github.com/hibiken/asynq"
	"github.com/rs/zerolog"

	"github.com/octoq/octoq/internal/task"
)

// dispatcher is asynq's handler: it gives the tasks of a queue to octoq's handler.
type dispatcher struct {
	queue    string
	handler  Handler
	inflight *inflight
	pool     *workerPool
	running  runningHandlers
	stopping context.Context //nolint:containedctx // the life of the server, not of a call
	log      zerolog.Logger
}

// ProcessTask is asynq's interface.
func (d *dispatcher) ProcessTask(ctx context.Context, t *asynq.Task) (err error) {
	if !d.running.enter() {
		return again{why: "the server has stopped"}
	}
	defer d.running.done()
	d.pool.run(func() { err = d.handle(ctx, t) })
	return err
}

// handle has the handler work on a task, and survives its panics.
func (d *dispatcher) handle(ctx context.Context, t *asynq.Task) (err error) {
	delivery := d.delivery(ctx, t)
	handBack := false
	defer func() {
		if v := recover(); v != nil {
			err = panicked{v}
			d.log.Error().Str("queue", d.queue).Str("task", delivery.TaskID).
				Str("panic", fmt.Sprint(v)).Str("stack", string(debug.Stack())).
				Msg("a handler panicked: its task comes again later")
		}
		d.inflight.end(delivery.TaskID, handBack, time.Now())
	}()
	r := d.handler(ctx, delivery)
	if r.done {
		return nil
	}
	handBack = d.stopping.Err() != nil && !r.at.After(time.Now())
	return again{at: r.at, why: r.why}
}

func (d *dispatcher) delivery(ctx context.Context, t *asynq.Task) Delivery {
	id, _ := asynq.GetTaskID(ctx)
	delivery := Delivery{
		Queue: d.queue, TaskID: id, Type: t.Type(), Payload: t.Payload(),
		RunID: d.inflight.runID(id), Stopping: d.stopping,
	}
	delivery.Task, delivery.Err = task.Decode(d.queue, delivery.Type, id, delivery.Payload)
	return delivery
}

// runningHandlers counts the handlers that run: asynq returns from its shutdown
// while those that it gave up still do.
type runningHandlers struct {
	mu     sync.Mutex
	closed bool
	group  sync.WaitGroup
}

func (h *runningHandlers) enter() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		return false
	}
	h.group.Add(1)
	return true
}

func (h *runningHandlers) done() { h.group.Done() }

func (h *runningHandlers) wait() {
	h.mu.Lock()
	h.closed = true
	h.mu.Unlock()
	h.group.Wait()
}
