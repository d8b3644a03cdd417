package hold

import (
	"context"
	"errors"
	"time"

	"github.com/octoq/octoq/campaign"
)

// mirrored are the queues that may stand still during a hold. Cancel goes on
// being served, so that a campaign not yet created is cancelled at once; the
// letters wait for people anyway.
func mirrored() []campaign.Stage {
	return []campaign.Stage{campaign.StageCreate, campaign.StageStatus, campaign.StageConfirm}
}

// stoppedBy are those that stand still during this hold.
func stoppedBy(h campaign.Hold) []campaign.Stage {
	var stages []campaign.Stage
	for _, s := range mirrored() {
		if h.Stops(campaign.Call(s)) { // these stages bear their calls' names
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
func (k *Keeper) mirror(ctx context.Context) (*campaign.Hold, time.Time, error) {
	h, now, err := k.Store.Get(ctx)
	if err != nil {
		return nil, now, err
	}
	if h == nil && k.tidy {
		return nil, now, nil
	}
	marks, err := k.Marks.Marks(ctx)
	if err != nil {
		return nil, now, err
	}
	k.tidy = false
	if h == nil || h.Phase == campaign.PhaseHalfOpen {
		err := k.resume(ctx, marks)
		k.tidy = err == nil && h == nil
		return h, now, err
	}
	resumed, err := k.pause(ctx, stoppedBy(*h), marks)
	if err != nil || !resumed {
		return h, now, err
	}
	return nil, now, k.resumedByHand(ctx, h, marks)
}

// resumedByHand lifts the hold after somebody resumed one of its queues: first
// the other queues, so that a crash leaves what looks the same, then the key.
func (k *Keeper) resumedByHand(ctx context.Context, h *campaign.Hold, marks map[campaign.Stage]bool) error {
	if err := k.resume(ctx, marks); err != nil {
		return err
	}
	_, err := k.swap(ctx, ActionLift, h, nil, ByMonitor)
	return err
}

// pause pauses what is not paused yet, and reports whether one of octoq's own
// pauses was ended by somebody else.
func (k *Keeper) pause(ctx context.Context, stages []campaign.Stage, marks map[campaign.Stage]bool) (resumed bool, err error) {
	for _, s := range stages {
		paused, err := k.Pauser.Paused(ctx, s)
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
		if err := k.pauseOne(ctx, s); err != nil {
			return false, err
		}
	}
	return false, nil
}

func (k *Keeper) pauseOne(ctx context.Context, s campaign.Stage) error {
	if err := k.Marks.Mark(ctx, s, false); err != nil {
		return err
	}
	if _, err := k.Pauser.Pause(ctx, s); err != nil {
		return err
	}
	return k.Marks.Mark(ctx, s, true)
}

// resume ends octoq's own pauses.
func (k *Keeper) resume(ctx context.Context, marks map[campaign.Stage]bool) error {
	var errs []error
	for _, s := range mirrored() {
		if _, marked := marks[s]; marked {
			errs = append(errs, k.resumeOne(ctx, s))
		}
	}
	return errors.Join(errs...)
}

func (k *Keeper) resumeOne(ctx context.Context, s campaign.Stage) error {
	if err := k.Marks.Mark(ctx, s, false); err != nil {
		return err
	}
	if err := k.Pauser.Unpause(ctx, s); err != nil {
		return err
	}
	return k.Marks.Unmark(ctx, s)
}
