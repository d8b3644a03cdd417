package simulator

import "net/http"

// draftBody is the answer of GET /sms-campaign/draft (doc).
type draftBody struct {
	TicketNumber string  `json:"ticket_number"`
	Contacts     int     `json:"number_of_contacts"`
	TotalCost    float64 `json:"total_cost"`
	Status       string  `json:"status"`
	Code         int     `json:"code"`
}

// draft answers GET /sms-campaign/draft with one campaign that waits to be sent (doc). That it is the newest one, and the
// refusal when there is none, are inferred.
func (s *Server) draft(acc *account, _ request, _ fault) answer {
	now := s.cfg.Now()
	for i := len(acc.order) - 1; i >= 0; i-- {
		t := acc.order[i]
		if t.state(now) == StateReady && !t.simulated {
			body := draftBody{TicketNumber: t.number, Contacts: t.contacts, TotalCost: t.cost.euros(), Status: "validated"}
			return answer{status: http.StatusOK, body: body, ticket: t.number}
		}
	}
	return unknownTicket("")
}
