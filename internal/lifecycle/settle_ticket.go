package lifecycle

import (
	"fmt"

	"github.com/octoq/octoq/campaign"
)

// ticketTaken settles a create that was answered with a ticket of another
// campaign, or with one of this campaign that was given up and is being
// cancelled, perhaps at this moment. To confirm it would send other contents
// than these, to note it as an orphan would delete it from under its owner. So
// the record does not take it, and the campaign stops. What the API made of this
// create, if anything, has a ticket that octoq never learnt: it is never
// confirmed, and the death needs no mark.
func (s *settlement) ticketTaken() bool {
	var whose string
	switch {
	case s.out.TicketOwner != "":
		whose = "belongs to campaign " + s.out.TicketOwner
	case HasOrphan(s.Record, s.out.Ticket):
		whose = "belongs to an earlier create of this campaign, which was given up"
	default:
		return false
	}
	if s.Campaign.SimulationMode { // its ticket is a fake (doc), and none is ever confirmed
		s.move(campaign.StateSimulated, "simulated", "ticket "+s.out.Ticket+", which "+whose)
		return true
	}
	s.unansweredCreate(s.askedOn)
	s.out.Message = fmt.Sprintf("the API answered the create with ticket %s, which %s; this campaign was not confirmed: "+
		"look at Octopush's own list, then replay", s.out.Ticket, whose)
	s.fail(campaign.FailTicketTaken, campaign.CallCreate, false)
	return true
}
