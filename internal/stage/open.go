package stage

import (
	"time"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/lifecycle"
)

// act is what a plan asks for.
type act int

const (
	actDone  act = iota // nothing to do for this wake-up
	actAgain            // come back at plan.at
	actWrite            // write plan.after, then look again
	actCall             // make plan.call, after writing plan.after if it is claimed
)

// plan is what Open decided.
type plan struct {
	act     act
	at      time.Time
	call    campaign.Call
	claimed bool
	after   campaign.Record
	entries []campaign.Entry
}

// open decides what a wake-up for a step does, before any call is made. It is
// pure: the same record, step and moment give the same plan. token names the
// claim that a call is made under.
func open(r campaign.Record, step campaign.Step, m campaign.Moment, p Policy, token string) plan {
	if r.State.Final() || !wanted(r, step) {
		return plan{act: actDone}
	}
	if r.Claim != nil {
		return takeOver(r, m, p)
	}
	d := edit(r, p.Who)
	if stopped(d, m, p) || vouched(d, m) {
		return plan{act: actWrite, after: d.Record, entries: d.entries}
	}
	call := callOf(r)
	switch {
	case call == "":
		return plan{act: actDone}
	case call == campaign.CallCreate && m.Now.Before(r.Campaign.NotBefore):
		return plan{act: actAgain, at: r.Campaign.NotBefore}
	}
	if t := turnOf(r, call, m, p); !t.now() {
		return t.take(d, m)
	}
	return claim(d, call, m, p, token)
}

// wanted reports whether the step is the record's own. An operator's cancel
// comes by the cancel queue whatever the state, so that it waits for no other
// stage.
func wanted(r campaign.Record, step campaign.Step) bool {
	if r.Run != step.Run || r.Step != step.Step {
		return false
	}
	return r.State.Stage() == step.Stage || step.Stage == campaign.StageCancel && r.CancelRequested
}

