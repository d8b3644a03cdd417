package stage

import (
	"slices"

	"github.com/octoq/octoq/internal/record"
)

// ticketsOf are all tickets that a record knows of.
func ticketsOf(r record.Record) []string {
	var list []string
	if r.Ticket != "" {
		list = append(list, r.Ticket)
	}
	for _, o := range r.Orphans {
		list = append(list, o.Ticket)
	}
	return list
}

// lead has a ticket lead to a campaign.
func (f *fakeRedis) lead(account, ticket, id string) {
	f.tickets[account+"/"+ticket] = id
	if f.real != nil {
		f.real.lead(account, ticket, id)
	}
}

// taken refuses a ticket that the record did not have and that leads to another
// campaign.
func (f *fakeRedis) taken(ch record.Change, cur record.Record) error {
	if f.planted == "a ticket of another campaign is taken" {
		return nil
	}
	known := ticketsOf(cur)
	for _, ticket := range ticketsOf(ch.After) {
		owner, led := f.tickets[ch.After.Account()+"/"+ticket]
		if led && owner != ch.After.ID() && !slices.Contains(known, ticket) {
			return &record.TicketError{Account: ch.After.Account(), Ticket: ticket, Owner: owner}
		}
	}
	return nil
}
