package outbox

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

const (
	// passTimeout bounds how long rows stay locked.
	passTimeout = time.Minute
	// grace is how long a pass may go on once the relay is to stop.
	grace = 5 * time.Second
)

// errLeft is returned by a pass that left rows as they were although they were due.
var errLeft = errors.New("campaigns were left in the outbox: Redis did not take them in time")

// pass takes one batch out of the outbox and returns how many rows it found. The rows
// are locked by a transaction until it is written down what became of them. If that
// is never written down, because a process or a server dies, another pass does all of
// it again.
func (r *Relay) pass(ctx context.Context) (int, error) {
	if err := r.cfg.Client.Ping(ctx); err != nil {
		return 0, err // before any row counts a failed try
	}
	ctx, cancel := longer(ctx)
	defer cancel()
	tx, err := begin(ctx, r)
	if err != nil {
		return 0, err
	}
	defer func() { _ = tx.Rollback(context.WithoutCancel(ctx)) }() // after a commit it does nothing
	rows, err := take(ctx, tx, r.cfg.Batch)
	if err != nil {
		return 0, err
	}
	if len(rows) > 0 {
		if err := r.handOver(ctx, rows); err != nil {
			return 0, err
		}
		if err := settle(ctx, tx, rows); err != nil {
			return 0, err
		}
	}
	if err := tx.Commit(ctx); err != nil {
		return 0, fmt.Errorf("commit what became of the rows of the outbox: %w", err)
	}
	return len(rows), r.report(rows)
}

// Losing the commit of a pass when PostgreSQL crashes only repeats it, so no pass waits
// for the disk. Of the rest see takeSQL.
const beginSQL = `SET LOCAL synchronous_commit = off; SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off`

func begin(ctx context.Context, r *Relay) (pgx.Tx, error) {
	tx, err := r.cfg.Pool.Begin(ctx)
	if err != nil {
		return nil, fmt.Errorf("begin a transaction on the outbox: %w", err)
	}
	if _, err := tx.Exec(ctx, beginSQL); err != nil {
		_ = tx.Rollback(context.WithoutCancel(ctx))
		return nil, fmt.Errorf("begin a transaction on the outbox: %w", err)
	}
	return tx, nil
}

// longer is a context for a pass: it ends grace later than ctx does.
func longer(ctx context.Context) (context.Context, func()) {
	pass, cancel := context.WithTimeout(context.WithoutCancel(ctx), passTimeout)
	abandon := context.AfterFunc(ctx, func() {
		pause(pass, grace, nil)
		cancel()
	})
	return pass, func() { cancel(); abandon() }
}

// report counts and logs what became of rows, and returns an error if some are due
// and were left.
func (r *Relay) report(rows []*row) error {
	r.metrics.count(rows)
	var leftAny bool
	for _, one := range rows {
		switch one.fate {
		case refused:
			r.cfg.Logger.Error().Int64("seq", one.seq).Str("campaign", one.item.ID).Str("account", one.item.Account).Str("reason", one.reason).
				Msg("a campaign of the outbox was refused for good")
		case postponed:
			r.delayed.met(fmt.Errorf("campaign %s/%s: %s", one.item.Account, one.item.ID, one.reason))
		case left:
			leftAny = true
		case enqueued, known:
		}
	}
	if leftAny {
		return errLeft
	}
	return nil
}