// callOf is the call that a state asks for; none while a person is waited for.
func callOf(r campaign.Record) campaign.Call {
	if r.WaitsForVouch() {
		return ""
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

// takeOver waits for a claim that is still good, and reads one that has
// expired as an unanswered call, before anything else is decided.
func takeOver(r campaign.Record, m campaign.Moment, p Policy) plan {
	if !m.Now.After(r.Claim.Deadline) {
		return plan{act: actAgain, at: r.Claim.Deadline.Add(time.Second)}
	}
	d := edit(r, p.Who)
	call, on := r.Claim.Call, r.Claim.On
	d.Claim = nil
	d.Attempts.Add(call)
	const why = "the worker that held the claim did not come back with an answer"
	switch call {
	case campaign.CallConfirm:
		d.unansweredConfirm(why, m, p, 0)
	case campaign.CallCreate:
		d.unansweredCreate(on)
		d.tell("create_unanswered", why)
	default:
		d.tell(string(call)+"_unanswered", why)
	}
	return plan{act: actWrite, after: d.Record, entries: d.entries}
}

// stopped ends or turns a campaign that must not go on: cancelled, expired,
// overdue, too old to be asked for again, or dearer than what was approved. It
// reports whether it did.
func stopped(d *draft, m campaign.Moment, p Policy) bool {
	call := callOf(d.Record)
	forgotten := d.WaitsForVouch() && lifecycle.TooLateToCreate(d.Record, m) // nobody has vouched
	switch {
	case d.CancelRequested && forgotten:
		d.die(campaign.Failure{
			Class:   campaign.FailForgotten,
			Message: "cancelled; Redis was replaced and may have forgotten that it was sent before: look at Octopush",
		}, m, true)
	case d.CancelRequested && !d.ConfirmTried && d.State != campaign.StateCancelling:
		cancelNow(d, m)
	case expired(d.Record, m):
		d.die(campaign.Failure{Class: campaign.FailExpired, Message: "expires_at has passed before it could be confirmed"}, m, forgotten)
	case call == campaign.CallConfirm && lifecycle.SentByAnother(d.Record):
		d.die(campaign.Failure{Class: campaign.FailDuplicate, Message: "another ticket of this campaign may have been sent; see its orphans"}, m, true)
	case call == campaign.CallCreate && outlived(d.Record, m, p):
		d.die(campaign.Failure{
			Class: campaign.FailForgotten,
			Message: "it waited for longer than records are kept (" + p.Retention.String() +
				"), so nobody can tell whether it was cancelled meanwhile; replay it if it is still wanted",
		}, m, false)
	case call == campaign.CallCreate && lifecycle.TooLateToCreate(d.Record, m):
		d.awaitVouch(m)
	case call != "" && overdue(d.Record, call, m, p.Deadline):
		runOut(d, call, m, p)
	default:
		return call == campaign.CallConfirm && d.askBeyond(m)
	}
	return true
}

// vouched lets a campaign go on that waited for a vouch, once the present moment says
// that it may be created. It reports whether it did.
func vouched(d *draft, m campaign.Moment) bool {
	if !d.WaitsForVouch() || lifecycle.TooLateToCreate(d.Record, m) {
		return false
	}
	d.settleIdle(m)
	d.move(campaign.StateCreating, "resumed", "an operator vouched that Redis has forgotten nothing")
	return true
}

// outlived reports whether a campaign that no worker has claimed, and whose record, if
// it has one, an operator made, has waited for longer than records are kept: another
// one of it may have been there and gone.
func outlived(r campaign.Record, m campaign.Moment, p Policy) bool {
	since := r.EnqueuedAt
	if due := r.EnqueuedDue(); due.After(since) {
		since = due
	}
	unclaimed := r.Run == 1 && len(r.Started) == 0
	return unclaimed && p.Retention > 0 && m.Now.Sub(since) > p.Retention
}

// cancelNow starts the cancel. A campaign without a ticket has nothing that
// could be sent: what was never confirmed is never sent.
func cancelNow(d *draft, m campaign.Moment) {
	d.settleIdle(m)
	if d.Ticket == "" {
		d.move(campaign.StateCancelled, "cancelled", "before it had a ticket")
		return
	}
	d.move(campaign.StateCancelling, "cancelling", "asked for by an operator")
}

// expired reports whether it is too late to confirm. Once a confirm may have
// arrived the status is still asked, for the answer is wanted; but nothing is
// confirmed again.
func expired(r campaign.Record, m campaign.Moment) bool {
	at := r.Campaign.ExpiresAt
	if at.IsZero() || !m.Now.After(at) || r.State == campaign.StateCancelling {
		return false
	}
	return !r.ConfirmTried || callOf(r) == campaign.CallConfirm
}

// runOut ends a stage whose deadline has passed. A cancel that the API never
// took ends as cancelled all the same: octoq will not confirm the ticket.
func runOut(d *draft, call campaign.Call, m campaign.Moment, p Policy) {
	if call == campaign.CallCancel {
		d.move(campaign.StateCancelled, "cancelled", "the API did not take the cancel before the deadline; ticket "+d.Ticket+" is left there unconfirmed")
		return
	}
	f := campaign.Failure{
		Class: campaign.FailDeadline, Attempts: d.Attempts.Of(call),
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

// claim plans the call. Status changes nothing and needs no claim.
func claim(d *draft, call campaign.Call, m campaign.Moment, p Policy, token string) plan {
	d.settleIdle(m)
	d.begin(call, m)
	if call == campaign.CallStatus {
		return plan{act: actCall, call: call, after: d.Record}
	}
	switch call {
	case campaign.CallCreate:
		d.State = campaign.StateCreating
		if d.AskedAt.IsZero() {
			d.AskedAt = m.Now
		}
	case campaign.CallConfirm:
		d.State = campaign.StateConfirming
	}
	d.Waiting, d.DueAt = "", time.Time{}
	d.Claim = &campaign.Claim{Token: token, Call: call, Deadline: m.Now.Add(p.Claim), On: m.RunID}
	return plan{act: actCall, call: call, claimed: true, after: d.Record, entries: d.entries}
}
