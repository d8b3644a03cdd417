package enqueue

import (
	"context"
	"errors"

	"github.com/redis/go-redis/v9"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/key"
	"github.com/octoq/octoq/internal/ledger"
	"github.com/octoq/octoq/internal/queue"
	"github.com/octoq/octoq/internal/record"
)

// change writes an operator's flag against the record it was decided on, and
// decides again if that has changed meanwhile.
func (c *Client) change(
	ctx context.Context, account, id string,
	decide func(r record.Record, m record.Snapshot) (record.Record, []campaign.Entry, error),
) (record.Record, error) {
	account = named(account)
	if !campaign.ValidID(id) || !campaign.ValidAccount(account) {
		return record.Record{}, notFound(account, id)
	}
	guard := ledger.GuardOf(ctx)
	token := guard.Name()
	for {
		now, err := c.look(ctx, account, id)
		if err == nil {
			err = guard.Allows(now.record)
		}
		if err != nil {
			return now.record, err
		}
		after, entries, err := decide(now.record, now.at)
		if err != nil || len(entries) == 0 {
			return now.record, err
		}
		ch := record.Change{Before: now.before, After: after, RunID: now.at.RunID, Token: token, Entries: entries, Policy: now.at.Policy}
		verdict, err := c.commit(ctx, ch, guard.Then)
		if err != nil {
			return now.record, err
		}
		if verdict == record.CommitApplied {
			return ch.Written(), nil
		}
	}
}

// commit writes an operator's flag. A campaign that is cancelled before any worker
// touched it takes its task along where ledger and queue are on one Redis; elsewhere
// its record stays until a worker has found the task cancelled. What then is follows in
// the same script.
func (c *Client) commit(ctx context.Context, ch record.Change, then ledger.Append) (record.CommitResult, error) {
	if ch.Before == nil && ch.After.State == campaign.StateCancelled {
		account, id := ch.After.Account(), ch.After.ID()
		w := queue.Withdraw(account, id, []string{key.Record(account, id), key.Log(account, id)}, c.ledger.Retention().Milliseconds())
		verdict, _, err := c.ledger.CommitAppending(ctx, ch, ledger.Append{Script: w.Script, Keys: w.Keys, Args: w.Args}.With(then))
		if _, refused := errors.AsType[redis.Error](err); !refused {
			return verdict, err
		}
	}
	verdict, _, err := c.ledger.CommitAppending(ctx, ch, then)
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
