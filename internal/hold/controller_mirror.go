package hold

import (
	"context"
	"errors"
	"time"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/record"
)

// mirrored are the queues that may stand still during a hold. Cancel goes on
// being served, so that a campaign not yet created is cancelled at once; the
// letters wait for people anyway.
func mirrored() []campaign.Stage {
	return []campaign.Stage{campaign.StageCreate, campaign.StageStatus, campaign.StageConfirm}
}

// stoppedBy are those that stand still during this hold.
func stoppedBy(h record.Hold) []campaign.Stage {
	var stages []campaign.Stage
	for _, s := range mirrored() {
		if h.Stops(campaign.Call(s)) { // these stages are named after their calls
			stages = append(stages, s)
		}
	}
	return stages
}

// mirror brings the pauses in line with the hold. Only the process that leads
// does it, so there is one writer.
//
// Each pause is marked as begun, made, and marked as sure; each end of one is
// marked as begun, made, and the mark taken away. Whatever a crash leaves, the
// next round finishes: a mark that is not sure is paused again during a hold,
// and set free without one. The hold's key comes first in all of this, also
// when a hold ends: the limiter reads the key alone, so a pause that outlives
// it delays and a pause that is late lets nothing through.
//
// A queue that is marked as sure and is not paused was resumed by hand: that
// lifts the hold, whatever its reason.
func (c *Controller) mirror(ctx context.Context) (*record.Hold, time.Time, error) {
	h, now, err := c.Store.Find(ctx)
	if err != nil {
		return nil, now, err
	}
	if h == nil && c.tidy {
		return nil, now, nil
	}
	marks, err := c.Marks.Marks(ctx)
	if err != nil {
		return nil, now, err
	}
	c.tidy = false
	if h == nil || h.Phase == record.PhaseHalfOpen {
		err := c.resume(ctx, marks)
		c.tidy = err == nil && h == nil
		return h, now, err
	}
	resumed, err := c.pause(ctx, stoppedBy(*h), marks)
	if err != nil || !resumed {
		return h, now, err
	}
	return nil, now, c.resumedByHand(ctx, h, marks)
}

// resumedByHand lifts the hold after one of its queues was resumed by hand: first
// the other queues, so that a crash leaves what looks the same, then the key.
func (c *Controller) resumedByHand(ctx context.Context, h *record.Hold, marks map[campaign.Stage]bool) error {
	if err := c.resume(ctx, marks); err != nil {
		return err
	}
	_, err := c.swap(ctx, ActionLift, h, nil, ByMonitor)
	return err
}

// pause pauses what is not paused yet, and reports whether one of octoq's own
// pauses was ended by hand.
func (c *Controller) pause(ctx context.Context, stages []campaign.Stage, marks map[campaign.Stage]bool) (resumed bool, err error) {
	for _, s := range stages {
		paused, err := c.Pauser.Paused(ctx, s)
		if err != nil {
			return false, err
		}
		sure, marked := marks[s]
		switch {
		case marked && sure && !paused:
			return true, nil
		case marked && sure, !marked && paused: // ours, or an operator's own
			continue
		}
		if err := c.pauseOne(ctx, s); err != nil {
			return false, err
		}
	}
	return false, nil
}

func (c *Controller) pauseOne(ctx context.Context, s campaign.Stage) error {
	if err := c.Marks.Mark(ctx, s, false); err != nil {
		return err
	}
	if _, err := c.Pauser.Pause(ctx, s); err != nil {
		return err
	}
	return c.Marks.Mark(ctx, s, true)
}

// resume ends octoq's own pauses.
func (c *Controller) resume(ctx context.Context, marks map[campaign.Stage]bool) error {
	var errs []error
	for _, s := range mirrored() {
		if _, marked := marks[s]; marked {
			errs = append(errs, c.resumeOne(ctx, s))
		}
	}
	return errors.Join(errs...)
}

func (c *Controller) resumeOne(ctx context.Context, s campaign.Stage) error {
	if err := c.Marks.Mark(ctx, s, false); err != nil {
		return err
	}
	if err := c.Pauser.Unpause(ctx, s); err != nil {
		return err
	}
	return c.Marks.Unmark(ctx, s)
}
