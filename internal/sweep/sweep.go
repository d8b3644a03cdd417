package sweep

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/lifecycle"
)

// Ledger finds and changes records.
type Ledger interface {
	// Idle lists ids of a state whose last change is older than before and,
	// unless since is zero, not older than that: oldest first, at most n of
	// them, from a cursor ("" at first) to the next one ("" at the end).
	Idle(ctx context.Context, account string, s campaign.State, since, before time.Time, cursor string, n int) (ids []string, next string, err error)
	// LoadAll reads those of some records that are there, and the moment they
	// were read in; unknown counts those that only a newer octoq can read.
	LoadAll(ctx context.Context, account string, ids []string) (records []campaign.Record, unknown int, m campaign.Moment, err error)
	// Commit is that of the stages.
	Commit(ctx context.Context, ch campaign.Change) (campaign.Verdict, campaign.Moment, error)
}

// Wake is one step whose task is looked for.
type Wake struct {
	ID   string
	Step campaign.Step
}

// Queue knows what became of tasks, and queues them.
type Queue interface {
	// Stuck tells for each wake-up whether its task will not run by itself:
	// gone, archived, or active without a lease for a while.
	Stuck(ctx context.Context, account string, wakes []Wake) ([]bool, error)
	// Put and Bury are those of the stages.
	Put(ctx context.Context, account, id string, step campaign.Step, at time.Time) error
	Bury(ctx context.Context, r campaign.Record, refused string) error
}

// Chore is something else to be tidied; it returns how much it found.
type Chore struct {
	Name string
	Do   func(ctx context.Context, account string) (int, error)
}

// Sweeper sweeps one account. Its fields are set once, before use.
type Sweeper struct {
	Account string
	Ledger  Ledger
	Queue   Queue
	// Orphans finds orphans whose cancel got lost; nil leaves them alone.
	Orphans Orphans
	Chores  []Chore
	// Who is written into the timeline.
	Who string
	// Idle is how long a record has to be unchanged before it is looked at.
	Idle time.Duration
	// Token returns a new random token; Now is the local clock, by which asynq
	// wakes scheduled tasks.
	Token func() string
	Now   func() time.Time
	// Clock asks for Redis's time, by which the ledger writes when a record was
	// changed. By its own clock a worker that is slow would find nothing, and it
	// leads the sweep for as long as it lives.
	Clock func(context.Context) (time.Time, error)
	// Cut is called before and after each write, as in the stages. It may be nil.
	Cut func(point string)

	round   int
	cursors map[campaign.State]string // of the walks over older records
	unknown int                       // records of an unknown version, in this sweep
}

// UnknownVersion is the name under which records are found that only a newer
// octoq can read. They are counted and left alone.
const UnknownVersion = "unknown_version"

// lettersEvery is how many sweeps pass between two looks at the dead letters:
// there may be very many, nothing happens to them by themselves, and nobody
// waits for one that is missing.
const lettersEvery = 12

// A crash shows in records that have just fallen idle, so each sweep looks at
// all of those; fresh is how long a record counts as such. There may be very
// many older ones, whose tasks wait for a window or a date, and which are found
// to be well each time: each sweep looks at so many of a state, and goes on
// there next time.
const (
	fresh = 2 * time.Minute
	older = 2000
)

// batch is how many records one look takes, so that neither side is kept long.
const batch = 200

// Found says what a sweep put back: wake-ups by state, and what chores found by
// name; and what it could not read.
type Found map[string]int

// Sweep looks at everything once. It goes on after an error with the next
// state and reports all of them; what was found until then is returned too.
func (s *Sweeper) Sweep(ctx context.Context) (Found, error) {
	found := Found{}
	now, err := s.Clock(ctx)
	if err != nil {
		return found, fmt.Errorf("sweep account %s: ask Redis for the time: %w", s.Account, err)
	}
	idle := now.Add(-s.Idle)
	var errs []error
	s.unknown = 0
	defer func() {
		s.round++
		if s.unknown > 0 {
			found[UnknownVersion] = s.unknown
		}
	}()
	for _, state := range watched() {
		if state == campaign.StateDead && s.round%lettersEvery != 0 {
			continue
		}
		n, err := s.state(ctx, state, idle)
		if n > 0 {
			found[string(state)] += n
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("sweep %s campaigns of account %s: %w", state, s.Account, err))
		}
	}
	n, err := s.orphans(ctx, idle)
	if n > 0 {
		found[OrphansFound] = n
	}
	if err != nil {
		errs = append(errs, fmt.Errorf("sweep orphans of account %s: %w", s.Account, err))
	}
	for _, c := range s.Chores {
		n, err := c.Do(ctx, s.Account)
		if n > 0 {
			found[c.Name] += n
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("%s for account %s: %w", c.Name, s.Account, err))
		}
	}
	return found, errors.Join(errs...)
}

