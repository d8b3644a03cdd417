package result

import (
	"strings"
	"time"
)

// DeliveryReport is what became of the message to one number, as it was reported.
type DeliveryReport struct {
	Ticket string
	Number string // in its normal form
	Status DeliveryStatus
	At     time.Time // zero where the report has no readable date
}

// Inbound is a reply or an opt-out.
type Inbound struct {
	Ticket string // "" where none was named
	Number string // in its normal form
	Text   string
	At     time.Time // zero where it has no readable date
}

// longestTicket bounds a ticket in bytes.
const longestTicket = 64

// ValidTicket reports whether a text can be a ticket: what names keys in Redis has no
// strange letters.
func ValidTicket(ticket string) bool {
	const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-"
	return ticket != "" && len(ticket) <= longestTicket && strings.Trim(ticket, letters) == ""
}
