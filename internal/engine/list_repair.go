package engine

import (
	"context"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/key"
	"github.com/octoq/octoq/internal/queue"
	"github.com/octoq/octoq/internal/record"
)

// Repairs of asynq's lists that no record points to, as maintenance of the sweep: a
// crash, or an action of asynq's own page, leaves them broken. Each repair does a piece
// of an account in a round, and returns how many tasks or ids it has put right.

// mostRepaired is how many tasks of a list one round looks at.
const mostRepaired = 500

// requeueFirst puts back first creates whose worker died before there was a
// record: the ledger does not know them, so the queue itself is looked at.
func (t *taskQueue) requeueFirst(ctx context.Context, account string) (int, error) {
	cutoff, err := t.cutoff(ctx)
	if err != nil {
		return 0, err
	}
	ids, err := t.inspector.Stuck(ctx, account, campaign.StageCreate, cutoff, mostRepaired)
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

// emptier takes ids without a task out of the lists that no worker takes from, a
// stage with each sweep: they would keep asynqmon from showing any queue. Those
// in other lists come into these when they are due; requeueFirst sees to creates.
type emptier struct {
	queue *taskQueue
	round int
}

func (e *emptier) empty(ctx context.Context, account string) (int, error) {
	stages := []campaign.Stage{campaign.StageStatus, campaign.StageConfirm, campaign.StageCancel, campaign.StageDead}
	stage := stages[e.round%len(stages)]
	e.round++
	name := key.Queue(account, stage)
	cutoff, err := e.queue.cutoff(ctx)
	if err != nil {
		return 0, err
	}
	ids, err := e.queue.inspector.Stuck(ctx, account, stage, cutoff, mostRepaired)
	if err != nil || len(ids) == 0 {
		return 0, err
	}
	refs := make([]queue.Ref, len(ids))
	for i, id := range ids {
		refs[i] = queue.Ref{Queue: name, TaskID: id}
	}
	statuses, err := e.queue.inspector.Statuses(ctx, cutoff, refs)
	if err != nil {
		return 0, err
	}
	var gone int
	for i, s := range statuses {
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
