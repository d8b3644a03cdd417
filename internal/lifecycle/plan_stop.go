package lifecycle

import (
	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/record"
)

// stopIfDue ends or turns a campaign that must not go on: cancelled, expired,
// overdue, too old to be asked for again, or dearer than what was approved. It
// reports whether it did.
func stopIfDue(d *draft, m record.Snapshot, p Policy) bool {
	call := callOf(d.Record)
	forgotten := d.WaitsForVouch() && stillForgotten(d.Record, m) // no operator has vouched
	switch {
	case d.CancelRequested && forgotten:
		d.die(campaign.Failure{
			Class:   campaign.FailForgotten,
			Message: "cancelled; Redis was replaced and may have forgotten that it was sent before: look at Octopush",
		}, m, true)
	case d.CancelRequested && !d.ConfirmTried && d.State != campaign.StateCancelling:
		startCancel(d, m)
	case expired(d.Record, m):
		d.die(campaign.Failure{Class: campaign.FailExpired, Message: "expires_at has passed before it could be confirmed"}, m, forgotten)
	case call == campaign.CallConfirm && d.SentOrphan == "" && sentByAnother(d.Record): // else a person decides
		d.die(campaign.Failure{Class: campaign.FailDuplicate, Message: "another ticket of this campaign may have been sent; see its orphans"}, m, true)
	case call == campaign.CallCreate && outlivedRecords(d.Record, m, p):
		d.die(campaign.Failure{
			Class: campaign.FailForgotten,
			Message: "it waited for longer than records are kept (" + p.Retention.String() +
				"), so it is unknown whether it was cancelled meanwhile; replay it if it is still wanted",
		}, m, false)
	case call == campaign.CallCreate && TooLateToCreate(d.Record, m):
		d.awaitVouch(m)
	case call != "" && overdue(d.Record, call, m, p.Deadline):
		passDeadline(d, call, m, p)
	default:
		return call == campaign.CallConfirm && d.askBeyondLimit(m)
	}
	return true
}

// resumeIfVouched lets a campaign go on that waited for a vouch, once the moment says
// that it may be created, or that the ticket is gone that the API did not know. It
// reports whether it did.
func resumeIfVouched(d *draft, m record.Snapshot) bool {
	const vouched = "an operator vouched that Redis has forgotten nothing"
	if !d.WaitsForVouch() || stillForgotten(d.Record, m) {
		return false
	}
	switch d.Removal {
	case record.RemovalDoubtful:
		d.removed(campaign.StateAwaitingApproval, m, vouched)
		return true
	case record.RemovalDoubtfulReady:
		d.removed(campaign.StateReady, m, vouched)
		return true
	}
	d.endWait(m)
	d.move(campaign.StateCreating, "resumed", vouched)
	return true
}

// outlivedRecords reports whether a campaign that no worker has claimed, and whose
// record, if it has one, an operator made, has waited for longer than records are kept:
// another one of the same id may have been there and gone.
func outlivedRecords(r record.Record, m record.Snapshot, p Policy) bool {
	since := r.EnqueuedAt
	if due := r.EnqueuedDue(); due.After(since) {
		since = due
	}
	unclaimed := r.Run == 1 && len(r.Started) == 0
	return unclaimed && p.Retention > 0 && m.Now.Sub(since) > p.Retention
}

// startCancel starts the cancel. A campaign without a ticket has nothing that
// could be sent: what was never confirmed is never sent.
func startCancel(d *draft, m record.Snapshot) {
	d.endWait(m)
	if d.Ticket == "" {
		d.move(campaign.StateCancelled, "cancelled", "before it had a ticket")
		return
	}
	d.move(campaign.StateCancelling, "cancelling", "asked for by an operator")
}

// passDeadline ends a stage whose deadline has passed. A cancel that the API never
// took ends as cancelled all the same: octoq will not confirm the ticket.
func passDeadline(d *draft, call campaign.Call, m record.Snapshot, p Policy) {
	if call == campaign.CallCancel {
		d.move(campaign.StateCancelled, "cancelled", "the API did not take the cancel before the deadline; ticket "+d.Ticket+" is left there unconfirmed")
		return
	}
	f := campaign.Failure{
		Class: campaign.FailDeadline, Attempts: d.AttemptsOf(call),
		Message: string(call) + " did not succeed within " + p.Deadline.String(),
	}
	if last := d.LastRefusal; last != nil {
		f.Code, f.HTTPStatus = last.Code, last.HTTPStatus
		f.Message += "; the last answer was: " + last.Message
	}
	if d.StatusWord != "" && call == campaign.CallStatus {
		f.Message += "; " + statusWord(d.StatusWord)
	}
	d.die(f, m, false)
}
