package stage

import (
	"fmt"

	"github.com/octoq/octoq/campaign"
)

// create settles a create. It may be repeated: what is never confirmed is
// never sent. What matters is to know whether an earlier one may have arrived.
func (v *verdict) create() {
	switch v.out.Class {
	case campaign.ClassOK:
		v.created()
	case campaign.ClassRejected:
		v.fail(campaign.FailRejected, campaign.CallCreate, false)
	case campaign.ClassUnknown:
		v.fail(campaign.FailUnknown, campaign.CallCreate, false)
	case campaign.ClassDuplicate:
		v.seenBefore()
	case campaign.ClassDone:
		v.fail(campaign.FailRejected, campaign.CallCreate, true)
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
	v.Ticket = v.out.Ticket
	v.Unanswered, v.UnansweredOn = false, ""
	v.NoCredit, v.NoCreditMark = 0, 0
	if v.Campaign.SimulationMode {
		v.move(campaign.StateSimulated, "simulated", "ticket "+v.Ticket)
		return
	}
	v.made = true
	v.move(campaign.StateComputing, "created", "ticket "+v.Ticket)
}

// createAgain repeats a create under the same request_id. Whether a refused
// request uses the id up is unknown, so it counts as one that may have arrived.
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

// seenBefore settles a repeated request_id. It is believed to be our own
// earlier create only when the record knows of one, made under the run_id that
// still is, and Redis cannot have forgotten anything: then that ticket is
// lost, nobody will confirm it, and a new request_id may be used.
func (v *verdict) seenBefore() {
	ours := v.Unanswered && v.UnansweredOn == v.m.RunID && !doubtful(v.Record, v.m) && !justChanged(v.m)
	if !ours {
		v.fail(campaign.FailDuplicate, campaign.CallCreate, true)
		return
	}
	lost := v.RequestID()
	v.LostRequests = append(v.LostRequests, lost)
	if v.p.ParkLost || v.Try >= mostLost {
		v.lostForGood()
		return
	}
	streak := v.Streak + 1
	v.Try++
	v.Unanswered, v.UnansweredOn = false, ""
	v.move(campaign.StateCreating, "ticket_lost", "request "+lost+" had arrived, its answer had not; it is never confirmed, and asked for anew")
	v.Streak = streak // it is no progress: who is slow is asked less and less often
	v.DueAt = v.m.Now.Add(v.p.backoff(streak, v.out.RetryAfter))
}

// lostForGood leaves it to a person whether another ticket is asked for.
func (v *verdict) lostForGood() {
	v.out.Message = fmt.Sprintf("tickets of this campaign lost at Octopush: %d, none of which is ever confirmed; "+
		"look at its own list, raise OCTOQ_API_TIMEOUT if it answers slowly, then replay", len(v.LostRequests))
	v.fail(campaign.FailLostTicket, campaign.CallCreate, false)
}
