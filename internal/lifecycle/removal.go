package lifecycle

import (
	"cmp"
	"time"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/record"
)

// An account that takes one unconfirmed campaign at a time (126, 127) is blocked by a ticket
// that waits for a person or a window. So such a ticket is deleted as soon as it waits,
// by a claimed call, and the campaign waits on without one, with its price. When its
// turn comes it is created again, under the next request_id of the same asking run: that
// id is chosen by the write which notes the delete, so that a ledger that forgets the
// create which follows asks the same question again.

// beginRemoval has the ticket deleted of a campaign that waits for a person.
func beginRemoval(d *draft, m record.Snapshot) bool {
	if !blocksOthers(d.Record, m) {
		return false
	}
	d.Removal = record.RemovalDue
	return true
}

// removal settles the delete of a ticket that waits. What the campaign waits for stays
// what it was, however often the delete is tried.
func (s *settlement) removal() {
	waiting := s.Waiting
	defer func() {
		if s.Removal == record.RemovalTried {
			s.Waiting = waiting
		}
	}()
	unknown := unknownTicket(s.out)
	switch {
	case s.out.Class == record.ClassOK, unknown && !InDoubt(s.Record, s.m):
		s.removed(s.State, s.m, describe(campaign.CallCancel, s.out))
	case unknown:
		s.removalInDoubt()
	case s.out.Class == record.ClassDone:
		s.alreadySent()
	case s.deleteRefused():
		s.removalRefused()
	case s.out.Class == record.ClassAccount:
		s.againForAccount(campaign.CallCancel)
	default:
		s.again(campaign.CallCancel)
	}
}

// removed lets the campaign wait without a ticket in the state that it was in, for a
// person or for its window.
func (d *draft) removed(state campaign.State, m record.Snapshot, note string) {
	ticket, waiting := d.Ticket, d.Waiting
	d.Orphans = append(d.Orphans, campaign.Orphan{Ticket: ticket, At: m.Now, Cancelled: true, Note: "it waited: " + note})
	d.Ticket, d.Removal = "", record.RemovalDone
	d.Removals++
	d.Try++
	d.newRequest()
	d.endWait(m)
	d.move(state, "ticket_removed", "ticket "+ticket+" was deleted, so that the account's other campaigns can be created meanwhile")
	d.Waiting = waiting
	if WaitsForPerson(d.Record) {
		d.Waiting = withoutTicket(cmp.Or(waiting, d.Price()))
		d.beginWait(m)
	}
}

// withoutTicket says why a campaign waits for a person that has no ticket meanwhile.
func withoutTicket(why string) string {
	return why + "; its ticket made room for the account's other campaigns, so it is created again once it is approved"
}

// removalInDoubt leaves it to a person whether a ticket that the API does not know was
// followed by another one, which Redis has forgotten.
func (s *settlement) removalInDoubt() {
	s.endWait(s.m)
	s.Removal = record.RemovalDoubtful
	if s.State == campaign.StateReady {
		s.Removal = record.RemovalDoubtfulReady
	}
	s.awaitVouch(s.m)
}

// removalRefused keeps the ticket: it is confirmed as any other, and blocks the account's
// creates until then.
func (s *settlement) removalRefused() {
	s.Removal = record.RemovalRefused
	s.endWait(s.m)
	why := describe(campaign.CallCancel, s.out) + "; it keeps the account's other campaigns from being created"
	if s.State == campaign.StateAwaitingApproval {
		s.awaitPerson(s.m, "removal_refused", cmp.Or(s.Waiting, s.Price())+"; its ticket cannot be deleted meanwhile: "+why)
		return
	}
	s.move(s.State, "removal_refused", why)
}

// blockedWait is the longest wait after a create that another campaign blocked: the
// account is free again within seconds, and an alert is to be there then.
func blockedWait(c campaign.Campaign) time.Duration {
	if record.IsAlert(c) {
		return time.Second
	}
	return 30 * time.Second
}
