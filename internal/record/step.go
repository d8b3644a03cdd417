package record

import "github.com/octoq/octoq/campaign"

// Stages lists all stages.
func Stages() []campaign.Stage {
	return []campaign.Stage{campaign.StageCreate, campaign.StageStatus, campaign.StageConfirm, campaign.StageCancel, campaign.StageDead}
}

// StageOf is the queue that a campaign in state s waits in; "" when it is final
// and has no letter.
func StageOf(s campaign.State) campaign.Stage {
	switch s {
	case campaign.StateQueued, campaign.StateCreating:
		return campaign.StageCreate
	case campaign.StateComputing:
		return campaign.StageStatus
	case campaign.StateReady, campaign.StateAwaitingApproval, campaign.StateConfirming:
		return campaign.StageConfirm
	case campaign.StateCancelling:
		return campaign.StageCancel
	case campaign.StateDead:
		return campaign.StageDead
	default:
		return ""
	}
}

// Step names one wake-up of one campaign. Its task id is built from it, so a
// conflict in the queue means that this very step is queued already.
type Step struct {
	Stage campaign.Stage
	Run   int
	Step  int
	Epoch int // raised by the sweep only
}
