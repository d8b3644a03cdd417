package sweep

import (
	"context"
	"fmt"
	"math"
	"time"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/record"
)

// OrphansFound is the name under which wake-ups for orphans are found.
const OrphansFound = "orphans"

// orphans puts back the wake-ups that cancel orphans. They are no step of the
// campaign's life, so its state says nothing of them: it may be long over.
func (s *Sweeper) orphans(ctx context.Context, before time.Time) (int, error) {
	if s.Orphans == nil {
		return 0, nil
	}
	page := func(cursor string) ([]string, string, error) {
		return s.Orphans.Orphaned(ctx, s.Account, before, cursor, batch)
	}
	found, _, err := paged(page, "", math.MaxInt, func(ids []string) (int, error) {
		return s.each(ctx, ids, cancels, record.Record.OrphanStep, s.putOrphans)
	})
	return found, err
}

func cancels(r record.Record, _ record.Snapshot) bool { return r.CancelsOrphans() }

// putOrphans queues the wake-up again under another number: the old one may still be
// there under its own, archived or without a worker.
func (s *Sweeper) putOrphans(ctx context.Context, r record.Record, m record.Snapshot) (int, error) {
	after := r
	after.OrphanEpoch++
	s.cut("before orphan epoch")
	verdict, _, err := s.Ledger.Commit(ctx, record.Change{
		Before: &r, After: after, RunID: m.RunID, Token: "s" + s.Token(),
		Entries: []campaign.Entry{{What: "orphans_put_back", Who: s.Who, State: r.State, Why: "the wake-up that cancels them was gone or stuck"}},
	})
	s.cut("after orphan epoch")
	if err != nil || verdict != record.CommitApplied {
		return 0, err
	}
	s.cut("before put orphans back")
	err = s.Queue.Put(ctx, after, after.OrphanStep(), time.Time{})
	s.cut("after put orphans back")
	if err != nil {
		return 0, fmt.Errorf("campaign %s: %w", r.ID(), err)
	}
	return 1, nil
}
