package enqueue

import (
	"context"
	"errors"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/record"
	"github.com/octoq/octoq/internal/task"
)

// cancelReplay cancels the replay of a dead campaign that was asked for and that no
// worker has begun. Without one there is nothing to cancel: a dead campaign is not sent.
func (c *Client) cancelReplay(ctx context.Context, r record.Record, reason string) (record.Record, error) {
	old := r.Next()
	asked, err := c.replayAsked(ctx, r)
	if err != nil {
		return r, err
	}
	if !asked {
		_, _, err := r.RequestCancel(c.who, reason)
		return r, err
	}
	after, err := c.change(ctx, r.Account(), r.ID(), func(r record.Record, _ record.Snapshot) (record.Record, []campaign.Entry, error) {
		if r.State == campaign.StateDead && r.Next() == old {
			return r.StopReplay(c.who, reason)
		}
		return r.RequestCancel(c.who, reason) // the replay has begun
	})
	if err != nil || after.State != campaign.StateDead {
		return after, err
	}
	// What follows is done by the sweep, too, should it fail here.
	letter := task.LetterOf(after)
	_ = c.letters.Bury(ctx, task.Task{Account: r.Account(), ID: r.ID(), Step: after.Next(), Letter: &letter})
	_ = c.letters.Delete(ctx, r.Account(), r.ID(), old)
	return after, nil
}

// replayAsked reports whether the letter was run, be it with asynq's own tools.
func (c *Client) replayAsked(ctx context.Context, r record.Record) (bool, error) {
	b, err := c.letters.At(ctx, r.Account(), r.ID(), r.Next())
	if errors.Is(err, campaign.ErrNotFound) {
		return r.ReplayBy != "", nil
	}
	return b.Running || r.ReplayBy != "", err
}
