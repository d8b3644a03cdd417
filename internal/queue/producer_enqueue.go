package queue

import (
	"context"
	"time"

	"github.com/octoq/octoq/internal/record"
	"github.com/octoq/octoq/internal/task"
)

// maxPipeline bounds the memory of one pipeline, not the number of tasks.
const maxPipeline = 1024

// Put is Enqueue of one task.
func (p *Producer) Put(ctx context.Context, t task.Task, at time.Time) error {
	return p.Enqueue(ctx, []Item{{Task: t, At: at}})[0]
}

// PutStep is Enqueue of a step of a record.
func (p *Producer) PutStep(ctx context.Context, r record.Record, step record.Step, at time.Time) error {
	return p.Enqueue(ctx, []Item{StepOf(r, step, at)})[0]
}

// Enqueue puts tasks into their queues, 1,024 to a pipeline, and returns one
// error or nil for each. A step or a letter that is there already is no error.
// A first create whose id is taken is a ConflictError, unless the existing task
// has the same nonce: then it is the producer's own.
//
// After any other error the task may be there or not; the same Item may be
// enqueued again.
func (p *Producer) Enqueue(ctx context.Context, items []Item) []error {
	errs := make([]error, 0, len(items))
	for len(items) > 0 {
		n := min(len(items), maxPipeline)
		errs = append(errs, p.Send(ctx, p.Prepare(ctx, items[:n]))...)
		items = items[n:]
	}
	return errs
}
