package simulator

import "net/http"

// maxCancel is from how many recipients on StrictCancel refuses: fewer than three can be cancelled (doc, direct campaigns).
const maxCancel = 3

// cancel answers DELETE /sms-campaign-on-list/cancel, with a JSON body, by 204 and nothing (doc). Its refusals are
// unknown; those of send are used (inferred).
func (s *Server) cancel(acc *account, q request, _ fault) answer {
	t, ok := acc.find(q.ticket)
	if !ok {
		return q.unknownTicket()
	}
	if t.sends > 0 {
		return alreadySent(t)
	}
	if q.strict.has(StrictCancel) && t.contacts >= maxCancel {
		return refused(0, "A campaign of this many recipients cannot be cancelled.").about(t.number)
	}
	t.cancelled = true
	return answer{status: http.StatusNoContent, ticket: t.number}
}
