package record

import (
	"fmt"
	"time"
	"unicode/utf8"

	"github.com/octoq/octoq/campaign"
)

// maxReason is how many characters a reason has at most.
const maxReason = 500

// CheckReason refuses a reason that is too long for a timeline, or no text. None is fine.
func CheckReason(reason string) error {
	if !utf8.ValidString(reason) || utf8.RuneCountInString(reason) > maxReason {
		return fmt.Errorf("%w: a reason is text of at most %d characters", campaign.ErrInvalid, maxReason)
	}
	return nil
}

// checkRejection is CheckReason for what the author of the campaign is to read.
func checkRejection(reason string) error {
	if reason == "" {
		return fmt.Errorf("%w: a rejection needs a reason, for those who wrote the campaign", campaign.ErrInvalid)
	}
	return CheckReason(reason)
}

// Reject records a person's no. The campaign is cancelled, with the person's name and reason. Once a
// confirm may have arrived there is nothing to cancel: it dies, marked as maybe
// confirmed, at a moment of Redis's clock. It is refused while a confirm is under way.
func (r Record) Reject(who, reason string, at time.Time) (Record, []campaign.Entry, error) {
	if err := checkRejection(reason); err != nil {
		return r, nil, err
	}
	underWay := r.Claim != nil && r.Claim.Call == campaign.CallConfirm
	switch {
	case r.rejected():
		return r, nil, nil
	case r.State.Final():
		return r, nil, r.refuse("reject", "")
	case underWay, r.State == campaign.StateConfirming && !r.ConfirmTried:
		return r, nil, r.refuse("reject", "its confirm has been asked for and cannot be taken back")
	case r.ConfirmTried:
		r, entries := r.decline(who, reason, at)
		return r, entries, nil
	}
	after, entries, err := r.RequestCancel(who, reason)
	after.RejectedBy, after.RejectReason = who, reason
	return after, append([]campaign.Entry{{What: "rejected", Who: who, Why: reason, State: r.State}}, entries...), err
}

// rejected reports whether a rejection stands.
func (r Record) rejected() bool {
	switch {
	case r.State == campaign.StateDead:
		return r.Failure != nil && r.Failure.Class == campaign.FailDeclined
	case r.State.Final():
		return r.State == campaign.StateCancelled && r.RejectedBy != ""
	default:
		return r.CancelRequested && r.RejectedBy != ""
	}
}

// decline ends a campaign that may have been sent, and that a person does not want
// sent once more.
func (r Record) decline(who, reason string, at time.Time) (Record, []campaign.Entry) {
	const message = "rejected after a confirm that was not answered: look at Octopush whether it was sent"
	rejected := campaign.Entry{What: "rejected", Who: who, Why: reason, State: r.State}
	r.Failure = &campaign.Failure{
		Class: campaign.FailDeclined, Message: message, Stage: StageOf(r.State),
		Attempts: r.Attempts.Confirm, At: at, Ticket: r.Ticket, MaybeConfirmed: true,
	}
	r.RejectedBy, r.RejectReason, r.MaybeConfirmed = who, reason, true
	r.Waiting, r.WaitingSince, r.WaitingFrom, r.DueAt = "", time.Time{}, time.Time{}, time.Time{}
	r.State, r.Step, r.Epoch, r.Streak = campaign.StateDead, r.Step+1, 0, 0
	return r, []campaign.Entry{rejected, {
		What: "died", Who: who, Why: string(campaign.FailDeclined) + ": " + message, State: r.State,
	}}
}
