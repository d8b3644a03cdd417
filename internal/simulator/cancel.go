package simulator

import "net/http"

// cancel answers DELETE /sms-campaign-on-list/cancel, with a JSON body, by 204 and nothing (doc). Its refusals are
// unknown; those of send are used (inferred).
func (s *Server) cancel(acc *account, q request, _ fault) answer {
	t, ok := acc.find(q.ticket)
	if !ok {
		return unknownTicket(q.ticket)
	}
	if t.sends > 0 {
		return alreadySent(t)
	}
	t.cancelled = true
	return answer{status: http.StatusNoContent, ticket: t.number}
}
