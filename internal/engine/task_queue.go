package engine

import (
	"context"
	"fmt"
	"time"

	"github.com/octoq/octoq/internal/key"
	"github.com/octoq/octoq/internal/metrics"
	"github.com/octoq/octoq/internal/queue"
	"github.com/octoq/octoq/internal/record"
	"github.com/octoq/octoq/internal/sweep"
	"github.com/octoq/octoq/internal/task"
)

// taskQueue is asynq as stages and sweep see it.
type taskQueue struct {
	producer  *queue.Producer
	letters   *queue.Letters
	inspector *queue.Inspector
	metrics   *metrics.Worker
	clock     func(context.Context) (time.Time, error) // Redis's
	// leaseGrace is how long a task may be active without a lease before it
	// counts as stuck: a lease that is being renewed is not. asynq writes the end
	// of a lease by the clock of the worker that has the task, 30 s ahead, and
	// renews it every 5 s. So the grace covers a clock that is up to 35 s behind
	// Redis's. The task of one that is further behind is put back while it is
	// worked on, which its claim survives; that of one that is ahead is put back
	// so much later after a crash.
	leaseGrace time.Duration
}

func newTaskQueue(d deps) *taskQueue {
	return &taskQueue{
		producer: d.producer, letters: d.letters, inspector: queue.NewInspector(d.rdb),
		metrics: d.metrics, clock: d.clock, leaseGrace: 10 * time.Second,
	}
}

// cutoff is the latest end of a lease whose task is stuck.
func (t *taskQueue) cutoff(ctx context.Context) (time.Time, error) {
	now, err := t.clock(ctx)
	if err != nil {
		return time.Time{}, fmt.Errorf("ask Redis for the time: %w", err)
	}
	return now.Add(-t.leaseGrace), nil
}

// Put queues a step.
func (t *taskQueue) Put(ctx context.Context, r record.Record, step record.Step, at time.Time) error {
	err := t.producer.PutStep(ctx, r, step, at)
	if err == nil {
		t.metrics.Queued(r.Account(), step.Stage)
	}
	return err
}

// Bury stores the letter of a dead campaign.
func (t *taskQueue) Bury(ctx context.Context, r record.Record, refused string) error {
	letter := task.LetterOf(r)
	letter.Refused = refused
	return t.letters.Bury(ctx, task.Task{Account: r.Account(), ID: r.ID(), Step: r.Next(), Letter: &letter})
}

// Stuck reports for each step whether its task will not run by itself.
func (t *taskQueue) Stuck(ctx context.Context, account string, expected []sweep.ExpectedTask) ([]bool, error) {
	return t.where(ctx, account, expected, func(s queue.TaskState) bool { return s != queue.StateWaiting && s != queue.StateActive })
}

// Gone reports for each step whether there is no task of it.
func (t *taskQueue) Gone(ctx context.Context, account string, expected []sweep.ExpectedTask) ([]bool, error) {
	return t.where(ctx, account, expected, func(s queue.TaskState) bool { return s == queue.StateMissing })
}

// where reports for each step whether its task is in such a state.
func (t *taskQueue) where(ctx context.Context, account string, expected []sweep.ExpectedTask, is func(queue.TaskState) bool) ([]bool, error) {
	if len(expected) == 0 {
		return nil, nil
	}
	refs := make([]queue.Ref, len(expected))
	for i, w := range expected {
		refs[i] = queue.Ref{Queue: key.Queue(account, w.Step.Stage), TaskID: task.ID(w.ID, w.Step)}
	}
	cutoff, err := t.cutoff(ctx)
	if err != nil {
		return nil, err
	}
	statuses, err := t.inspector.Statuses(ctx, cutoff, refs)
	if err != nil {
		return nil, err
	}
	found := make([]bool, len(expected))
	for i, s := range statuses {
		found[i] = is(s.State)
	}
	return found, nil
}
