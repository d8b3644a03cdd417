package queue

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"time"
)

// Result is what becomes of a task when its handler returns. The zero value is
// Again, at once: a handler that forgets to set it never loses a task.
type Result struct {
	done bool
	at   time.Time
	why  string
}

// Done says that the task is finished with: whatever comes next is stored.
func Done() Result { return Result{done: true} }

// Again says that the task is to come again at a time, rounded up to the next
// whole second; a past one means the next second. While the server stops, a
// task that is due goes back to the head of its queue at once.
func Again(at time.Time) Result { return Result{at: at} }

// Because adds the reason, which people see beside the task in asynqmon.
func (r Result) Because(why string) Result {
	r.why = why
	return r
}

// again makes asynq take a task again: it is an error that is no failure, so that
// no attempt is used.
type again struct {
	at  time.Time
	why string
}

func (a again) Error() string {
	if a.why == "" {
		return "comes again"
	}
	return a.why
}

// panicked is a handler that panicked. asynq counts these as failures.
type panicked struct{ value any }

func (p panicked) Error() string { return fmt.Sprintf("panic: %v", p.value) }

const (
	// givenUp is the delay of a task that asynq took from its handler: its lease
	// or its time was over, or a person cancelled it by hand.
	givenUp = 5 * time.Second

	panicBase = time.Second
	panicMax  = 5 * time.Minute
)

// isFailure says to asynq which errors count: a handler's panics alone.
func isFailure(err error) bool {
	_, ok := errors.AsType[panicked](err)
	return ok
}

// retryDelay is how long asynq is to wait so that the task comes again in time;
// failures is how often its handler has panicked before.
func retryDelay(failures int, err error, now time.Time) time.Duration {
	at := now.Add(givenUp)
	if a, ok := errors.AsType[again](err); ok {
		at = a.at
	} else if isFailure(err) {
		at = now.Add(backOff(failures))
	}
	return ceilSecond(later(at, now.Add(time.Nanosecond))).Sub(now)
}

// backOff grows with the number of earlier failures; the upper half is random.
func backOff(failures int) time.Duration {
	top := min(panicBase<<min(failures+1, 20), panicMax)
	return top/2 + rand.N(top/2)
}
