package sweep

import (
	"context"
	"math"
	"time"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/lifecycle"
	"github.com/octoq/octoq/internal/record"
)

// A crash shows in records that have just fallen idle, so each sweep looks at
// all of those; fresh is how long a record counts as such. There may be very
// many older ones, whose tasks wait for a window or a date, and which are found
// to be well each time: each sweep looks at so many of a state, and goes on
// there next time.
const (
	fresh = 2 * time.Minute
	older = 2000
)

// watched are the states whose records wait for a task.
func watched() []campaign.State {
	var states []campaign.State
	for _, s := range campaign.States() {
		if record.StageOf(s) != "" {
			states = append(states, s)
		}
	}
	return states
}

// state looks at the records that fell idle lately, all of them, and goes on
// with its walk over the older ones. Idle is what last changed before that time. Where there
// are few, one walk is both.
func (s *Sweeper) state(ctx context.Context, state campaign.State, before time.Time) (int, error) {
	since, cursor, until := before.Add(-fresh), s.cursors[state], before
	if cursor != "" {
		until = since
	}
	found, next, err := s.walk(ctx, state, time.Time{}, until, cursor, older)
	if s.cursors == nil {
		s.cursors = map[campaign.State]string{}
	}
	s.cursors[state] = next
	if err != nil || cursor == "" && next == "" {
		return found, err
	}
	n, _, err := s.walk(ctx, state, since, before, "", math.MaxInt)
	return found + n, err
}

// walk looks at idle records from a cursor on, at about so many of them, and
// returns where it stopped: "" at the end.
func (s *Sweeper) walk(ctx context.Context, state campaign.State, since, before time.Time, cursor string, budget int) (found int, next string, err error) {
	page := func(cursor string) ([]string, string, error) {
		return s.Ledger.Idle(ctx, s.Account, state, since, before, cursor, batch)
	}
	return paged(page, cursor, budget, func(ids []string) (int, error) {
		return s.each(ctx, ids, lifecycle.NeedsTask, record.Record.Next, s.putBack)
	})
}

// putBack queues the step again in the next epoch. The record is written
// first: if it has moved on meanwhile, there is nothing to put back.
func (s *Sweeper) putBack(ctx context.Context, r record.Record, m record.Snapshot) (int, error) {
	after := r
	after.Epoch++
	s.cut("before epoch")
	verdict, _, err := s.Ledger.Commit(ctx, record.Change{
		Before: &r, After: after, RunID: m.RunID, Token: "s" + s.Token(),
		Entries: []campaign.Entry{{What: "put_back", Who: s.Who, State: r.State, Why: "its task was gone or stuck"}},
	})
	s.cut("after epoch")
	if err != nil || verdict != record.CommitApplied {
		return 0, err
	}
	s.cut("before put back")
	defer s.cut("after put back")
	if after.State == campaign.StateDead {
		return 1, s.Queue.Bury(ctx, after, "")
	}
	var at time.Time
	if wait := r.DueAt.Sub(m.Now); wait > 0 {
		at = s.Now().Add(wait)
	}
	return 1, s.Queue.Put(ctx, after, after.Next(), at)
}
