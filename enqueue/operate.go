package enqueue

import (
	"context"
	"errors"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/key"
	"github.com/octoq/octoq/internal/ledger"
	"github.com/octoq/octoq/internal/queue"
	"github.com/octoq/octoq/internal/random"
	"github.com/octoq/octoq/internal/record"
	"github.com/octoq/octoq/internal/task"
)

// Approve lets a campaign be confirmed that waits, or will wait, for a person:
// at what the approval covers and no more. Record.Shown approves what a record
// shows, campaign.UpTo any price up to a bound. Approving again is no error; the
// last approval holds. It fails with campaign.ErrNotFound, with
// campaign.ErrInvalid for an approval that says nothing, and with
// campaign.ErrState when it is too late, or when the campaign has become more
// than the approval covers; the record is then the present one.
func (c *Client) Approve(ctx context.Context, account, id string, a campaign.Approval) (campaign.Record, error) {
	r, err := c.change(ctx, account, id, func(r record.Record, now time.Time) (record.Record, []campaign.Entry, error) {
		after, entries, err := r.Approve(c.who, a)
		if err == nil && len(entries) > 0 { // not approved already
			err = r.InTime(now)
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
	dead := false
	r, err := c.change(ctx, account, id, func(r record.Record, _ time.Time) (record.Record, []campaign.Entry, error) {
		if dead = r.State == campaign.StateDead; dead {
			return r, nil, nil
		}
		return r.RequestCancel(c.who)
	})
	if err == nil && dead {
		r, err = c.cancelReplay(ctx, r)
	}
	if err != nil || r.State.Final() {
		return r.Record, err
	}
	c.wake(ctx, r, campaign.StageCancel)
	return r.Record, nil
}

// wake queues the record's step in a stage. The flag is written already, and what
// follows a write does not make it fail: a worker's sweep finds the campaign
// without its task within a minute or so.
func (c *Client) wake(ctx context.Context, r record.Record, s campaign.Stage) {
	step := r.Next()
	step.Stage = s
	_ = c.producer.Put(ctx, task.Task{Account: r.Account(), ID: r.ID(), Step: step}, time.Time{})
}

// change writes an operator's flag against the record it was decided on, and
// decides again if that has changed meanwhile.
func (c *Client) change(
	ctx context.Context, account, id string,
	decide func(r record.Record, now time.Time) (record.Record, []campaign.Entry, error),
) (record.Record, error) {
	account = named(account)
	if !campaign.ValidID(id) || !campaign.ValidAccount(account) {
		return record.Record{}, notFound(account, id)
	}
	token := random.Token()
	for {
		now, err := c.look(ctx, account, id)
		if err != nil {
			return now.record, err
		}
		after, entries, err := decide(now.record, now.at.Now)
		if err != nil || len(entries) == 0 {
			return now.record, err
		}
		verdict, err := c.commit(ctx, record.Change{
			Before: now.before, After: after, RunID: now.at.RunID, Token: token, Entries: entries,
		})
		if err != nil {
			return now.record, err
		}
		if verdict == record.CommitApplied {
			return after, nil
		}
	}
}

// commit writes an operator's flag. A campaign that is cancelled before any worker
// touched it takes its task along where ledger and queue are on one Redis; elsewhere
// its record stays until a worker has found the task cancelled.
func (c *Client) commit(ctx context.Context, ch record.Change) (record.CommitResult, error) {
	if ch.Before == nil && ch.After.State == campaign.StateCancelled {
		account, id := ch.After.Account(), ch.After.ID()
		w := queue.Withdraw(account, id, []string{key.Record(account, id), key.Log(account, id)}, c.ledger.Retention().Milliseconds())
		verdict, _, err := c.ledger.CommitAppending(ctx, ch, ledger.Append{Script: w.Script, Keys: w.Keys, Args: w.Args})
		if _, refused := errors.AsType[redis.Error](err); !refused {
			return verdict, err
		}
	}
	verdict, _, err := c.ledger.Commit(ctx, ch)
	return verdict, err
}

// decidable is a record that an operator's wish is decided on.
type decidable struct {
	before *record.Record // nil for a campaign that still waits in its queue and has no record
	record record.Record
	at     record.Snapshot
}

// look finds the record to decide on.
func (c *Client) look(ctx context.Context, account, id string) (decidable, error) {
	r, m, err := c.ledger.Load(ctx, account, id)
	if err == nil {
		return decidable{&r, r, m}, nil
	}
	if !errors.Is(err, campaign.ErrNotFound) {
		return decidable{nil, r, m}, err
	}
	q, err := c.producer.Existing(ctx, account, id)
	if errors.Is(err, campaign.ErrNotFound) {
		return c.lookAgain(ctx, account, id)
	}
	if err != nil {
		return decidable{nil, r, m}, err
	}
	return decidable{nil, q.First.Record(), m}, nil
}

// lookAgain asks the ledger once more: the campaign may have left its queue
// between the two looks.
func (c *Client) lookAgain(ctx context.Context, account, id string) (decidable, error) {
	r, m, err := c.ledger.Load(ctx, account, id)
	if errors.Is(err, campaign.ErrNotFound) {
		return decidable{nil, r, m}, notFound(account, id)
	}
	return decidable{&r, r, m}, err
}
