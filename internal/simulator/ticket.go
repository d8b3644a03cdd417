package simulator

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// The states of a Ticket. Those that status shows are spelt as the API spells them (doc), except ready: see
// Config.ReadyStatus.
const (
	StateComputing = "under_computation"
	StateReady     = "ready"
	StateFailed    = "failed"
	StateSent      = "sent"
	StateCancelled = "cancelled"
)

// ticket is one campaign that was created.
type ticket struct {
	number, login, list, tag, text, requestID string

	contacts int
	cost     units
	created  time.Time
	readyAt  time.Time
	sendAt   time.Time // zero: at once
	sentAt   time.Time
	sends    int

	onTag                                    bool // created by the path for tags
	simulated, neverReady, failed, cancelled bool
}

// state is where the ticket stands at a moment.
func (t *ticket) state(now time.Time) string {
	switch {
	case t.cancelled:
		return StateCancelled
	case t.sends > 0:
		return StateSent
	case t.neverReady || now.Before(t.readyAt):
		return StateComputing
	case t.failed:
		return StateFailed
	}
	return StateReady
}

// shape lets a fault that is about the ticket itself leave its mark on it for good.
func (t *ticket) shape(f fault) {
	switch f.kind {
	case FaultFailed:
		t.failed = true
	case FaultCost:
		if f.rule.Contacts != nil {
			t.contacts = *f.rule.Contacts
		}
		if f.rule.Cost != nil {
			t.cost = unitsOf(*f.rule.Cost)
		}
	}
}

// ticketNumber returns the next number in the form that was seen, "sms_5f3fbce61266e" (doc): PHP's uniqid, which is the
// time in microseconds, in hexadecimal (inferred). Numbers rise and are never given twice.
func (s *Server) ticketNumber(now time.Time) string {
	s.lastTicket = max(s.lastTicket+1, now.UnixMicro())
	return fmt.Sprintf("sms_%08x%05x", s.lastTicket/1e6, s.lastTicket%1e6)
}

// Ticket is what the server knows about one campaign.
type Ticket struct {
	Ticket    string    `json:"ticket"`
	Login     string    `json:"login"`
	ListName  string    `json:"list_name,omitempty"`
	TagName   string    `json:"tag_name,omitempty"`
	RequestID string    `json:"request_id,omitempty"`
	State     string    `json:"state"`
	Contacts  int       `json:"number_of_contacts"`
	Cost      float64   `json:"cost"` // euros
	Simulated bool      `json:"simulated"`
	Created   time.Time `json:"created"`
	SentAt    time.Time `json:"sent_at,omitzero"`
	Sends     int       `json:"sends"` // never more than 1, unless the simulator is wrong
}

// Tickets returns every ticket of every account in the order of creation, sent and cancelled ones too.
func (s *Server) Tickets() []Ticket {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.cfg.Now()
	list := []Ticket{}
	for _, a := range s.accounts {
		for _, t := range a.order {
			list = append(list, t.view(now))
		}
	}
	slices.SortFunc(list, func(a, b Ticket) int { return strings.Compare(a.Ticket, b.Ticket) })
	return list
}

func (t *ticket) view(now time.Time) Ticket {
	return Ticket{
		Ticket: t.number, Login: t.login, ListName: t.list, TagName: t.tag, RequestID: t.requestID,
		State: t.state(now), Contacts: t.contacts, Cost: t.cost.euros(), Simulated: t.simulated,
		Created: t.created, SentAt: t.sentAt, Sends: t.sends,
	}
}
