package hold

import (
	"context"
	"time"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/record"
)

// Store keeps the hold of one account for all processes.
type Store interface {
	// Get returns the hold, nil when there is none, and the store's clock,
	// which the hold's times are to be compared with.
	Get(ctx context.Context) (*record.Hold, time.Time, error)
	// Find is Get for who needs the clock only where there is a hold: it is zero without one.
	Find(ctx context.Context) (*record.Hold, time.Time, error)
	// Swap writes the hold after (nil lifts it) if the hold still is before
	// (nil for none): the same since, reason, phase and tries. It reports
	// false, and changes nothing, if it is not. Repeating an applied Swap
	// reports true. Since is the store's to set and to keep; Paused is not written.
	Swap(ctx context.Context, before, after *record.Hold) (bool, error)
	// Blocked notes a create that was answered "another campaign awaits
	// approval" and returns how long such answers have come in a row, with no
	// create accepted in between, and how many.
	Blocked(ctx context.Context) (lasts time.Duration, answers int, err error)
}

// Marks remembers which queues octoq itself has paused. It outlives the hold.
type Marks interface {
	// Marks lists them: true means paused by octoq for sure, false that a pause
	// or its end was begun.
	Marks(ctx context.Context) (map[campaign.Stage]bool, error)
	Mark(ctx context.Context, s campaign.Stage, sure bool) error
	Unmark(ctx context.Context, s campaign.Stage) error
}

// Pauser pauses queues of the account. All of it may be repeated.
type Pauser interface {
	// Pause reports whether it changed anything: false means paused already.
	Pause(ctx context.Context, s campaign.Stage) (changed bool, err error)
	// Unpause is no error when the queue is not paused.
	Unpause(ctx context.Context, s campaign.Stage) error
	Paused(ctx context.Context, s campaign.Stage) (bool, error)
}

// Lease is held by the one process that leads: it pauses queues and tries the
// account.
type Lease interface {
	// TryAcquire takes or renews the lease and reports whether this process has
	// it. It then has it for well over Config.LeaseInterval plus Config.ProbeTimeout:
	// 30 s do for the defaults.
	TryAcquire(ctx context.Context) (bool, error)
	// Resign gives the lease up if this process has it, else does nothing.
	Resign(ctx context.Context) error
}

// Prober asks the API for the account's balance, through the limiter. Where it
// could not ask, the outcome is ClassNotSent.
type Prober interface {
	Balance(ctx context.Context) record.Outcome
}

// Ports are what a Controller works with. Only Run needs a Prober.
type Ports struct {
	Store  Store
	Marks  Marks
	Pauser Pauser
	Lease  Lease
	Prober Prober
	// InTheWay, if any, names for people which of octoq's campaigns may block
	// creates (126), and what to do about it.
	InTheWay func(ctx context.Context) (string, error)
	// Wake, if any, receives when the hold may have changed elsewhere. It must
	// not be closed while Run runs.
	Wake <-chan struct{}
	// OnChange, if any, is called for each change this Controller made: the hold as it
	// is now, or the one that was lifted, and by whom: a campaign's id, an
	// operator, or "probe". It must not block.
	OnChange func(a Action, h record.Hold, by string)
	// OnError, if any, is called with what went wrong in Run, which goes on. It
	// must not block.
	OnError func(error)
	// Random, if any, gives numbers in [0, 1) for the jitter.
	Random func() float64
}
