package schedule

import (
	"context"
	"time"

	"github.com/octoq/octoq/campaign"
)

// Sight is what is known of an account's schedules at one moment.
type Sight struct {
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

// Move puts a schedule's cursor on, if it still stands where it was seen.
type Move struct{ Name, From, To string }

// Store keeps an account's schedules.
type Store interface {
	// Look takes in everything at one moment of one clock.
	Look(ctx context.Context, account, version string) (Sight, error)
	// Advance tells of each move whether it was this one that was made. It may
	// be repeated.
	Advance(ctx context.Context, account string, moves []Move) ([]bool, error)
}

// Queue takes the campaigns of ticks.
type Queue interface {
	// Enqueue returns nil for what is now in its queue, a
	// campaign.DuplicateError for an id that was known, campaign.ErrInvalid for
	// what will never be taken. After any other error a campaign may be there
	// or not, and is given again.
	Enqueue(ctx context.Context, campaigns []campaign.Campaign) []error
}

// What became of a tick or a schedule.
type What string

// All of them are names in log and metrics, and stable.
const (
	// WhatEnqueued: the tick's campaign is in its queue.
	WhatEnqueued What = "enqueued"
	// WhatKnown: somebody else had enqueued it.
	WhatKnown What = "known"
	// WhatTaken: the id is that of a campaign with another content, so this
	// tick's is not sent.
	WhatTaken What = "taken"
	// WhatRefused: the campaign is not valid by this octoq's rules.
	WhatRefused What = "refused"
	// WhatMissed: nobody enqueued the ticks from Tick to Until in time.
	WhatMissed What = "missed"
	// WhatAhead: the schedule's cursor stands in the future, at Until, as it does
	// after Redis's clock was put forward and back. There is no tick until then.
	WhatAhead What = "ahead"
	// WhatUnreadable: the schedule cannot be read, and is left to workers that
	// can.
	WhatUnreadable What = "unreadable"
)

// Event is something to be logged and counted.
type Event struct {
	What     What
	Schedule string
	Tick     time.Time
	Until    time.Time     // the last of the ticks, or where the cursor stands; WhatMissed and WhatAhead only
	ID       string        // of the campaign
	Late     time.Duration // after its tick; WhatEnqueued only
	Err      error         // why; of the bad ones
}
