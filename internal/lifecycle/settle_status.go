package lifecycle

import (
	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/record"
)

// status settles a look at the ticket. It changes nothing at the API, so
// whatever is not clear is asked again.
func (s *settlement) status() {
	switch s.out.Class {
	case record.ClassOK:
		s.progress()
	case record.ClassRejected:
		s.fail(campaign.FailRejected, campaign.CallStatus, false)
	case record.ClassDone:
		s.alreadySent()
	case record.ClassPending, record.ClassUnknown:
		s.notComputed()
	case record.ClassAccount:
		s.againForAccount(campaign.CallStatus)
	default: // duplicate, throttled, transient, unanswered, not sent
		s.again(campaign.CallStatus)
	}
}

func (s *settlement) progress() {
	switch s.out.Progress {
	case record.ProgressFailed:
		s.computationFailed()
	case record.ProgressReady:
		s.fixCover()
		s.Contacts, s.Cost, s.PricedAt, s.NoContacts = s.out.Contacts, s.out.Cost, s.m.Now, s.out.NoContacts
		s.priced()
	case record.ProgressComputing:
		s.pollAgain()
	default:
		s.unknownWord()
	}
}

// priced decides whether a person is asked. A ticket whose confirm may have
// arrived is no exception: it is the same question, at the price that is now.
func (s *settlement) priced() {
	s.noteRevision(s.m)
	switch {
	case s.askBeyondLimit(s.m): // it waits
	case !s.Approved && s.p.asksPerson(s.Campaign):
		s.awaitPerson(s.m, "awaiting_approval", s.Price())
	default:
		s.move(campaign.StateReady, "ready", s.Price())
	}
}

// computationFailed ends a campaign that the API could not compute.
func (s *settlement) computationFailed() {
	message := "the API could not compute the campaign" + messageAfter(s.out)
	if s.out.Message == "" {
		message += " and gives no reason"
	}
	s.out.Message = message
	s.fail(campaign.FailComputation, campaign.CallStatus, false)
}

// unknownWord polls on after a status that octoq does not know. The timeline
// has a word once, not with each poll.
func (s *settlement) unknownWord() {
	s.pollAgain()
	s.Waiting = statusWord(s.out.StatusWord) + messageAfter(s.out) + "; it is asked again until the deadline"
	word := s.out.StatusWord
	if word == "" {
		word = noWord
	}
	if s.StatusWord != word {
		s.StatusWord = word
		s.addEntry("status_unknown", s.Waiting)
	}
}

// notComputed polls on after a refusal that means, or may mean, "not ready".
func (s *settlement) notComputed() {
	was := s.Waiting
	s.pollAgain()
	if s.out.Class == record.ClassPending {
		s.Waiting += messageAfter(s.out)
		return
	}
	if s.Waiting = describe(campaign.CallStatus, s.out); s.Waiting != was {
		s.addEntry("status_unclear", s.Waiting)
	}
}
