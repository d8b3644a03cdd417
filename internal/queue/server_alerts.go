package queue

import (
	"sync"

	"github.com/octoq/octoq/internal/asynqwire"
)

// wholesaleEvery: while wholesale campaigns wait, one take in so many is theirs, however
// many alerts wait. They keep a tenth so, and not a little less where a flood begins
// and ends.
const wholesaleEvery = 9

// dequeued is what a dequeue has brought; without a message there was nothing to take.
type dequeued struct {
	msg, runID string
	alert      bool
	passed     bool // an alert was taken before wholesale campaigns that wait
	alerts     bool // alerts wait
	more       bool // without a message: the id that was next has no task, and others wait behind it
}

// turns decides which tasks are taken next, by the server's dequeue and by the ack
// scripts of its handlers.
type turns struct {
	places *wholesalePlaces

	mu     sync.Mutex
	passed int  // takes since the last of a wholesale campaign, those under way included
	alerts bool // alerts wait, as far as is known
}

// next is what to take now; wholesale says whether there is a place for a wholesale
// campaign. What has come of it is noted; a take that is never noted brings the next turn
// of a wholesale campaign forward.
func (t *turns) next(wholesale bool) asynqwire.Take {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !wholesale {
		return asynqwire.TakeAlerts
	}
	if t.passed >= wholesaleEvery-1 {
		t.passed = 0
		return asynqwire.TakeWholesale
	}
	t.passed++
	return asynqwire.TakeAny
}

// pointless reports whether a dequeue is known to bring nothing.
func (t *turns) pointless() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return !t.alerts && !t.places.free()
}

// unused takes back a take that was not tried.
func (t *turns) unused(take asynqwire.Take) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.uncount(take)
}

// uncount takes back what next has counted, for who holds the lock.
func (t *turns) uncount(take asynqwire.Take) {
	if take == asynqwire.TakeAny {
		t.passed = max(t.passed-1, 0)
	}
}

// note takes in what a take has brought.
func (t *turns) note(take asynqwire.Take, got dequeued) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.alerts = got.alerts
	switch {
	case got.msg == "":
		t.uncount(take)
	case !got.passed:
		t.passed = 0
	case take == asynqwire.TakeAlerts: // next has counted no other
		t.passed++
	}
}
