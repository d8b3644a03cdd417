package lifecycle

import "github.com/octoq/octoq/campaign"

// cancel settles the deletion of a ticket that was never confirmed.
func (s *settlement) cancel() {
	unclear := s.out.Class == campaign.ClassUnknown || s.out.Class == campaign.ClassDuplicate
	switch {
	case s.out.Class == campaign.ClassOK:
		s.move(campaign.StateCancelled, "cancelled", "ticket "+s.Ticket+" deleted")
	case unknownTicket(s.out):
		s.move(campaign.StateCancelled, "cancelled", "the API does not know ticket "+s.Ticket+" any more")
	case s.out.Class == campaign.ClassDone:
		s.alreadySent()
	case s.out.Class == campaign.ClassRejected, unclear && s.exhausted():
		s.cancelRefused()
	case s.out.Class == campaign.ClassAccount:
		s.againForAccount(campaign.CallCancel)
	default:
		s.again(campaign.CallCancel)
	}
}

// cancelRefused hands the campaign to a person: it was not to be sent, so it
// does not go on to be confirmed by itself.
func (s *settlement) cancelRefused() {
	s.CancelRequested = false
	s.withdrawApproval()
	s.awaitPerson(s.m, "cancel_refused", describe(campaign.CallCancel, s.out)+"; approve it or cancel it again")
}
