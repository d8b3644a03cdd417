package event

import (
	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/result"
)

// OfResults is the event that the results of a campaign's ticket are final, without its
// time. It is published once a ticket.
func OfResults(r campaign.Record, results result.Results) Event {
	return Event{
		ID: idOf(r.Account(), r.ID(), "delivered", r.Ticket), Type: Delivered, Account: r.Account(), Campaign: r.ID(), Run: r.Run, State: r.State,
		Data: Data{Ticket: r.Ticket, Contacts: &r.Contacts, Results: &results},
	}
}
