package queue

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/asynqwire"
	"github.com/octoq/octoq/internal/key"
	"github.com/octoq/octoq/internal/record"
)

// Inspector looks at queues from outside, for the sweep, the operators and the
// metrics, and puts back what got stuck.
type Inspector struct{ client redis.UniversalClient }

// NewInspector makes an inspector. The caller closes the client.
func NewInspector(client redis.UniversalClient) *Inspector { return &Inspector{client: client} }

// maxStatuses bounds the commands of one pipeline.
const maxStatuses = 512

// Ref names a task.
type Ref struct{ Queue, TaskID string }

// TaskStatus is where a task stands.
type TaskStatus struct {
	State TaskState
	// Since is when the lease of an orphaned task ended; zero when not known,
	// and for all others.
	Since time.Time
}

// Statuses says where tasks stand, in the order of the refs. A lease that
// ended before now makes an active task orphaned.
func (i *Inspector) Statuses(ctx context.Context, now time.Time, refs []Ref) ([]TaskStatus, error) {
	all := make([]TaskStatus, 0, len(refs))
	for len(refs) > 0 {
		n := min(len(refs), maxStatuses)
		some, err := i.readStatuses(ctx, now, refs[:n])
		if err != nil {
			return nil, fmt.Errorf("look for %d tasks: %w", n, err)
		}
		all, refs = append(all, some...), refs[n:]
	}
	return all, nil
}

func (i *Inspector) readStatuses(ctx context.Context, now time.Time, refs []Ref) ([]TaskStatus, error) {
	pipe := i.client.Pipeline()
	states := make([]*redis.StringCmd, len(refs))
	sizes := make([]*redis.IntCmd, len(refs))
	leases := make([]*redis.FloatCmd, len(refs))
	for at, r := range refs {
		k := asynqwire.KeysOf(r.Queue)
		states[at] = pipe.HGet(ctx, k.Task(r.TaskID), "state")
		sizes[at] = pipe.HStrLen(ctx, k.Task(r.TaskID), "msg")
		leases[at] = pipe.ZScore(ctx, k.Lease(), r.TaskID)
	}
	if _, err := pipe.Exec(ctx); err != nil && !isNil(err) {
		return nil, err
	}
	all := make([]TaskStatus, len(refs))
	for at := range refs {
		if sizes[at].Val() > 0 { // without a message it is no task
			all[at] = taskStatusOf(states[at].Val(), leases[at], now)
		} else {
			all[at] = TaskStatus{State: StateMissing}
		}
	}
	return all, nil
}

func taskStatusOf(word string, lease *redis.FloatCmd, now time.Time) TaskStatus {
	s := TaskStatus{State: taskStateOf(word)}
	if s.State != StateActive {
		return s
	}
	if lease.Err() != nil {
		return TaskStatus{State: StateOrphaned}
	}
	if end := time.Unix(int64(lease.Val()), 0).UTC(); end.Before(now) {
		return TaskStatus{State: StateOrphaned, Since: end}
	}
	return s
}

// Depth is the number of a queue's tasks. Waiting alerts are among the pending.
type Depth struct{ Pending, Active, Scheduled, Retry, Archived int64 }

// Depths counts the tasks of an account's queues.
func (i *Inspector) Depths(ctx context.Context, account string) (map[campaign.Stage]Depth, error) {
	type counts struct{ pending, alerts, active, scheduled, retry, archived *redis.IntCmd }
	asked := map[campaign.Stage]counts{}
	_, err := i.client.Pipelined(ctx, func(pipe redis.Pipeliner) error {
		for _, s := range record.Stages() {
			k := asynqwire.KeysOf(key.Queue(account, s))
			asked[s] = counts{
				pipe.LLen(ctx, k.Pending()), pipe.LLen(ctx, key.Alerts(k.Queue)), pipe.LLen(ctx, k.Active()),
				pipe.ZCard(ctx, k.Scheduled()), pipe.ZCard(ctx, k.Retry()), pipe.ZCard(ctx, k.Archived()),
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("count the tasks of account %s: %w", account, err)
	}
	depths := map[campaign.Stage]Depth{}
	for s, c := range asked {
		depths[s] = Depth{c.pending.Val() + c.alerts.Val(), c.active.Val(), c.scheduled.Val(), c.retry.Val(), c.archived.Val()}
	}
	return depths, nil
}

func isNil(err error) bool { return errors.Is(err, redis.Nil) }
