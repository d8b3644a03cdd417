package stats

import (
	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/record"
)

// Ending is what the run of a campaign came to.
type Ending string

// What a run comes to. Unknown is one that ended although a confirm of it may have
// arrived (maybe_confirmed).
const (
	Sent      Ending = "sent"
	Unknown   Ending = "unknown"
	Dead      Ending = "dead"
	Cancelled Ending = "cancelled"
	Simulated Ending = "simulated"
)

// costs reports whether contacts and money belong to an outcome.
func (o Ending) costs() bool { return o == Sent || o == Unknown }

// endingOf is what a record counts as; ok is false while its run goes on, and for a
// tombstone, whose campaign was counted when it died.
func endingOf(r record.Record) (o Ending, ok bool) {
	switch {
	case r.State == campaign.StatePurged || !r.State.Final():
		return "", false
	case r.State == campaign.StateSent:
		return Sent, true
	case r.State == campaign.StateSimulated:
		return Simulated, true
	case r.MaybeConfirmed:
		return Unknown, true
	case r.State == campaign.StateCancelled:
		return Cancelled, true
	default:
		return Dead, true
	}
}
