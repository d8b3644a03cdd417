package enqueue

import (
	"context"
	"fmt"
	"time"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/record"
	"github.com/octoq/octoq/internal/task"
)

// Approve lets a campaign be confirmed that waits, or will wait, for a person:
// at what the approval covers and no more. Record.Shown approves what a record
// shows, campaign.UpTo any price up to a bound. Approving again is no error; the
// last approval holds. It fails with campaign.ErrNotFound, with
// campaign.ErrInvalid for an approval that says nothing, and with
// campaign.ErrState when it is too late, or when the campaign has become more
// than the approval covers; the record is then the present one. It fails with
// campaign.ErrFourEyes where the account's rules want another to approve.
func (c *Client) Approve(ctx context.Context, account, id string, a campaign.Approval) (campaign.Record, error) {
	r, err := c.change(ctx, account, id, func(r record.Record, m record.Snapshot) (record.Record, []campaign.Entry, error) {
		if why := m.Rules().MayNotApprove(c.who, r.Authors); why != "" {
			return r, nil, fmt.Errorf("approve campaign %s/%s: %w: %s", r.Account(), r.ID(), campaign.ErrFourEyes, why)
		}
		after, entries, err := r.Approve(c.who, a)
		if err == nil && len(entries) > 0 { // not approved already
			err = r.InTime(m.Now)
		}
		return after, entries, err
	})
	if err != nil {
		return r.Record, err
	}
	switch {
	case r.State == campaign.StateAwaitingApproval && r.Approved:
		c.wake(ctx, r, campaign.StageConfirm)
	case r.State == campaign.StateQueued && r.Run > 1: // by force, a run of its own
		c.wake(ctx, r, campaign.StageCreate)
	}
	return r.Record, nil
}

// Cancel asks that a campaign not be sent. One that no worker has touched is
// cancelled at once; any other is marked, and its worker does the rest, which
// Get shows. Cancelling twice is no error. It fails with campaign.ErrNotFound,
// and with campaign.ErrState once a confirm may have been made.
func (c *Client) Cancel(ctx context.Context, account, id string) (campaign.Record, error) {
	return c.CancelBecause(ctx, account, id, "")
}

// CancelBecause is Cancel with a reason for the timeline, of at most 500 characters.
func (c *Client) CancelBecause(ctx context.Context, account, id, reason string) (campaign.Record, error) {
	if err := record.CheckReason(reason); err != nil {
		return campaign.Record{}, err
	}
	dead := false
	r, err := c.change(ctx, account, id, func(r record.Record, _ record.Snapshot) (record.Record, []campaign.Entry, error) {
		if dead = r.State == campaign.StateDead; dead {
			return r, nil, nil
		}
		return r.RequestCancel(c.who, reason)
	})
	if err == nil && dead {
		r, err = c.cancelReplay(ctx, r, reason)
	}
	if err != nil || r.State.Final() {
		return r.Record, err
	}
	c.wake(ctx, r, campaign.StageCancel)
	return r.Record, nil
}

// Reject records a person's no to a campaign, with a reason of at most 500 characters for
// its authors. The campaign is cancelled as by Cancel, and its record says who
// rejected it and why. Once a confirm of it was tried it may have been sent, so there
// is nothing to cancel: it is dead then, of the class campaign.FailDeclined and
// maybe confirmed. It fails with campaign.ErrNotFound, with campaign.ErrInvalid
// without a reason, and with campaign.ErrState once it has ended or while its confirm
// is under way. Rejecting twice is no error; the first reason holds.
func (c *Client) Reject(ctx context.Context, account, id, reason string) (campaign.Record, error) {
	r, err := c.change(ctx, account, id, func(r record.Record, m record.Snapshot) (record.Record, []campaign.Entry, error) {
		return r.Reject(c.who, reason, m.Now)
	})
	switch {
	case err != nil:
	case r.State == campaign.StateDead:
		letter := task.LetterOf(r) // the sweep restores it, should it fail here
		_ = c.letters.Bury(ctx, task.Task{Account: r.Account(), ID: r.ID(), Step: r.Next(), Letter: &letter})
	case !r.State.Final():
		c.wake(ctx, r, campaign.StageCancel)
	}
	return r.Record, err
}

// wake queues the record's step in a stage. The flag is written already, and what
// follows a write does not make it fail: a worker's sweep finds the campaign
// without its task within a minute or so, or within five if the account sleeps.
func (c *Client) wake(ctx context.Context, r record.Record, s campaign.Stage) {
	_ = c.producer.PutStep(ctx, r, r.NextIn(s), time.Time{})
}
