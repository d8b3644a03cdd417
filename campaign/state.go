package campaign

import "slices"

// State is where a campaign stands.
type State string

const (
	// StateQueued has not been created at the API yet; until a worker first
	// touches it, it has no record and its task is the record.
	StateQueued State = "queued"
	// StateCreating has a create under way or to be repeated.
	StateCreating State = "creating"
	// StateComputing has a ticket whose price is being computed.
	StateComputing State = "computing"
	// StateReady is priced and may be confirmed.
	StateReady State = "ready"
	// StateAwaitingApproval is priced and waits for a person.
	StateAwaitingApproval State = "awaiting_approval"
	// StateConfirming has a confirm under way.
	StateConfirming State = "confirming"
	// StateSent is final: the API took the confirm.
	StateSent State = "sent"
	// StateSimulated is final: created in simulation mode.
	StateSimulated State = "simulated"
	// StateCancelling has a cancel under way or to be repeated.
	StateCancelling State = "cancelling"
	// StateCancelled is final: it will not be sent.
	StateCancelled State = "cancelled"
	// StateDead stopped for good; its letter waits for a person.
	StateDead State = "dead"
	// StatePurged is the tombstone of a dead campaign that may have been
	// confirmed: its id stays taken.
	StatePurged State = "purged"
)

// States lists all states in the order of a campaign's life.
func States() []State {
	return []State{
		StateQueued, StateCreating, StateComputing, StateReady, StateAwaitingApproval,
		StateConfirming, StateSent, StateSimulated, StateCancelling, StateCancelled, StateDead, StatePurged,
	}
}

// Final reports whether octoq does nothing more by itself. A dead campaign is
// final until someone replays it.
func (s State) Final() bool {
	switch s {
	case StateSent, StateSimulated, StateCancelled, StateDead, StatePurged:
		return true
	default:
		return false
	}
}

// Valid reports whether s is a state octoq knows.
func (s State) Valid() bool { return slices.Contains(States(), s) }

// Stage is a queue of work; each account has one of each kind.
type Stage string

// The stages. Dead holds the letters of campaigns that stopped for good.
const (
	StageCreate  Stage = "create"
	StageStatus  Stage = "status"
	StageConfirm Stage = "confirm"
	StageCancel  Stage = "cancel"
	StageDead    Stage = "dead"
)
