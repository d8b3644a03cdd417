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

// moves is the one table of legal transitions. A state may always be written
// again as it is.
func moves(s State) []State {
	switch s {
	case StateQueued:
		return []State{StateCreating, StateAwaitingApproval, StateCancelled, StateDead}
	case StateCreating:
		return []State{StateComputing, StateAwaitingApproval, StateSimulated, StateCancelled, StateDead}
	case StateComputing:
		return []State{StateReady, StateAwaitingApproval, StateSent, StateCancelling, StateDead}
	case StateReady:
		return []State{StateConfirming, StateComputing, StateAwaitingApproval, StateCancelling, StateDead}
	case StateAwaitingApproval:
		return []State{StateConfirming, StateComputing, StateCreating, StateQueued, StateCancelling, StateCancelled, StateDead}
	case StateConfirming:
		return []State{StateSent, StateReady, StateComputing, StateDead}
	case StateCancelling:
		return []State{StateCancelled, StateSent, StateAwaitingApproval, StateDead}
	case StateDead:
		return []State{StateQueued, StateComputing, StateSent, StatePurged}
	default:
		return nil
	}
}

// CanMove reports whether a campaign may pass from one state to another.
func CanMove(from, to State) bool {
	return from == to || slices.Contains(moves(from), to)
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

// Stages lists all stages.
func Stages() []Stage {
	return []Stage{StageCreate, StageStatus, StageConfirm, StageCancel, StageDead}
}

// Stage is the queue that a campaign in state s waits in; "" when it is final
// and has no letter.
func (s State) Stage() Stage {
	switch s {
	case StateQueued, StateCreating:
		return StageCreate
	case StateComputing:
		return StageStatus
	case StateReady, StateAwaitingApproval, StateConfirming:
		return StageConfirm
	case StateCancelling:
		return StageCancel
	case StateDead:
		return StageDead
	default:
		return ""
	}
}

// Step names one wake-up of one campaign. Its task id is built from it, so a
// conflict in the queue means that this very step is queued already.
type Step struct {
	Stage Stage
	Run   int
	Step  int
	Epoch int // raised by the sweep only
}
