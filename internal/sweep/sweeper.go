package sweep

import (
	"context"
	"time"

	"github.com/octoq/octoq/campaign"
)

// Sweeper sweeps one account. Its fields are set once, before use.
type Sweeper struct {
	Account string
	Ledger  Ledger
	Queue   Queue
	// Orphans finds orphans whose cancel got lost; nil leaves them alone.
	Orphans     Orphans
	Maintenance []Maintenance
	// Tidying is maintenance that nothing waits for: it makes room.
	Tidying []Maintenance
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

// Maintenance is something else to put in order; it returns how much it found.
type Maintenance struct {
	Name string
	Do   func(ctx context.Context, account string) (int, error)
}

// Findings are what a sweep put back: wake-ups by state, and what maintenance
// found by name; and what it could not read.
type Findings map[string]int

// UnknownVersion is the name under which records are found that only a newer
// octoq can read. They are counted and left alone.
const UnknownVersion = "unknown_version"

func (s *Sweeper) cut(point string) {
	if s.Cut != nil {
		s.Cut(point)
	}
}
