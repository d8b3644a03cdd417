package schedule

import (
	"context"
	"time"

	"github.com/octoq/octoq/campaign"
)

// Overview is what is known of an account's schedules at one moment.
type Overview struct {
	// Now is the time of the Redis that answered.
	Now time.Time
	// Version changes with every schedule that is added, replaced or removed.
	Version string
	// Changed says that Version is another than the one that was given;
	// Schedules holds all of them, encoded, by name then, and nothing otherwise.
	Changed   bool
	Schedules map[string]string
	// Cursors are those of all schedules, encoded.
	Cursors map[string]string
}

// CursorMove puts a schedule's cursor on, if it still stands at From.
type CursorMove struct{ Name, From, To string }

// Store keeps an account's schedules.
type Store interface {
	// Read returns everything at one moment of one clock. version is the one that
	// the caller knows.
	Read(ctx context.Context, account, version string) (Overview, error)
	// Advance reports for each move whether it was this one that was made. It may
	// be repeated.
	Advance(ctx context.Context, account string, moves []CursorMove) ([]bool, error)
}

// Queue takes the campaigns of ticks.
type Queue interface {
	// Enqueue returns nil for what is now in its queue, a
	// campaign.DuplicateError for an id that was known, campaign.ErrInvalid for
	// what will never be taken. After any other error a campaign may be there
	// or not, and is given again.
	Enqueue(ctx context.Context, ticks []TickCampaign) []error
}

// TickCampaign is the campaign of a tick, with its schedule and the author of that.
type TickCampaign struct {
	Campaign            campaign.Campaign
	Schedule, CreatedBy string
}

// EventKind says what became of a tick or a schedule.
type EventKind string

// All of them are names in log and metrics, and stable.
const (
	// EventEnqueued: the tick's campaign is in its queue.
	EventEnqueued EventKind = "enqueued"
	// EventKnown: another worker had enqueued it.
	EventKnown EventKind = "known"
	// EventTaken: the id is that of a campaign with another content, so this
	// tick's is not sent.
	EventTaken EventKind = "taken"
	// EventRefused: the campaign is not valid by this octoq's rules.
	EventRefused EventKind = "refused"
	// EventMissed: no worker enqueued the ticks from Tick to Until in time.
	EventMissed EventKind = "missed"
	// EventAhead: the schedule's cursor lies in the future, at Until, as it does
	// after Redis's clock was put forward and back. There is no tick until then.
	EventAhead EventKind = "ahead"
	// EventUnreadable: the schedule cannot be read, and is left to workers that
	// can.
	EventUnreadable EventKind = "unreadable"
)

// TickEvent is something to be logged and counted.
type TickEvent struct {
	Kind     EventKind
	Schedule string
	Tick     time.Time
	Until    time.Time     // the last of the ticks, or where the cursor stands; EventMissed and EventAhead only
	ID       string        // of the campaign
	Late     time.Duration // after its tick; EventEnqueued only
	Err      error         // why; of the bad ones
}
