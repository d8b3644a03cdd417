package worker

import (
	"context"
	"fmt"
	"time"

	"github.com/octoq/octoq/campaign"
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

// cutoff is when the lease of a task that is stuck has ended by.
func (t *taskQueue) cutoff(ctx context.Context) (time.Time, error) {
	now, err := t.clock(ctx)
	if err != nil {
		return time.Time{}, fmt.Errorf("ask Redis for the time: %w", err)
	}
	return now.Add(-t.leaseGrace), nil
}

// Put queues a step.
func (t *taskQueue) Put(ctx context.Context, account, id string, step record.Step, at time.Time) error {
	err := t.producer.Put(ctx, task.Task{Account: account, ID: id, Step: step}, at)
	if err == nil {
		t.metrics.Queued(account, step.Stage)
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
	return t.look(ctx, account, expected, func(s queue.TaskState) bool { return s != queue.StateWaiting && s != queue.StateActive })
}

// Gone reports for each step whether there is no task of it.
func (t *taskQueue) Gone(ctx context.Context, account string, expected []sweep.ExpectedTask) ([]bool, error) {
	return t.look(ctx, account, expected, func(s queue.TaskState) bool { return s == queue.StateMissing })
}

// look reports for each step whether its task is in such a state.
func (t *taskQueue) look(ctx context.Context, account string, expected []sweep.ExpectedTask, is func(queue.TaskState) bool) ([]bool, error) {
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
	sights, err := t.inspector.Statuses(ctx, cutoff, refs)
	if err != nil {
		return nil, err
	}
	found := make([]bool, len(expected))
	for i, s := range sights {
		found[i] = is(s.State)
	}
	return found, nil
}

// requeueFirst puts back first creates whose worker died before there was a
// record: the ledger does not know them, so the queue itself is looked at.
func (t *taskQueue) requeueFirst(ctx context.Context, account string) (int, error) {
	const limit = 500
	cutoff, err := t.cutoff(ctx)
	if err != nil {
		return 0, err
	}
	ids, err := t.inspector.Stuck(ctx, account, campaign.StageCreate, cutoff, limit)
	if err != nil {
		return 0, err
	}
	var put int
	for _, id := range ids {
		back, err := t.inspector.Requeue(ctx, key.Queue(account, campaign.StageCreate), id, cutoff)
		if err != nil {
			return put, err
		}
		if back {
			put++
		}
	}
	return put, nil
}

// relister walks over the task hashes of an account, a piece with each sweep,
// and lists those again that stand in no list.
type relister struct {
	inspector *queue.Inspector
	stage     int
	cursor    uint64
}

func (r *relister) relist(ctx context.Context, account string) (int, error) {
	stages := record.Stages()
	next, found, err := r.inspector.Relist(ctx, account, stages[r.stage], r.cursor)
	if err != nil {
		return found, err
	}
	r.cursor = next
	if next == 0 {
		r.stage = (r.stage + 1) % len(stages)
	}
	return found, nil
}

// emptier takes ids without a task out of the lists that nobody works on, a
// stage with each sweep: they would keep asynqmon from showing any queue. Those
// in other lists come into these when they are due; requeueFirst sees to creates.
type emptier struct {
	queue *taskQueue
	turn  int
}

func (e *emptier) empty(ctx context.Context, account string) (int, error) {
	const limit = 500
	stages := []campaign.Stage{campaign.StageStatus, campaign.StageConfirm, campaign.StageCancel, campaign.StageDead}
	stage := stages[e.turn%len(stages)]
	e.turn++
	name := key.Queue(account, stage)
	cutoff, err := e.queue.cutoff(ctx)
	if err != nil {
		return 0, err
	}
	ids, err := e.queue.inspector.Stuck(ctx, account, stage, cutoff, limit)
	if err != nil || len(ids) == 0 {
		return 0, err
	}
	refs := make([]queue.Ref, len(ids))
	for i, id := range ids {
		refs[i] = queue.Ref{Queue: name, TaskID: id}
	}
	sights, err := e.queue.inspector.Statuses(ctx, cutoff, refs)
	if err != nil {
		return 0, err
	}
	var gone int
	for i, s := range sights {
		if s.State != queue.StateMissing && s.State != queue.StateWaiting { // the latter among the active: half taken
			continue
		}
		if _, err := e.queue.inspector.Requeue(ctx, name, ids[i], cutoff); err != nil {
			return gone, err
		}
		gone++
	}
	return gone, nil
}
