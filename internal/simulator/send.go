package simulator

import (
	"net/http"
	"time"
)

// isoOffset is a date-time whose offset is always in digits, as in "2021-06-01T12:00:00+03:00" (doc).
const isoOffset = "2006-01-02T15:04:05-07:00"

// sentBody is `{"sending_date":"2021-06-01T12:00:00+03:00"}` (doc).
type sentBody struct {
	SendingDate string `json:"sending_date"`
}

// send answers POST /sms-campaign-on-list/send and /sms-campaign-on-tag/send, each for the tickets that were created by its
// own service (inferred: one path for each is documented). Only a ticket that is ready can be sent (doc), and only once.
func (s *Server) send(acc *account, q request, f fault) answer {
	t, ok := acc.find(q.ticket)
	if !ok || !t.sendableBy(q.onTag) {
		return q.unknownTicket()
	}
	now := s.cfg.Now()
	switch t.state(now) {
	case StateSent:
		return alreadySent(t)
	case StateComputing, StateFailed:
		return s.notReady(t)
	}
	if f.kind == FaultNeverReady {
		return s.notReady(t)
	}
	if acc.balance < t.cost {
		return noCredit().about(t.number)
	}
	acc.balance -= t.cost
	t.sends, t.sentAt = t.sends+1, now
	s.report(acc, t, now)
	return answer{status: http.StatusOK, body: sentBody{sendingDate(t, now)}, ticket: t.number}
}

// sendableBy keeps a simulated ticket from ever being charged, and each path to its own tickets.
func (t *ticket) sendableBy(onTag bool) bool { return !t.simulated && onTag == t.onTag }

// sendingDate is when the campaign goes out: when it was asked to, or at once if that is past (inferred).
func sendingDate(t *ticket, now time.Time) string {
	if t.sendAt.After(now) {
		return t.sendAt.Format(isoOffset)
	}
	return now.Format(isoOffset)
}
