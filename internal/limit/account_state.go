package limit

import (
	"time"

	"github.com/octoq/octoq/internal/record"
)

// poll is how often waiters ask again although no message came.
const poll = 100 * time.Millisecond

// holdPoll is how often waiters ask again during a hold: it may be lifted long
// before its next probe, and the message about that may be lost.
const holdPoll = time.Second

// accountState is what the limiter last said of the account, and when to ask it
// again.
type accountState struct {
	phase          record.HoldPhase // of the hold
	why            string           // the last refusal
	streak         int              // of unavailable answers
	askAt          time.Time        // not to be asked again before
	unlimitedUntil time.Time        // without limits: calls need not ask until then
}

// learn takes over what a request brought. pooled is how many grants are in hand
// apart from those that it brought.
func (s *accountState) learn(r tripResult, limits Limits, pooled int) {
	a := r.reservation
	s.streak, s.why, s.phase = a.streak, a.why, a.phase
	s.askAt = time.Time{}
	switch {
	case a.why == "":
	case a.why == WhyHold && len(r.request.waiters) == 0:
		// Ask again at once, and name the waiters.
	case a.why == WhyRate && pooled+len(a.grants) > 0:
		// Others may have nothing in hand: they come first.
		s.askAt = r.local(a.at).Add(min(limits.interval(), limits.ahead()/2))
	case a.why == WhyHold:
		s.askAt = earlier(r.local(a.at), r.received.Add(holdPoll))
	default:
		s.askAt = r.local(a.at)
	}
}

// failed notes a request without an answer.
func (s *accountState) failed(r tripResult) { s.askAt = r.received.Add(poll) }

// outdate has the limiter asked again at once.
func (s *accountState) outdate() { s.askAt, s.unlimitedUntil = time.Time{}, time.Time{} }

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}
