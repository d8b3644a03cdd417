package limit

import (
	"time"

	"github.com/octoq/octoq/campaign"
)

// matcher matches grants with waiters. A grant is not tied to the waiter that
// was first when it was asked for: it goes, when its time has come, to the most
// urgent waiter of that moment.
type matcher struct {
	waiting  waitQueue
	grants   grantPool
	active   activeCalls
	unused   unusedSlots
	validity validity
	tokens   tokenSource
	onWait   func(call campaign.Call, waited time.Duration)
}

// grantDue gives the grants that are due to waiters.
func (m *matcher) grantDue(now time.Time) {
	for {
		g, due := m.grants.popDue(now)
		if !due {
			return
		}
		m.grantNext(g, now)
	}
}

// grantNext gives a grant whose time has come to the waiter that is served next.
func (m *matcher) grantNext(g grant, now time.Time) {
	w := g.bound
	switch {
	case now.After(g.void):
		w = nil
	case w == nil:
		w = m.waiting.pop()
	case !m.waiting.leave(w):
		w = nil
	}
	if w == nil {
		m.unused.addGrant(g)
		return
	}
	m.admit(w, &activeCall{token: g.token, notAfter: g.void, probe: g.probe}, now)
}

// admitAllUnlimited admits every waiter where nothing is limited.
func (m *matcher) admitAllUnlimited(now time.Time) {
	for w := m.waiting.pop(); w != nil; w = m.waiting.pop() {
		m.admit(w, m.unlimited(now), now)
	}
}

func (m *matcher) admit(w *waiter, c *activeCall, now time.Time) {
	w.result <- waitResult{call: m.activate(c, w.call, w.id, w.since, now)}
}

// unlimited is a call that takes no slot.
func (m *matcher) unlimited(now time.Time) *activeCall {
	return &activeCall{token: m.tokens.unlimited(), notAfter: now.Add(maxLate), unlimited: true}
}

// activate makes the call one of those under way.
func (m *matcher) activate(c *activeCall, call campaign.Call, id string, waitingSince, now time.Time) *activeCall {
	c.call, c.id, c.since = call, id, now
	m.active.add(c)
	m.onWait(call, now.Sub(waitingSince))
	return c
}

// leave takes a waiter out whose caller has gone. Had it been admitted in the
// same moment, its slot is given back.
func (m *matcher) leave(w *waiter) {
	if m.waiting.leave(w) {
		return
	}
	r := <-w.result
	if r.call == nil {
		return
	}
	m.active.remove(r.call)
	if !r.call.unlimited {
		m.unused.addCall(r.call)
	}
}

// collect takes the grants of a reservation into the pool, unless a message has
// outdated them or they are void before they are due.
func (m *matcher) collect(r tripResult, outdated bool) {
	for n := range r.reservation.grants {
		g := r.grant(n, m.validity.span)
		switch {
		case outdated:
			m.unused.addGrant(g)
		case g.void.Before(g.due):
			m.validity.tooLate()
			m.unused.addGrant(g)
		default:
			m.grants.add(g)
		}
	}
}

// withdraw gives back all that is reserved and not yet given to a waiter.
func (m *matcher) withdraw() {
	for _, g := range m.grants.takeAll() {
		m.unused.addGrant(g)
	}
}
