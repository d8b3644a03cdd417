package engine

import (
	"context"
	"time"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/ledger"
	"github.com/octoq/octoq/internal/metrics"
	"github.com/octoq/octoq/internal/record"
)

// loggingLedger is the ledger. It logs each change of a campaign's state, once that is
// written, and counts the sent and the dead.
type loggingLedger struct {
	*ledger.Store
	log     accountLog
	metrics *metrics.Worker
}

// Commit writes a change.
func (l *loggingLedger) Commit(ctx context.Context, ch record.Change) (record.CommitResult, record.Snapshot, error) {
	return l.CommitAppending(ctx, ch, ledger.Append{})
}

// CommitAppending is Commit with a script that follows.
func (l *loggingLedger) CommitAppending(ctx context.Context, ch record.Change, then ledger.Append) (record.CommitResult, record.Snapshot, error) {
	result, at, err := l.Store.CommitAppending(ctx, ch, then)
	if err != nil || result != record.CommitApplied {
		return result, at, err
	}
	was := campaign.StateQueued
	if ch.Before != nil {
		was = ch.Before.State
	}
	if r := ch.After; r.State != was {
		l.logMoved(r, at.Now)
	}
	return result, at, err
}

// logMoved says where a campaign is now, and counts it where it has ended.
func (l *loggingLedger) logMoved(r record.Record, now time.Time) {
	log := l.log.Info()
	if r.State == campaign.StateSent && !r.EnqueuedAt.IsZero() {
		l.metrics.Sent(r.Account(), r.Campaign.Purpose, now.Sub(r.EnqueuedAt), r.Cost)
	}
	if r.State == campaign.StateDead && r.Failure != nil {
		l.metrics.Died(r.Account(), r.Failure.Class)
		log = l.log.Warn().Str(logClass, string(r.Failure.Class)).Int(logCode, r.Failure.Code).
			Str(logMessage, r.Failure.Message).Bool("maybe_confirmed", r.MaybeConfirmed)
	}
	log.Str(logID, r.ID()).Str(logState, string(r.State)).Str(logTicket, r.Ticket).Int("run", r.Run).Msg("campaign moved")
}
