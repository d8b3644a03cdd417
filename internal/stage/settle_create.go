package stage

import (
	"fmt"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/lifecycle"
)

// create settles a create. It may be repeated: what is never confirmed is
// never sent. What matters is to know whether an earlier one may have arrived.
func (v *verdict) create() {
	switch v.out.Class {
	case campaign.ClassOK:
		v.created()
	case campaign.ClassRejected:
		v.createRefused(campaign.FailRejected, false)
	case campaign.ClassUnknown:
		v.createRefused(campaign.FailUnknown, false)
	case campaign.ClassDuplicate:
		v.seenBefore()
	case campaign.ClassDone:
		v.createRefused(campaign.FailRejected, true)
	case campaign.ClassNotSent:
		v.again(campaign.CallCreate)
	case campaign.ClassAccount:
		v.createHeld()
	default: // pending, throttled, transient, unanswered
		v.createAgain()
	}
}

func (v *verdict) created() {
	if v.out.Ticket == "" { // by contract unanswered; without a ticket nothing can go on
		v.createAgain()
		return
	}
	if v.ticketTaken() {
		return
	}
	v.Ticket = v.out.Ticket
	v.Unanswered, v.UnansweredOn = false, ""
	if v.on == v.m.RunID { // under one run of Redis: the API knew of no forgotten create
		v.AcceptedOn = v.on
	}
	v.NoCredit, v.NoCreditMark = 0, 0
	if v.Campaign.SimulationMode {
		v.move(campaign.StateSimulated, "simulated", "ticket "+v.Ticket)
		return
	}
	v.made = true
	v.move(campaign.StateComputing, "created", "ticket "+v.Ticket+said(v.out))
}

// createRefused ends the campaign with the API's refusal. Whether that has used the
// request_id up is unknown, and a replay asks under it again.
func (v *verdict) createRefused(class campaign.FailureClass, mark bool) {
	v.unansweredCreate(v.on)
	v.fail(class, campaign.CallCreate, mark)
}

// createAgain repeats a create under the same request_id.
func (v *verdict) createAgain() {
	v.unansweredCreate(v.on)
	if v.hopeless() {
		v.fail(campaign.FailUnknown, campaign.CallCreate, false)
		return
	}
	v.again(campaign.CallCreate)
}

func (v *verdict) createHeld() {
	v.unansweredCreate(v.on)
	if v.noCredit(v.m.Creates) {
		v.fail(campaign.FailNoCredit, campaign.CallCreate, false)
		return
	}
	v.held(campaign.CallCreate)
}

// seenBefore settles a repeated request_id. It is believed to be our own earlier
// create only when the record knows of one under the present run of Redis, and Redis
// cannot have forgotten a life of the campaign: then that ticket is lost, nobody will
// confirm it, and a new request_id may be used. In a run that was begun by force a
// second sending was accepted.
func (v *verdict) seenBefore() {
	force := lifecycle.Forced(v.Record)
	if !force && !v.askedBefore() {
		v.fail(campaign.FailDuplicate, campaign.CallCreate, true)
		return
	}
	lost := v.RequestID()
	v.LostRequests = append(v.LostRequests, lost)
	if v.p.ParkLost && !force || v.Try >= mostLost {
		v.lostForGood()
		return
	}
	streak := v.Streak + 1
	v.Try++
	v.newRequest()
	v.move(campaign.StateCreating, "ticket_lost", "request "+lost+" had arrived, its answer had not; it is never confirmed, and asked for anew")
	v.Streak = streak // it is no progress: who is slow is asked less and less often
	v.DueAt = v.m.Now.Add(v.p.backoff(streak, v.out.RetryAfter))
}

// askedBefore reports whether the record surely knows of the create that the API
// remembers. One that was made under an earlier run of Redis counts if an operator has
// vouched for that since.
func (v *verdict) askedBefore() bool {
	here := v.UnansweredOn == v.m.RunID || !v.AskedAt.IsZero() && v.AskedAt.Before(v.m.VouchedAt)
	return v.Unanswered && here && !lifecycle.InDoubt(v.Record, v.m)
}

// lostForGood leaves it to a person whether another ticket is asked for.
func (v *verdict) lostForGood() {
	v.out.Message = fmt.Sprintf("tickets of this campaign lost at Octopush: %d, none of which is ever confirmed; "+
		"look at its own list, raise OCTOQ_API_TIMEOUT if it answers slowly, then replay", len(v.LostRequests))
	v.fail(campaign.FailLostTicket, campaign.CallCreate, false)
}
