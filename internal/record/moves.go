package record

import (
	"slices"

	"github.com/octoq/octoq/campaign"
)

// moves is the one table of legal transitions. A state may always be written
// again as it is.
func moves(s campaign.State) []campaign.State {
	switch s {
	case campaign.StateQueued:
		return []campaign.State{campaign.StateCreating, campaign.StateAwaitingApproval, campaign.StateCancelled, campaign.StateDead}
	case campaign.StateCreating:
		return []campaign.State{campaign.StateComputing, campaign.StateAwaitingApproval, campaign.StateSimulated, campaign.StateCancelled, campaign.StateDead}
	case campaign.StateComputing:
		return []campaign.State{campaign.StateReady, campaign.StateAwaitingApproval, campaign.StateSent, campaign.StateCancelling, campaign.StateDead}
	case campaign.StateReady:
		return []campaign.State{campaign.StateConfirming, campaign.StateComputing, campaign.StateCreating, campaign.StateAwaitingApproval, campaign.StateSent, campaign.StateCancelling, campaign.StateCancelled, campaign.StateDead}
	case campaign.StateAwaitingApproval:
		return []campaign.State{campaign.StateReady, campaign.StateSent, campaign.StateConfirming, campaign.StateComputing, campaign.StateCreating, campaign.StateQueued, campaign.StateCancelling, campaign.StateCancelled, campaign.StateDead}
	case campaign.StateConfirming:
		return []campaign.State{campaign.StateSent, campaign.StateReady, campaign.StateComputing, campaign.StateDead}
	case campaign.StateCancelling:
		return []campaign.State{campaign.StateCancelled, campaign.StateSent, campaign.StateAwaitingApproval, campaign.StateDead}
	case campaign.StateDead:
		return []campaign.State{campaign.StateQueued, campaign.StateComputing, campaign.StateSent, campaign.StatePurged}
	default:
		return nil
	}
}

// CanMove reports whether a campaign may pass from one state to another.
func CanMove(from, to campaign.State) bool {
	return from == to || slices.Contains(moves(from), to)
}
