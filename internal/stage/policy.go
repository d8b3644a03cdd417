package stage

import (
	"time"

	"github.com/octoq/octoq/campaign"
)

// Policy holds what the operator of an account may choose. All durations are
// positive.
type Policy struct {
	// Who is written into the timeline: the worker's name.
	Who string
	// Manual makes priced campaigns wait for a person, unless the campaign
	// itself says otherwise.
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
	// error means that it cannot be read. It is not asked for alert campaigns,
	// and may be nil itself.
	Window func(campaign.Campaign) (Window, error)
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

// fewTries is how often a call is repeated that is not expected to get better.
const fewTries = 5

// mostLost is how many tickets a run may lose before the campaign stops. Each
// is a campaign at the API that nobody can cancel, its ticket being unknown.
const mostLost = 3

// longestRetryAfter bounds what a Retry-After may ask for, as the limiter's
// cool-down does: one mistaken header must not cost a campaign its deadline.
const longestRetryAfter = time.Hour

func (p Policy) manual(c campaign.Campaign) bool {
	if c.Confirm == "" {
		return p.Manual
	}
	return c.Confirm == campaign.ConfirmManual
}

// backoff is exponential with full jitter above half a base, so that no two
// campaigns march in step and none comes back at once.
func (p Policy) backoff(streak int, retryAfter time.Duration) time.Duration {
	d := max(doubled(p.BackoffBase, streak-1, p.BackoffCap), p.BackoffBase)
	return max(p.BackoffBase/2+p.Jitter(d), min(retryAfter, longestRetryAfter))
}

// poll is the wait before the next look at a ticket that was looked at n times.
func (p Policy) poll(n int, retryAfter time.Duration) time.Duration {
	return max(doubled(p.PollFirst, n, p.PollCap), min(retryAfter, longestRetryAfter))
}

func doubled(d time.Duration, times int, limit time.Duration) time.Duration {
	for ; times > 0 && d < limit; times-- {
		d *= 2
	}
	return min(d, limit)
}
