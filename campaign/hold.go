package campaign

import "time"

// HoldReason says why an account is stopped.
type HoldReason string

const (
	// HoldAccount: a refusal that every campaign of the account would get.
	HoldAccount HoldReason = "account"
	// HoldUnavailable: a run of unavailable answers over several campaigns.
	HoldUnavailable HoldReason = "unavailable"
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
	By      string     `json:"by"` // a campaign's id, or the operator's user
	Since   time.Time  `json:"since"`
	// ProbeAt is when the account is next tried; Tries counts the probes.
	ProbeAt time.Time `json:"probe_at,omitzero"`
	Tries   int       `json:"tries"`
	// LastBy is the campaign whose refusal last closed a half-open hold; others go first.
	LastBy string `json:"last_by,omitempty"`
	// Paused lists the queues that octoq paused for this hold: an operator's
	// own pause is not octoq's to undo.
	Paused []Stage `json:"paused,omitempty"`
}
