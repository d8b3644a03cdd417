package limit

import (
	"container/list"
	"time"

	"github.com/octoq/octoq/campaign"
)

// waiter is one call that waits at the gate.
type waiter struct {
	call    campaign.Call
	id      string
	since   time.Time
	element *list.Element   // its place in the queue; nil once it has left
	result  chan waitResult // of capacity 1, so that ending a wait never blocks
}

// waitResult ends a wait: the call was admitted, or rejected with an error.
type waitResult struct {
	call *activeCall
	err  error
}

// waitQueue holds the local waiters of a gate in their order: by call, and first
// come, first served within a call.
type waitQueue struct {
	byCall map[campaign.Call]*list.List
	n      int
	fairness
}

func newWaitQueue() waitQueue {
	q := waitQueue{byCall: map[campaign.Call]*list.List{}}
	for _, c := range callOrder() {
		q.byCall[c] = list.New()
	}
	return q
}

// knows reports whether there is a call of this name.
func (q *waitQueue) knows(call campaign.Call) bool { return q.byCall[call] != nil }

func (q *waitQueue) join(w *waiter) {
	w.element = q.byCall[w.call].PushBack(w)
	q.n++
}

// leave reports whether the waiter was still in the queue.
func (q *waitQueue) leave(w *waiter) bool {
	if w.element == nil {
		return false
	}
	q.byCall[w.call].Remove(w.element)
	w.element = nil
	q.n--
	return true
}

// pop takes the waiter that is served next out of the queue; nil if there is none.
func (q *waitQueue) pop() *waiter {
	call, ok := q.serve(func(c campaign.Call) bool { return q.byCall[c].Len() > 0 })
	if !ok {
		return nil
	}
	w := q.byCall[call].Front().Value.(*waiter)
	q.leave(w)
	return w
}

// first lists up to so many waiters in their order.
func (q *waitQueue) first(limit int) []*waiter {
	var ws []*waiter
	for _, c := range callOrder() {
		for e := q.byCall[c].Front(); e != nil && len(ws) < limit; e = e.Next() {
			ws = append(ws, e.Value.(*waiter))
		}
	}
	return ws
}

// all lists the waiters in their order.
func (q *waitQueue) all() []*waiter { return q.first(q.n) }

// reject ends a wait with an error.
func (q *waitQueue) reject(w *waiter, err error) {
	q.leave(w)
	w.result <- waitResult{err: err}
}
