package lifecycle

import (
	"fmt"
	"time"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/record"
)

// create settles a create. It may be repeated: what is never confirmed is
// never sent. What matters is to know whether an earlier one may have arrived.
func (s *settlement) create() {
	switch s.out.Class {
	case record.ClassOK:
		s.created()
	case record.ClassRejected:
		s.createRefused(campaign.FailRejected, false)
	case record.ClassUnknown:
		s.createRefused(campaign.FailUnknown, false)
	case record.ClassDuplicate:
		s.seenBefore()
	case record.ClassDone:
		s.createRefused(campaign.FailRejected, true)
	case record.ClassNotSent:
		s.again(campaign.CallCreate)
	case record.ClassAccount:
		s.createAccountRefused()
	default: // pending, throttled, transient, unanswered
		s.createAgain()
	}
}

func (s *settlement) created() {
	if s.out.Ticket == "" { // by contract unanswered; without a ticket nothing can go on
		s.createAgain()
		return
	}
	if s.ticketTaken() {
		return
	}
	s.Ticket, s.ConfirmedAt = s.out.Ticket, time.Time{}
	s.Unanswered, s.UnansweredRunID = false, ""
	if s.askedOn == s.m.RunID { // under one run of Redis: the API knew of no forgotten create
		s.AcceptedRunID = s.askedOn
	}
	s.NoCredit, s.NoCreditMark = 0, 0
	if s.Campaign.SimulationMode {
		s.move(campaign.StateSimulated, "simulated", "ticket "+s.Ticket)
		return
	}
	s.createAccepted = true
	s.move(campaign.StateComputing, "created", "ticket "+s.Ticket+messageAfter(s.out))
}

// createRefused ends the campaign with the API's refusal. Whether that has used the
// request_id up is unknown, and a replay asks under it again.
func (s *settlement) createRefused(class campaign.FailureClass, mark bool) {
	s.unansweredCreate(s.askedOn)
	s.fail(class, campaign.CallCreate, mark)
}

// createAgain repeats a create under the same request_id. 125, "undefined", is known
// not to get better by itself.
func (s *settlement) createAgain() {
	const undefined = 125
	s.unansweredCreate(s.askedOn)
	if s.out.Code == undefined && s.exhausted() {
		s.fail(campaign.FailUnknown, campaign.CallCreate, false)
		return
	}
	s.again(campaign.CallCreate)
	if latest := s.m.Now.Add(blockedWait(s.Campaign)); s.out.BlocksCreate() && latest.Before(s.DueAt) {
		s.DueAt = latest
	}
}

func (s *settlement) createAccountRefused() {
	s.unansweredCreate(s.askedOn)
	if s.noCredit(s.m.Creates) {
		s.fail(campaign.FailNoCredit, campaign.CallCreate, false)
		return
	}
	s.againForAccount(campaign.CallCreate)
}

// seenBefore settles a repeated request_id. It is believed to be octoq's earlier
// create only when the record knows of one under the present run of Redis, and Redis
// cannot have forgotten a life of the campaign: then that ticket is lost and never
// confirmed, and a new request_id may be used. In a run that was begun by force a
// second sending was accepted.
func (s *settlement) seenBefore() {
	force := forced(s.Record)
	if !force && !s.askedBefore() {
		s.fail(campaign.FailDuplicate, campaign.CallCreate, true)
		return
	}
	lost := s.RequestID()
	s.LostRequests = append(s.LostRequests, lost)
	if s.p.ParkLost && !force || s.Try-s.Removals >= MaxLostTickets {
		s.ticketsLost()
		return
	}
	streak := s.Streak + 1
	s.Try++
	s.newRequest()
	s.move(campaign.StateCreating, "ticket_lost", "request "+lost+" had arrived, its answer had not; it is never confirmed, and asked for anew")
	s.Streak = streak // it is no progress: a slow API is asked less and less often
	s.DueAt = s.m.Now.Add(s.p.Backoff(streak, s.out.RetryAfter))
}

// askedBefore reports whether the record surely knows of the create that the API
// remembers. One that was made under an earlier run of Redis counts if an operator has
// vouched for that since.
func (s *settlement) askedBefore() bool {
	here := s.UnansweredRunID == s.m.RunID || !s.AskedAt.IsZero() && s.AskedAt.Before(s.m.VouchedAt)
	return s.Unanswered && here && !InDoubt(s.Record, s.m)
}

// ticketsLost leaves it to a person whether another ticket is asked for.
func (s *settlement) ticketsLost() {
	s.out.Message = fmt.Sprintf("tickets of this campaign lost at Octopush: %d, none of which is ever confirmed; "+
		"look at its own list, raise OCTOQ_API_TIMEOUT if it answers slowly, then replay", len(s.LostRequests))
	s.fail(campaign.FailLostTicket, campaign.CallCreate, false)
}
