package limit

import (
	"container/list"
	"time"

	"github.com/octoq/octoq/campaign"
)

// waiter is one call that waits at the gate.
type waiter struct {
	call  campaign.Call
	id    string
	since time.Time
	place *list.Element // nil once it has left the line
	reply chan verdictFor
}

// verdictFor is what a waiter is told.
type verdictFor struct {
	permit *Permit
	err    error
}

// line is the local waiters of a gate in their order: by call, and first come,
// first served within a call.
type line struct {
	of map[campaign.Call]*list.List
	n  int
	share
}

// order is the order of calls. The balance is a probe that everything waits
// for; a campaign that is nearly sent comes before one that is not created.
func order() []campaign.Call {
	return []campaign.Call{
		campaign.CallBalance, campaign.CallConfirm, campaign.CallCancel, campaign.CallStatus, campaign.CallCreate,
	}
}

func newLine() line {
	l := line{of: map[campaign.Call]*list.List{}}
	for _, c := range order() {
		l.of[c] = list.New()
	}
	return l
}

func (l *line) join(w *waiter) {
	w.place = l.of[w.call].PushBack(w)
	l.n++
}

// leave reports whether the waiter was still in the line.
func (l *line) leave(w *waiter) bool {
	if w.place == nil {
		return false
	}
	l.of[w.call].Remove(w.place)
	w.place = nil
	l.n--
	return true
}

// next takes the waiter whose turn it is out of the line; nil if there is none.
func (l *line) next() *waiter {
	call, ok := l.turn(func(c campaign.Call) bool { return l.of[c].Len() > 0 })
	if !ok {
		return nil
	}
	w := l.of[call].Front().Value.(*waiter)
	l.leave(w)
	return w
}

// all lists up to max waiters in their order.
func (l *line) all(limit int) []*waiter {
	var ws []*waiter
	for _, c := range order() {
		for e := l.of[c].Front(); e != nil && len(ws) < limit; e = e.Next() {
			ws = append(ws, e.Value.(*waiter))
		}
	}
	return ws
}
