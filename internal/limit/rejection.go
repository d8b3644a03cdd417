package limit

import (
	"math/rand/v2"
	"time"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/record"
)

const (
	// longWait is the known wait beyond which a waiter is sent away.
	longWait = 2 * time.Second
	// probeWait is how long waiters stay while another campaign probes a
	// half-open hold: longer than the head start of others.
	probeWait = headStart + 500*time.Millisecond
	// The wait that a hold announces lies between these: a hold may be lifted
	// long before its next probe, and by hand at any time.
	shortestHold, longestHold = time.Second, 5 * time.Second
)

// rejection sends the waiters away that it concerns, because their wait is
// known to be long.
type rejection struct {
	why      string
	at       time.Time // when to come back
	concerns func(*waiter) bool
}

// rejections are those that follow from what a request brought.
func rejections(r tripResult) []rejection {
	now, why, at, only := r.received, r.reservation.why, r.local(r.reservation.at), r.reservation.only
	var all []rejection
	if r.reservation.phase == record.PhaseHeld {
		until := at
		if why != WhyHold {
			until = now // a balance call passed: nothing is known of the others' time
		}
		until = now.Add(min(max(until.Sub(now), shortestHold), longestHold))
		all = append(all, rejection{WhyHold, until, func(w *waiter) bool { return !passesHold(w.call, only) }})
	}
	switch {
	case why == WhyCoolDown && at.Sub(now) > longWait:
		all = append(all, rejection{WhyCoolDown, at, func(*waiter) bool { return true }})
	case why == WhyHold && len(r.request.waiters) > 0:
		// Half-open, and the seat is another's. The way back is spread, so that
		// a long queue does not come back at once.
		later := now.Add(time.Second + rand.N(time.Second))
		all = append(all, rejection{WhyHold, later, func(w *waiter) bool {
			return !passesHold(w.call, only) && now.Sub(w.since) > probeWait
		}})
	}
	return all
}

// passesHold reports whether a call passes a hold, which stops one kind of call
// only or, for "", all but the balance.
func passesHold(c, only campaign.Call) bool {
	return c == campaign.CallBalance || only != "" && c != only
}
