package queue

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/key"
	"github.com/octoq/octoq/internal/task"
)

// State is where a task stands.
type State string

const (
	// StateMissing: there is no such task.
	StateMissing State = "missing"
	// StateWaiting: pending, scheduled or to be tried again.
	StateWaiting State = "waiting"
	// StateActive: a worker has it.
	StateActive State = "active"
	// StateOrphaned: active, but no worker has renewed its lease.
	StateOrphaned State = "orphaned"
	// StateArchived: asynq gave it up, or somebody archived it by hand.
	StateArchived State = "archived"
	// StateCompleted: finished and kept for a while; octoq keeps none.
	StateCompleted State = "completed"
)

// stateOf reads asynq's own word. An active task counts as having its lease.
func stateOf(word string) State {
	switch word {
	case "pending", "scheduled", "retry", "aggregating":
		return StateWaiting
	case "active":
		return StateActive
	case "archived":
		return StateArchived
	case "completed":
		return StateCompleted
	default:
		return StateMissing
	}
}

// Queued is a first create that is still in its queue.
type Queued struct {
	First task.First
	State State
	// DueAt is when it is due; zero if it is due already.
	DueAt time.Time
}

// Existing reads a campaign's first create. It is campaign.ErrNotFound when
// there is none.
func (p *Producer) Existing(ctx context.Context, account, id string) (Queued, error) {
	pipe := p.client.Pipeline()
	ask := askQueued(ctx, pipe, account, id, true)
	_, _ = pipe.Exec(ctx) // every command has its own error
	q, err := ask()
	if err != nil {
		return Queued{}, fmt.Errorf("look for campaign %s/%s in its queue: %w", account, id, err)
	}
	return q, nil
}

// Has reports which first creates are in their queue.
func (p *Producer) Has(ctx context.Context, account string, ids []string) ([]bool, error) {
	n := namesOf(key.Queue(account, campaign.StageCreate))
	pipe := p.client.Pipeline()
	asked := make([]*redis.IntCmd, len(ids))
	for i, id := range ids {
		asked[i] = pipe.Exists(ctx, n.task(id))
	}
	if _, err := pipe.Exec(ctx); err != nil {
		return nil, fmt.Errorf("look for %d campaigns in the queue of account %s: %w", len(ids), account, err)
	}
	queued := make([]bool, len(ids))
	for i, cmd := range asked {
		queued[i] = cmd.Val() > 0
	}
	return queued, nil
}

// askQueued reads a first create through a pipeline, and on demand when it is due.
func askQueued(ctx context.Context, pipe redis.Pipeliner, account, id string, when bool) func() (Queued, error) {
	n := namesOf(key.Queue(account, campaign.StageCreate))
	fields := pipe.HMGet(ctx, n.task(id), "msg", "state")
	var due []*redis.FloatCmd
	if when {
		due = []*redis.FloatCmd{pipe.ZScore(ctx, n.scheduled(), id), pipe.ZScore(ctx, n.retry(), id)}
	}
	return func() (Queued, error) {
		msg, word, err := storedTask(fields)
		if err != nil {
			return Queued{}, err
		}
		t, _, err := decodeStored(n.queue, msg)
		if err != nil {
			return Queued{}, &unreadableError{err}
		}
		if t.First == nil || t.ID != id {
			return Queued{}, &unreadableError{errors.New("the task is no first create")}
		}
		q := Queued{First: *t.First, State: stateOf(word)}
		for _, score := range due {
			if at, err := score.Result(); err == nil {
				q.DueAt = time.Unix(int64(at), 0).UTC()
			}
		}
		return q, nil
	}
}

// errUnreadable is a task that is there and cannot be read.
var errUnreadable = errors.New("the task cannot be read")

type unreadableError struct{ err error }

func (e *unreadableError) Error() string        { return e.err.Error() }
func (e *unreadableError) Unwrap() error        { return e.err }
func (e *unreadableError) Is(target error) bool { return target == errUnreadable }

// storedTask reads a task's message and state.
func storedTask(fields *redis.SliceCmd) (msg, state string, err error) {
	v, err := fields.Result()
	if err != nil {
		return "", "", err
	}
	msg, _ = v[0].(string)
	state, _ = v[1].(string)
	if msg == "" {
		return "", "", campaign.ErrNotFound
	}
	return msg, state, nil
}

// decodeStored reads a task as it stands in Redis.
func decodeStored(queue, msg string) (task.Task, message, error) {
	m, err := readMessage([]byte(msg))
	if err != nil {
		return task.Task{}, m, fmt.Errorf("queue %s: %w", queue, err)
	}
	t, err := task.Decode(queue, m.typename, m.id, m.payload)
	return t, m, err
}
