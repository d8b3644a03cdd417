package limit

import (
	"container/list"
	"time"
)

// waiter is one call that waits at the gate.
type waiter struct {
	rank
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

// waitQueue holds the local waiters of a gate in their order: by rank, and first
// come, first served within a rank.
type waitQueue struct {
	byRank map[rank]*list.List
	order  []rank
	n      int
	fairness
}

func newWaitQueue() waitQueue {
	q := waitQueue{byRank: map[rank]*list.List{}, order: rankOrder()}
	for _, r := range q.order {
		q.byRank[r] = list.New()
	}
	return q
}

// knows reports whether there is such a rank.
func (q *waitQueue) knows(r rank) bool { return q.byRank[r] != nil }

// waits reports whether anyone of a rank waits.
func (q *waitQueue) waits(r rank) bool {
	l := q.byRank[r]
	return l != nil && l.Len() > 0
}

func (q *waitQueue) join(w *waiter) {
	w.element = q.byRank[w.rank].PushBack(w)
	q.n++
}

// leave reports whether the waiter was still in the queue.
func (q *waitQueue) leave(w *waiter) bool {
	if w.element == nil {
		return false
	}
	q.byRank[w.rank].Remove(w.element)
	w.element = nil
	q.n--
	return true
}

// pop takes the waiter that is served next out of the queue; nil if there is none.
func (q *waitQueue) pop() *waiter {
	r, ok := q.serve(q.waits)
	if !ok {
		return nil
	}
	w := q.byRank[r].Front().Value.(*waiter)
	q.leave(w)
	return w
}

// first lists up to so many waiters in their order.
func (q *waitQueue) first(limit int) []*waiter {
	var ws []*waiter
	for _, r := range q.order {
		for e := q.byRank[r].Front(); e != nil && len(ws) < limit; e = e.Next() {
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