// watched are the states whose records wait for a task.
func watched() []campaign.State {
	var states []campaign.State
	for _, s := range campaign.States() {
		if s.Stage() != "" {
			states = append(states, s)
		}
	}
	return states
}

// state looks at the records that fell idle lately, all of them, and goes on
// with its walk over the older ones. Idle is what last changed before that time.
func (s *Sweeper) state(ctx context.Context, state campaign.State, before time.Time) (int, error) {
	since := before.Add(-fresh)
	found, _, err := s.walk(ctx, state, since, before, "", math.MaxInt)
	if err != nil {
		return found, err
	}
	n, next, err := s.walk(ctx, state, time.Time{}, since, s.cursors[state], older)
	if s.cursors == nil {
		s.cursors = map[campaign.State]string{}
	}
	s.cursors[state] = next
	return found + n, err
}

// walk looks at idle records from a cursor on, at about so many of them, and
// tells where it stopped: "" at the end.
func (s *Sweeper) walk(ctx context.Context, state campaign.State, since, before time.Time, cursor string, budget int) (found int, next string, err error) {
	page := func(cursor string) ([]string, string, error) {
		return s.Ledger.Idle(ctx, s.Account, state, since, before, cursor, batch)
	}
	return paged(page, cursor, budget, func(ids []string) (int, error) {
		return s.each(ctx, ids, lifecycle.NeedsTask, campaign.Record.Next, s.putBack)
	})
}

// paged has about so many ids looked at, page by page from a cursor on, and
// tells where it stopped: "" at the end.
func paged(page func(cursor string) ([]string, string, error), cursor string, budget int, look func(ids []string) (int, error)) (found int, next string, err error) {
	for {
		ids, next, err := page(cursor)
		if err != nil {
			return found, cursor, err
		}
		n, err := look(ids)
		found += n
		if budget -= len(ids); err != nil || next == "" || budget <= 0 {
			return found, next, err
		}
		cursor = next
	}
}

// each looks for the wake-ups of those of some records that should have one,
// has those put back that will not run, and counts them.
func (s *Sweeper) each(
	ctx context.Context, ids []string,
	wanted func(campaign.Record, campaign.Moment) bool, step func(campaign.Record) campaign.Step,
	putBack func(context.Context, campaign.Record, campaign.Moment) (int, error),
) (int, error) {
	if len(ids) == 0 {
		return 0, nil
	}
	records, unknown, m, err := s.Ledger.LoadAll(ctx, s.Account, ids)
	if err != nil {
		return 0, err
	}
	s.unknown += unknown
	records = slices.DeleteFunc(records, func(r campaign.Record) bool { return !wanted(r, m) })
	wakes := make([]Wake, len(records))
	for i, r := range records {
		wakes[i] = Wake{ID: r.ID(), Step: step(r)}
	}
	if len(wakes) == 0 {
		return 0, nil
	}
	stuck, err := s.Queue.Stuck(ctx, s.Account, wakes)
	if err != nil {
		return 0, err
	}
	var found int
	for i, r := range records {
		if !stuck[i] {
			continue
		}
		put, err := putBack(ctx, r, m)
		if err != nil {
			return found, err
		}
		found += put
	}
	return found, nil
}

// putBack queues the step again in the next epoch. The record is written
// first: if it has moved on meanwhile, there is nothing to put back.
func (s *Sweeper) putBack(ctx context.Context, r campaign.Record, m campaign.Moment) (int, error) {
	after := r
	after.Epoch++
	s.cut("before epoch")
	verdict, _, err := s.Ledger.Commit(ctx, campaign.Change{
		Before: &r, After: after, RunID: m.RunID, Token: "s" + s.Token(),
		Entries: []campaign.Entry{{What: "put_back", Who: s.Who, State: r.State, Why: "its task was gone or stuck"}},
	})
	s.cut("after epoch")
	if err != nil || verdict != campaign.VerdictApplied {
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
	return 1, s.Queue.Put(ctx, s.Account, r.ID(), after.Next(), at)
}

func (s *Sweeper) cut(point string) {
	if s.Cut != nil {
		s.Cut(point)
	}
}

// Run sweeps every interval until ctx ends, as often as lead says that it is
// this worker's turn. It hands what it found, and errors, to told.
func (s *Sweeper) Run(ctx context.Context, every time.Duration, lead func(context.Context) (bool, error), told func(Found, error)) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if ctx.Err() != nil { // both had come
			return
		}
		mine, err := lead(ctx)
		if err == nil && mine {
			var found Found
			found, err = s.Sweep(ctx)
			told(found, err)
			continue
		}
		if err != nil && ctx.Err() == nil {
			told(nil, err)
		}
	}
}
