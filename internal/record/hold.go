package record

import (
	"time"

	"github.com/octoq/octoq/campaign"
)

// HoldReason says why an account is stopped.
type HoldReason string

const (
	// HoldAccount: a refusal that every campaign of the account would get.
	HoldAccount HoldReason = "account"
	// HoldUnavailable: a run of unavailable answers over several campaigns.
	HoldUnavailable HoldReason = "unavailable"
	// HoldBlocked: for minutes the API has refused every create because another
	// campaign awaits approval (126). It stops creates alone: the campaign that blocks
	// may be octoq's, which then has to be confirmed or cancelled.
	HoldBlocked HoldReason = "blocked"
	// HoldOperator: set by hand; only a hand lifts it.
	HoldOperator HoldReason = "operator"
)

// HoldPhase is how far a hold is from being lifted.
type HoldPhase string

const (
	// PhaseHeld: nothing passes but a probe of the balance.
	PhaseHeld HoldPhase = "held"
	// PhaseHalfOpen: one campaign may pass; its answer decides.
	PhaseHalfOpen HoldPhase = "half_open"
)

// Hold is an account that is stopped.
type Hold struct {
	Account string     `json:"account"`
	Reason  HoldReason `json:"reason"`
	Phase   HoldPhase  `json:"phase"`
	Code    int        `json:"code,omitempty"`
	Message string     `json:"message,omitempty"`
	// Call is the kind of call that was refused, where only such a call can show
	// that the reason is gone; empty where any will do.
	Call  campaign.Call `json:"call,omitempty"`
	By    string        `json:"by"` // a campaign's id, or the operator's user
	Since time.Time     `json:"since"`
	// ProbeAt is when the account is next probed, and in a half-open hold when it is
	// lifted if no campaign has probed it; Tries counts the probes.
	ProbeAt time.Time `json:"probe_at,omitzero"`
	Tries   int       `json:"tries"`
	// LastBy is the campaign whose refusal last closed a half-open hold; others go first.
	LastBy string `json:"last_by,omitempty"`
	// Paused lists the queues that octoq paused for this hold: an operator's
	// own pause is not octoq's to undo.
	Paused []campaign.Stage `json:"paused,omitempty"`
}

// Stops reports whether the hold keeps a kind of call from being made. The
// balance can always be asked for.
func (h Hold) Stops(c campaign.Call) bool {
	return c != campaign.CallBalance && (h.Reason != HoldBlocked || c == campaign.CallCreate)
}
