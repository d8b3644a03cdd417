package limit

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/octoq/octoq/campaign"
)

// take takes in what came of a talk with Redis.
func (g *Gate) take(r result) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.talking = false
	if r.ask == nil {
		return
	}
	if r.err != nil {
		g.failed(r)
		return
	}
	a := r.answer
	local := func(us int64) time.Time { return r.received.Add(time.Duration(us-a.now) * time.Microsecond) }
	g.streak, g.why, g.phase = a.streak, a.why, a.phase
	g.askAt = time.Time{}
	if a.why != "" {
		g.askAt = local(a.at)
	}
	if a.why == WhyRate && len(g.pool)+len(a.grants) > 0 {
		// Others may have nothing in hand: they come first.
		g.askAt = g.askAt.Add(min(g.limits.interval(), g.limits.ahead()/2))
	}
	g.collect(r)
	g.turnAway(r, local(a.at))
	if a.why == "" && a.phase == "" && g.limits.free() && !g.stale {
		g.waveAll(r)
	}
}

// failed plans the next try after an ask that brought no answer. It may have
// been carried out all the same: its slots are given back unseen.
func (g *Gate) failed(r result) {
	if !errors.Is(r.err, context.Canceled) { // the gate is being stopped
		g.opts.OnError(r.err)
	}
	g.askAt = r.received.Add(poll)
	if r.ask.want == 0 {
		return
	}
	lost := release{verdict: verdictNone}
	for i := range r.ask.want {
		lost.tokens = append(lost.tokens, slotToken(r.ask.token, i+1))
	}
	g.back = append(g.back, lost)
}

// collect puts grants into the pool. A grant is used no earlier than its time
// reckoned from when the answer came, and no later than reckoned from before
// the question left: both err to the safe side by the way to Redis.
func (g *Gate) collect(r result) {
	for i, t := range r.answer.grants {
		wait := time.Duration(t-r.answer.now) * time.Microsecond
		gr := grant{
			token: slotToken(r.ask.token, i+1),
			due:   r.received.Add(wait),
			void:  r.sent.Add(wait + g.grace.now),
		}
		if n := r.answer.who; n > 0 && n <= len(r.ask.who) {
			gr.bound, gr.probe = r.ask.who[n-1], r.answer.probe
		}
		switch {
		case g.stale:
			g.drop(gr)
		case gr.void.Before(gr.due):
			g.grace.tooLate()
			g.drop(gr)
		default:
			g.pool = append(g.pool, gr)
		}
	}
	slices.SortStableFunc(g.pool, func(a, b grant) int { return a.due.Compare(b.due) })
}

// turnAway sends waiters away whose wait is known to be long.
func (g *Gate) turnAway(r result, at time.Time) {
	now, why := r.received, r.answer.why
	if r.answer.phase == campaign.PhaseHeld {
		until := at
		if why != WhyHold {
			until = now // a balance call passed: nothing is known of the others' time
		}
		g.sendAway(WhyHold, held(until, now), func(w *waiter) bool { return !exempt(w.call, r.answer.only) })
	}
	switch {
	case why == WhyCoolDown && at.Sub(now) > long:
		g.sendAway(WhyCoolDown, at, func(*waiter) bool { return true })
	case why == WhyHold && len(r.ask.who) == 0:
		g.askAt = time.Time{} // ask again at once, and say who waits
	case why == WhyHold:
		// Half-open, and the seat is another's. The way back is spread, so that
		// a long line does not come back at once.
		later := now.Add(time.Second + rand.N(time.Second))
		g.sendAway(WhyHold, later, func(w *waiter) bool { return !exempt(w.call, r.answer.only) && now.Sub(w.since) > patience })
	}
}

func (g *Gate) sendAway(why string, at time.Time, whom func(*waiter) bool) {
	for _, w := range g.line.all(g.line.n) {
		if whom(w) {
			g.dismiss(w, &LaterError{Account: g.account, At: at, Why: why})
		}
	}
}

// waveAll lets everyone pass for a while where nothing is limited and there is
// neither hold nor cool-down.
func (g *Gate) waveAll(r result) {
	g.open = r.sent.Add(poll)
	now := g.opts.Now()
	for w := g.line.next(); w != nil; w = g.line.next() {
		w.reply <- verdictFor{permit: g.wave(w, now)}
	}
}
