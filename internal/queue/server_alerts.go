package queue

import "github.com/octoq/octoq/internal/asynqwire"

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

// turns decides which tasks are taken next. Only the server's one dequeue at a time
// uses it.
type turns struct {
	places *wholesalePlaces
	passed int  // takes of alerts in a row that passed wholesale campaigns
	alerts bool // alerts wait, as far as is known
}

// next is what to take now.
func (t *turns) next() asynqwire.Take {
	switch {
	case !t.places.free():
		return asynqwire.TakeAlerts
	case t.passed >= wholesaleEvery-1:
		return asynqwire.TakeWholesale
	default:
		return asynqwire.TakeAny
	}
}

// pointless reports whether a dequeue is known to bring nothing.
func (t *turns) pointless() bool { return !t.alerts && !t.places.free() }

// note takes in what a dequeue has brought.
func (t *turns) note(got dequeued) {
	t.alerts = got.alerts
	switch {
	case got.passed:
		t.passed++
	case got.msg != "":
		t.passed = 0
	}
}
