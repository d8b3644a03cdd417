package hold

import (
	"time"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/record"
)

// Observation is one answer of the API, with what the account's calls taught
// together up to it.
type Observation struct {
	Call     campaign.Call
	Campaign string // its id
	Outcome  record.Outcome
	// Probe: the call was that of the one campaign which may pass a half-open hold.
	Probe bool
	// Streak is how many unavailable answers came in a row, this one included,
	// and Campaigns how many campaigns they were given to.
	Streak, Campaigns int
	// BlockedFor is how long creates have been answered "another campaign awaits
	// approval" (126) in a row, this answer included, and Blocked how many.
	BlockedFor time.Duration
	Blocked    int
}

// Action is what an observation means for the hold.
type Action string

const (
	// ActionNone leaves the hold, or its absence, as it is.
	ActionNone Action = "none"
	// ActionSet stops the account.
	ActionSet Action = "set"
	// ActionHalfOpen lets one campaign pass. Only a probe of the balance leads
	// to it, never an observation.
	ActionHalfOpen Action = "half_open"
	// ActionClose stops a half-open account again.
	ActionClose Action = "close"
	// ActionLift sets the account free.
	ActionLift Action = "lift"
)

// Decide says what an observation means for the hold h, nil for none.
//
// Without a hold, a refusal of the account sets one, and so does a row of
// unavailable answers over several campaigns. A hold that nothing may pass is
// not changed by answers to calls that were under way when it was set. In a
// half-open one the probe's answer decides. An operator's hold is changed by
// no answer.
//
// Creates that another campaign blocks for long (126) set a hold of creates
// alone. What would set a hold of everything replaces it.
func Decide(h *record.Hold, o Observation, c Config) Action {
	free := h == nil || h.Reason == record.HoldBlocked
	switch {
	case free && bad(o.Outcome) && (o.Outcome.Class == record.ClassAccount || c.row(o)):
		return ActionSet
	case h == nil && blocked(o) && o.BlockedFor >= c.BlockedFor && o.Blocked >= c.Blocked:
		return ActionSet
	case h == nil || h.Reason == record.HoldOperator || h.Phase != record.PhaseHalfOpen || !o.Probe:
		return ActionNone
	case bad(o.Outcome), h.Reason == record.HoldBlocked && blocked(o):
		return ActionClose
	case proves(*h, o):
		return ActionLift
	default:
		return ActionNone
	}
}

// row reports whether the streak is long and broad enough to blame the API.
func (c Config) row(o Observation) bool { return o.Streak >= c.Answers && o.Campaigns >= c.Campaigns }

// bad reports whether an answer speaks against the account or the API.
func bad(o record.Outcome) bool { return o.Class == record.ClassAccount || o.Unavailable() }

// blocked reports whether a create was refused because another campaign of the
// account awaits approval. Other calls prove nothing about creates.
func blocked(o Observation) bool {
	return o.Call == campaign.CallCreate && o.Outcome.Class == record.ClassTransient &&
		o.Outcome.Code == record.CodeAwaitsApproval
}

// proves reports whether a probe's answer shows that the reason of the hold is
// gone: only one to the kind of call that was refused does, where that is
// known. Credit is proved by an accepted confirm, and by an accepted create
// only where it was a create that was refused for it. For everything else a
// complete answer will do, but a 429 may come from a gateway that has not
// looked at the account.
func proves(h record.Hold, o Observation) bool {
	switch {
	case o.Outcome.Class == "":
		return false // no call was made
	case noCredit(h.Code):
		return o.Outcome.Class == record.ClassOK &&
			(o.Call == campaign.CallConfirm || o.Call == campaign.CallCreate && h.Call != campaign.CallConfirm)
	case h.Call != "" && o.Call != h.Call:
		return false
	case h.Reason == record.HoldAccount, h.Reason == record.HoldBlocked:
		return o.Outcome.Class != record.ClassThrottled
	default:
		return true
	}
}

func noCredit(code int) bool {
	return code == record.CodeNoCredit || code == record.CodeNoCreditOrdered
}

// opens reports whether the answer to a balance call lets one campaign try:
// any complete answer that does not speak against account or API. It need not
// be a good one. The campaign decides, and an account whose balance cannot be
// asked for must not be held for ever.
func opens(o record.Outcome) bool {
	return !bad(o) && o.Class != record.ClassThrottled && o.Class != ""
}
