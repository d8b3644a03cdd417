package action

import (
	"slices"

	"github.com/octoq/octoq/campaign"
)

// Verb is what is done to each campaign.
type Verb string

// The verbs.
const (
	Approve Verb = "approve"
	Reject  Verb = "reject"
	Cancel  Verb = "cancel"
	Replay  Verb = "replay"
	Purge   Verb = "purge"
)

// Verbs are all verbs.
func Verbs() []Verb { return []Verb{Approve, Reject, Cancel, Replay, Purge} }

// Valid reports whether there is such a verb.
func (v Verb) Valid() bool { return slices.Contains(Verbs(), v) }

// states are those in which campaigns may be touched at all.
func (v Verb) states() []campaign.State {
	switch v {
	case Approve:
		return []campaign.State{campaign.StateAwaitingApproval}
	case Replay, Purge:
		return []campaign.State{campaign.StateDead}
	default:
		return slices.DeleteFunc(campaign.States(), campaign.State.Final)
	}
}
