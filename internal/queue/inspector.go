package queue

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/key"
)

// Inspector looks at queues from outside, for the sweep, the operators and the
// metrics, and puts back what got stuck.
type Inspector struct{ client redis.UniversalClient }

// NewInspector makes an inspector; the client is not closed by it.
func NewInspector(client redis.UniversalClient) *Inspector { return &Inspector{client: client} }

// maxLook bounds the commands of one pipeline.
const maxLook = 512

// Ref names a task.
type Ref struct{ Queue, TaskID string }

// Sight is where a task was seen.
type Sight struct {
	State State
	// Since is when the lease of an orphaned task ended; zero when not known,
	// and for all others.
	Since time.Time
}

// Look tells where tasks stand, in the order they are asked for. A lease that
// ended before now makes an active task orphaned.
func (i *Inspector) Look(ctx context.Context, now time.Time, refs []Ref) ([]Sight, error) {
	sights := make([]Sight, 0, len(refs))
	for len(refs) > 0 {
		n := min(len(refs), maxLook)
		seen, err := i.look(ctx, now, refs[:n])
		if err != nil {
			return nil, fmt.Errorf("look for %d tasks: %w", n, err)
		}
		sights, refs = append(sights, seen...), refs[n:]
	}
	return sights, nil
}

func (i *Inspector) look(ctx context.Context, now time.Time, refs []Ref) ([]Sight, error) {
	pipe := i.client.Pipeline()
	states := make([]*redis.StringCmd, len(refs))
	sizes := make([]*redis.IntCmd, len(refs))
	leases := make([]*redis.FloatCmd, len(refs))
	for at, r := range refs {
		n := namesOf(r.Queue)
		states[at] = pipe.HGet(ctx, n.task(r.TaskID), "state")
		sizes[at] = pipe.HStrLen(ctx, n.task(r.TaskID), "msg")
		leases[at] = pipe.ZScore(ctx, n.lease(), r.TaskID)
	}
	if _, err := pipe.Exec(ctx); err != nil && !isNil(err) {
		return nil, err
	}
	sights := make([]Sight, len(refs))
	for at := range refs {
		if sizes[at].Val() > 0 { // without a message it is no task
			sights[at] = sightOf(states[at].Val(), leases[at], now)
		} else {
			sights[at] = Sight{State: StateMissing}
		}
	}
	return sights, nil
}

func sightOf(word string, lease *redis.FloatCmd, now time.Time) Sight {
	s := Sight{State: stateOf(word)}
	if s.State != StateActive {
		return s
	}
	if lease.Err() != nil {
		return Sight{State: StateOrphaned}
	}
	if end := time.Unix(int64(lease.Val()), 0).UTC(); end.Before(now) {
		return Sight{State: StateOrphaned, Since: end}
	}
	return s
}

// Depth is the number of a queue's tasks.
type Depth struct{ Pending, Active, Scheduled, Retry, Archived int64 }

// Depths counts the tasks of an account's queues.
func (i *Inspector) Depths(ctx context.Context, account string) (map[campaign.Stage]Depth, error) {
	type counts struct{ pending, active, scheduled, retry, archived *redis.IntCmd }
	asked := map[campaign.Stage]counts{}
	_, err := i.client.Pipelined(ctx, func(pipe redis.Pipeliner) error {
		for _, s := range campaign.Stages() {
			n := namesOf(key.Queue(account, s))
			asked[s] = counts{
				pipe.LLen(ctx, n.pending()), pipe.LLen(ctx, n.active()), pipe.ZCard(ctx, n.scheduled()),
				pipe.ZCard(ctx, n.retry()), pipe.ZCard(ctx, n.archived()),
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("count the tasks of account %s: %w", account, err)
	}
	depths := map[campaign.Stage]Depth{}
	for s, c := range asked {
		depths[s] = Depth{c.pending.Val(), c.active.Val(), c.scheduled.Val(), c.retry.Val(), c.archived.Val()}
	}
	return depths, nil
}

// Pause stops a stage's servers from taking tasks; what they have goes on. It
// reports whether it was not paused before.
func (i *Inspector) Pause(ctx context.Context, account string, s campaign.Stage) (changed bool, err error) {
	n := namesOf(key.Queue(account, s))
	var set *redis.BoolCmd
	_, _ = i.client.Pipelined(ctx, func(pipe redis.Pipeliner) error {
		pipe.SAdd(ctx, knownQueues, n.queue) // so that asynqmon shows it; the queue is paused without it, too
		set = pipe.SetNX(ctx, n.paused(), strconv.FormatInt(time.Now().Unix(), 10), 0)
		return nil
	})
	if err = set.Err(); err != nil {
		return false, fmt.Errorf("pause queue %s: %w", n.queue, err)
	}
	return set.Val(), nil
}

// Unpause lets a stage's servers go on at once. It reports whether it was paused.
func (i *Inspector) Unpause(ctx context.Context, account string, s campaign.Stage) (changed bool, err error) {
	n := namesOf(key.Queue(account, s))
	deleted, err := i.client.Del(ctx, n.paused()).Result()
	if err != nil {
		return false, fmt.Errorf("resume queue %s: %w", n.queue, err)
	}
	if deleted > 0 {
		// If it fails, the servers look within a second anyway.
		_ = publish(ctx, i.client, n.queue)
	}
	return deleted > 0, nil
}

// Paused reports which of an account's stages are paused, whoever did it.
func (i *Inspector) Paused(ctx context.Context, account string) (map[campaign.Stage]bool, error) {
	asked := map[campaign.Stage]*redis.IntCmd{}
	_, err := i.client.Pipelined(ctx, func(pipe redis.Pipeliner) error {
		for _, s := range campaign.Stages() {
			asked[s] = pipe.Exists(ctx, namesOf(key.Queue(account, s)).paused())
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("look which queues of account %s are paused: %w", account, err)
	}
	paused := map[campaign.Stage]bool{}
	for s, cmd := range asked {
		paused[s] = cmd.Val() > 0
	}
	return paused, nil
}
