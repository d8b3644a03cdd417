package queue

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/asynqwire"
	"github.com/octoq/octoq/internal/key"
	"github.com/octoq/octoq/internal/record"
)

// Pause stops a stage's servers from taking tasks; what they have goes on. It
// reports whether it was not paused before.
func (i *Inspector) Pause(ctx context.Context, account string, s campaign.Stage) (changed bool, err error) {
	k := asynqwire.KeysOf(key.Queue(account, s))
	var set *redis.BoolCmd
	_, _ = i.client.Pipelined(ctx, func(pipe redis.Pipeliner) error {
		pipe.SAdd(ctx, asynqwire.QueueSet, k.Queue) // so that asynqmon shows it; the queue is paused without it, too
		set = pipe.SetNX(ctx, k.Paused(), strconv.FormatInt(time.Now().Unix(), 10), 0)
		return nil
	})
	if err = set.Err(); err != nil {
		return false, fmt.Errorf("pause queue %s: %w", k.Queue, err)
	}
	return set.Val(), nil
}

// Unpause lets a stage's servers go on at once. It reports whether it was paused.
func (i *Inspector) Unpause(ctx context.Context, account string, s campaign.Stage) (changed bool, err error) {
	k := asynqwire.KeysOf(key.Queue(account, s))
	deleted, err := i.client.Del(ctx, k.Paused()).Result()
	if err != nil {
		return false, fmt.Errorf("resume queue %s: %w", k.Queue, err)
	}
	if deleted > 0 {
		// If it fails, the servers look within a second anyway.
		_ = publish(ctx, i.client, k.Queue)
	}
	return deleted > 0, nil
}

// Paused reports which of an account's stages are paused, by a hold or by hand.
func (i *Inspector) Paused(ctx context.Context, account string) (map[campaign.Stage]bool, error) {
	asked := map[campaign.Stage]*redis.IntCmd{}
	_, err := i.client.Pipelined(ctx, func(pipe redis.Pipeliner) error {
		for _, s := range record.Stages() {
			asked[s] = pipe.Exists(ctx, asynqwire.KeysOf(key.Queue(account, s)).Paused())
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

// Pauses steers the pauses of one account's queues.
type Pauses struct {
	inspector *Inspector
	account   string
}

// Pauses gives access to the pauses of an account.
func (i *Inspector) Pauses(account string) *Pauses { return &Pauses{inspector: i, account: account} }

// Pause is Inspector.Pause for the account.
func (p *Pauses) Pause(ctx context.Context, s campaign.Stage) (bool, error) {
	return p.inspector.Pause(ctx, p.account, s)
}

// Unpause lets a stage's servers go on; one that is not paused is no error.
func (p *Pauses) Unpause(ctx context.Context, s campaign.Stage) error {
	_, err := p.inspector.Unpause(ctx, p.account, s)
	return err
}

// Paused reports whether a stage is paused, by a hold or by hand.
func (p *Pauses) Paused(ctx context.Context, s campaign.Stage) (bool, error) {
	paused, err := p.inspector.Paused(ctx, p.account)
	return paused[s], err
}
