package lifecycle

import (
	"time"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/record"
)

// Policy holds what the operator of an account may choose. All durations are
// positive.
type Policy struct {
	// Who is written into the timeline: the worker's name.
	Who string
	// Manual makes priced campaigns wait for a person, whatever the campaign itself
	// says.
	Manual bool
	// ParkLost makes a campaign whose ticket was lost a dead letter instead of
	// creating it again.
	ParkLost bool
	// SendLate lets campaigns go out whose send_at has passed, unless the
	// campaign itself says otherwise.
	SendLate bool
	// Retention is how long records of campaigns that ended are kept; 0 is not known.
	Retention time.Duration
	// Window is the sending window that holds for a campaign, nil for none; an
	// error means that it cannot be read. Beside what the campaign says it is given that
	// of the account's rules. It is not asked for alert campaigns, and may be nil itself.
	Window func(c campaign.Campaign, rules string) (SendingWindow, error)
	// Deadline is how long a stage may take, counted from its first call.
	Deadline time.Duration
	// Claim is how long the claim of one call lasts. It has to outlast the
	// longest call by a good margin.
	Claim time.Duration
	// BackoffBase and BackoffCap shape the exponential back-off.
	BackoffBase, BackoffCap time.Duration
	// PollFirst is the wait before the first look at a new ticket, PollCap the
	// longest between two.
	PollFirst, PollCap time.Duration
	// Jitter returns a duration between 0 and the one given.
	Jitter func(time.Duration) time.Duration
}

// SendingWindow is when campaigns may go out, a function of time alone.
type SendingWindow interface {
	// At reports whether it is open at t, and when that changes next; the zero
	// time means not within a year.
	At(t time.Time) (open bool, change time.Time)
	// String is the window for people.
	String() string
}

// fewTries is how often a call is repeated that is not expected to get better.
const fewTries = 5

// MaxLostTickets is how many tickets a run may lose before the campaign stops. Each
// is a campaign at the API that cannot be cancelled, its ticket being unknown.
const MaxLostTickets = 3

// asksPerson reports whether a person approves the campaign's price before it is
// confirmed. What the account demands a campaign cannot undo.
func (p Policy) asksPerson(c campaign.Campaign) bool {
	return p.Manual || c.Confirm == campaign.ConfirmManual
}

func (p Policy) sendsLate(c campaign.Campaign) bool {
	if c.Late == "" {
		return p.SendLate
	}
	return c.Late == campaign.LateSend
}

// windowOf is the window that holds for a campaign; nil is always open.
func (p Policy) windowOf(c campaign.Campaign, m record.Snapshot) (SendingWindow, error) {
	if p.Window == nil || c.Purpose == campaign.PurposeAlert {
		return nil, nil
	}
	return p.Window(c, m.Rules().Window)
}
