package stage

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
func (v *verdict) ticketTaken() bool {
	var whose string
	switch {
	case v.out.TicketOwner != "":
		whose = "belongs to campaign " + v.out.TicketOwner
	case hasOrphan(v.Record, v.out.Ticket):
		whose = "belongs to an earlier create of this campaign, which was given up"
	default:
		return false
	}
	if v.Campaign.SimulationMode { // its ticket is a fake (doc), and none is ever confirmed
		v.move(campaign.StateSimulated, "simulated", "ticket "+v.out.Ticket+", which "+whose)
		return true
	}
	v.unansweredCreate(v.on)
	v.out.Message = fmt.Sprintf("the API answered the create with ticket %s, which %s; this campaign was not confirmed: "+
		"look at Octopush's own list, then replay", v.out.Ticket, whose)
	v.fail(campaign.FailTicketTaken, campaign.CallCreate, false)
	return true
}
