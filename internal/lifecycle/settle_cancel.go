package lifecycle

import (
	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/record"
)

// cancel settles the deletion of a ticket that was never confirmed.
func (s *settlement) cancel() {
	switch {
	case s.out.Class == record.ClassOK:
		s.move(campaign.StateCancelled, "cancelled", "ticket "+s.Ticket+" deleted")
	case unknownTicket(s.out):
		s.move(campaign.StateCancelled, "cancelled", "the API does not know ticket "+s.Ticket+" any more")
	case s.out.Class == record.ClassDone:
		s.alreadySent()
	case s.deleteRefused():
		s.cancelRefused()
	case s.out.Class == record.ClassAccount:
		s.againForAccount(campaign.CallCancel)
	default:
		s.again(campaign.CallCancel)
	}
}

// cancelRefused hands the campaign to a person: it was not to be sent, so it
// does not go on to be confirmed by itself.
func (s *settlement) cancelRefused() {
	s.CancelRequested, s.RejectedBy, s.RejectReason = false, "", ""
	s.withdrawApproval()
	s.Removal = record.RemovalRefused
	s.awaitPerson(s.m, "cancel_refused", describe(campaign.CallCancel, s.out)+"; approve it or cancel it again")
}

// deleteRefused reports whether the API refused to delete a ticket that it knows, or gave
// answers that say nothing often enough.
func (s *settlement) deleteRefused() bool {
	unclear := s.out.Class == record.ClassUnknown || s.out.Class == record.ClassDuplicate
	return s.out.Class == record.ClassRejected || unclear && s.exhausted()
}
