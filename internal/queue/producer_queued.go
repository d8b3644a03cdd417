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
	"github.com/octoq/octoq/internal/task"
)

// QueuedCampaign is a campaign whose first create is still in its queue.
type QueuedCampaign struct {
	First task.First
	State TaskState
	// DueAt is when it is due; zero if it is due already.
	DueAt time.Time
}

// Existing reads a campaign's first create. It is campaign.ErrNotFound when
// there is none.
func (p *Producer) Existing(ctx context.Context, account, id string) (QueuedCampaign, error) {
	pipe := p.client.Pipeline()
	answer := askQueued(ctx, pipe, account, id, true)
	_, _ = pipe.Exec(ctx) // every command has its own error
	q, err := answer()
	if err != nil {
		return QueuedCampaign{}, fmt.Errorf("look for campaign %s/%s in its queue: %w", account, id, err)
	}
	return q, nil
}

// Has reports which first creates are in their queue.
func (p *Producer) Has(ctx context.Context, account string, ids []string) ([]bool, error) {
	k := asynqwire.KeysOf(key.Queue(account, campaign.StageCreate))
	pipe := p.client.Pipeline()
	answers := make([]*redis.IntCmd, len(ids))
	for i, id := range ids {
		answers[i] = pipe.Exists(ctx, k.Task(id))
	}
	if _, err := pipe.Exec(ctx); err != nil {
		return nil, fmt.Errorf("look for %d campaigns in the queue of account %s: %w", len(ids), account, err)
	}
	queued := make([]bool, len(ids))
	for i, answer := range answers {
		queued[i] = answer.Val() > 0
	}
	return queued, nil
}

// Queued reads the first creates of some campaigns; those that are gone are left
// out. Of one that cannot be read, by this octoq at least, only the state is known.
func (p *Producer) Queued(ctx context.Context, account string, ids []string) (map[string]QueuedCampaign, error) {
	found := make(map[string]QueuedCampaign, len(ids))
	if len(ids) == 0 {
		return found, nil
	}
	answers := make([]func() (QueuedCampaign, error), len(ids))
	pipe := p.client.Pipeline()
	for i, id := range ids {
		answers[i] = askQueued(ctx, pipe, account, id, true)
	}
	_, _ = pipe.Exec(ctx) // every command has its own error
	for i, id := range ids {
		q, err := answers[i]()
		switch {
		case err == nil:
			found[id] = q
		case errors.Is(err, errUnreadable):
			found[id] = QueuedCampaign{State: StateWaiting}
		case !errors.Is(err, campaign.ErrNotFound) && !redis.HasErrorPrefix(err, "WRONGTYPE"):
			return nil, fmt.Errorf("look for campaigns of account %s in their queue: %w", account, err)
		}
	}
	return found, nil
}

// askQueued reads a first create through a pipeline, and on demand when it is due.
func askQueued(ctx context.Context, pipe redis.Pipeliner, account, id string, withDue bool) func() (QueuedCampaign, error) {
	k := asynqwire.KeysOf(key.Queue(account, campaign.StageCreate))
	fields := pipe.HMGet(ctx, k.Task(id), "msg", "state")
	var due []*redis.FloatCmd
	if withDue {
		due = []*redis.FloatCmd{pipe.ZScore(ctx, k.Scheduled(), id), pipe.ZScore(ctx, k.Retry(), id)}
	}
	return func() (QueuedCampaign, error) {
		q, err := readQueued(k.Queue, id, fields)
		for _, score := range due {
			if at, e := score.Result(); e == nil && err == nil {
				q.DueAt = time.Unix(int64(at), 0).UTC()
			}
		}
		return q, err
	}
}

func readQueued(queue, id string, fields *redis.SliceCmd) (QueuedCampaign, error) {
	msg, word, err := storedTask(fields)
	if err != nil {
		return QueuedCampaign{}, err
	}
	t, _, err := decodeStored(queue, msg)
	if err != nil {
		return QueuedCampaign{}, &unreadableError{err}
	}
	if t.First == nil || t.ID != id {
		return QueuedCampaign{}, &unreadableError{errors.New("the task is no first create")}
	}
	return QueuedCampaign{First: *t.First, State: taskStateOf(word)}, nil
}
