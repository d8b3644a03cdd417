package hold

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/octoq/octoq/internal/record"
)

// Set holds the account by hand until it is cleared by hand. A hold that
// exists becomes the operator's and keeps its time.
func (c *Controller) Set(ctx context.Context, by, message string) error {
	err := c.change(ctx, func(h *record.Hold, now time.Time) (Action, *record.Hold) {
		if h != nil && h.Reason == record.HoldOperator && h.By == by && h.Message == message {
			return ActionNone, nil
		}
		after := record.Hold{
			Account: c.account, Reason: record.HoldOperator, Phase: record.PhaseHeld, By: by, Message: message,
			Since: now,
		}
		if h != nil {
			// One more than before, so that the write differs from the hold
			// that it replaces and a repeat of it is known.
			after.Since, after.Tries = h.Since, h.Tries+1
		}
		return ActionSet, &after
	}, by)
	if err != nil {
		return err
	}
	c.mirrorIfLeading(ctx)
	return nil
}

// Clear lifts any hold by hand, and reports whether there was one.
func (c *Controller) Clear(ctx context.Context, by string) (bool, error) {
	found := false
	err := c.change(ctx, func(h *record.Hold, _ time.Time) (Action, *record.Hold) {
		if h == nil {
			return ActionNone, nil
		}
		found = true
		return ActionLift, nil
	}, by)
	if err != nil {
		return false, err
	}
	c.mirrorIfLeading(ctx)
	return found, nil
}

// mirrorIfLeading brings the queues in line at once if no other process leads.
// One that does knows of the change, or looks within a moment, and so does this
// one's Run. The hold is changed already, so trouble with the queues fails
// nothing: the next leader brings them in line.
func (c *Controller) mirrorIfLeading(ctx context.Context) {
	if c.running.Load() {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	leader, err := c.Lease.TryAcquire(ctx)
	if err == nil && leader {
		_, _, err = c.mirror(ctx)
		err = errors.Join(err, c.Lease.Resign(ctx))
	}
	if err != nil {
		c.OnError(fmt.Errorf("bring the queues of account %s in line with its hold: %w", c.account, err))
	}
}
