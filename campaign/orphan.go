package campaign

import "time"

// Orphan is a ticket that octoq learnt of too late to own it.
type Orphan struct {
	Ticket    string    `json:"ticket"`
	At        time.Time `json:"at"`
	Tries     int       `json:"tries"`
	Cancelled bool      `json:"cancelled"`
	// Sent: the API said that it was sent already, and not by octoq.
	Sent bool `json:"sent,omitempty"`
	// Note says how it ended, or what the API last said.
	Note string `json:"note,omitempty"`
}
