package record

import (
	"slices"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/budget"
)

// Booking is what a change adds to a counter of a budget; what it gives back is below 0.
type Booking struct {
	budget.Counter
	By budget.Spent
}

// Bookings are what the change does to the counters of budgets: they follow the
// reservations of records. What a ticket has reserved stays booked when the campaign is
// purged, or leaves the ticket behind for another.
func (ch Change) Bookings() []Booking {
	var before Record
	if ch.Before != nil {
		before = *ch.Before
	}
	if ch.After.State == campaign.StatePurged {
		return nil
	}
	if before.Ticket != ch.After.Ticket {
		before.Reserved = nil
	}
	if len(before.Reserved) == 0 && len(ch.After.Reserved) == 0 {
		return nil
	}
	var list []Booking
	add := func(r Record, sign int) {
		for _, s := range r.Reserved {
			list = book(list, s, sign, r.State == campaign.StateSent)
		}
	}
	add(before, -1)
	add(ch.After, 1)
	return slices.DeleteFunc(list, func(b Booking) bool { return b.By == budget.Spent{} })
}

// book adds a share to the booking of its counter.
func book(list []Booking, s budget.Share, sign int, sent bool) []Booking {
	i := slices.IndexFunc(list, func(b Booking) bool { return b.Counter == s.Counter })
	if i < 0 {
		i = len(list)
		list = append(list, Booking{Counter: s.Counter})
	}
	cost, contacts := s.Cost*campaign.Money(sign), s.Contacts*sign
	if by := &list[i].By; sent {
		by.Used, by.UsedContacts = by.Used+cost, by.UsedContacts+contacts
	} else {
		by.Reserved, by.ReservedContacts = by.Reserved+cost, by.ReservedContacts+contacts
	}
	return list
}

// FoundFull are the budgets that the change found to have not enough left, and the record
// before it did not.
func (ch Change) FoundFull() []budget.Counter {
	var found []budget.Counter
	for _, c := range ch.After.FullBudgets {
		if ch.Before == nil || !slices.Contains(ch.Before.FullBudgets, c) {
			found = append(found, c)
		}
	}
	return found
}
