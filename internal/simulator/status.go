package simulator

import "net/http"

// statusBody is `{"number_of_contacts":20,"cost":2.58,"status":"ready_to_be_send"}` (doc).
type statusBody struct {
	Contacts int     `json:"number_of_contacts"`
	Cost     float64 `json:"cost"`
	Status   string  `json:"status"`
}

// status answers GET /sms-campaign-on-list/status?ticket_number=… (doc).
func (s *Server) status(acc *account, q request, f fault) answer {
	t, ok := acc.find(q.ticket)
	if !ok {
		return q.unknownTicket()
	}
	now := s.cfg.Now()
	if f.kind == FaultFailed {
		t.readyAt, t.neverReady = now, false
	}
	t.shape(f)
	state := t.state(now)
	if f.kind == FaultNeverReady && state != StateSent {
		state = StateComputing
	}
	a := s.statusOf(t, state).about(t.number)
	body, shown := a.body.(statusBody)
	if shown && q.strict.has(StrictWords) && (state == StateComputing || state == StateReady) {
		body.Status = s.strangeWord(body.Status)
		a.body = body
	}
	return a
}

func (s *Server) statusOf(t *ticket, state string) answer {
	switch state {
	case StateSent:
		return s.statusAfterSend(t)
	case StateComputing:
		if s.cfg.RefuseWhileComputing {
			return s.notReady(t)
		}
		return answer{status: http.StatusOK, body: statusBody{Status: StateComputing}}
	case StateFailed:
		return answer{status: http.StatusOK, body: statusBody{Status: StateFailed}}
	}
	return s.ready(t)
}

func (s *Server) ready(t *ticket) answer {
	body := statusBody{Contacts: t.contacts, Cost: t.cost.euros(), Status: s.cfg.ReadyStatus}
	return answer{status: http.StatusOK, body: body}
}

// statusAfterSend answers as configured, because what the API answers is unknown.
func (s *Server) statusAfterSend(t *ticket) answer {
	switch s.cfg.AfterSend {
	case AfterSendReady:
		return s.ready(t)
	case AfterSendBare:
		return refused(0, "The campaign is not ready.")
	case AfterSendUnknown:
		return unknownTicket(t.number)
	}
	return alreadySent(t)
}
