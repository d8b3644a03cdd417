package lifecycle

import (
	"time"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/record"
)

// SameStep reports whether a write left the campaign in the step that it was in, so
// that the same step is to be taken again.
func SameStep(before, after record.Record) bool {
	return before.Step == after.Step && before.Run == after.Run
}

// DueAt says when the record's step is due, on Redis's clock; the zero time means now.
func DueAt(before, after record.Record, m record.Snapshot, p Policy) time.Time {
	switch {
	case SameStep(before, after), !after.DueAt.IsZero():
		return after.DueAt
	case after.State == campaign.StateComputing:
		return m.Now.Add(p.PollFirst)
	default:
		return time.Time{}
	}
}

// FirstLook reports whether the record waits for the first look at a new ticket.
func FirstLook(r record.Record) bool {
	return r.State == campaign.StateComputing && r.DueAt.IsZero()
}

// WaitsForPerson reports whether the record waits for a person, who will wake it up.
// One that was asked to be cancelled while its price came goes on by itself.
func WaitsForPerson(r record.Record) bool {
	return r.State == campaign.StateAwaitingApproval && !r.CancelRequested && !r.Removal.UnderWay() && (r.WaitsForVouch() || !r.Approved)
}

// NeedsTask reports whether the record should have a task: a claim that is still
// good is being worked on, and a person is waited for without one.
func NeedsTask(r record.Record, m record.Snapshot) bool {
	if r.Next().Stage == "" || r.Claim != nil && !m.Now.After(r.Claim.Deadline) {
		return false
	}
	if r.WaitsForVouch() { // until an operator has vouched, or it is wanted no more
		expires := r.Campaign.ExpiresAt
		return r.CancelRequested || !stillForgotten(r, m) || !expires.IsZero() && m.Now.After(expires)
	}
	return !WaitsForPerson(r) || blocksOthers(r, m)
}

// isCurrentStep reports whether the step is the one that the record is in. An
// operator's cancel comes by the cancel queue whatever the state, so that it waits
// for no other stage.
func isCurrentStep(r record.Record, step record.Step) bool {
	if r.Run != step.Run || r.Step != step.Step {
		return false
	}
	return record.StageOf(r.State) == step.Stage || step.Stage == campaign.StageCancel && r.CancelRequested
}

// callOf is the call that a state asks for; none while a person is waited for.
func callOf(r record.Record) campaign.Call {
	switch {
	case r.WaitsForVouch(), r.Removal == record.RemovalDone:
		return ""
	case r.Removal.UnderWay():
		return campaign.CallCancel
	}
	switch r.State {
	case campaign.StateQueued, campaign.StateCreating:
		return campaign.CallCreate
	case campaign.StateComputing:
		return campaign.CallStatus
	case campaign.StateReady, campaign.StateConfirming:
		return campaign.CallConfirm
	case campaign.StateAwaitingApproval:
		if r.Approved {
			return campaign.CallConfirm
		}
	case campaign.StateCancelling:
		return campaign.CallCancel
	}
	return ""
}

// blocksOthers reports whether the record waits for a person with a ticket that is to be
// deleted, which no one has noticed: the account was answered 126 since.
func blocksOthers(r record.Record, m record.Snapshot) bool {
	return r.State == campaign.StateAwaitingApproval && WaitsForPerson(r) && !r.WaitsForVouch() && makesRoom(r, m)
}
