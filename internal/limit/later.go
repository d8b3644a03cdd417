package limit

import (
	"errors"
	"fmt"
	"time"
)

// ErrStopped is returned by Acquire when the gate's Run has ended.
var ErrStopped = errors.New("the gate is closed")

// ErrLater is what errors.Is finds in a LaterError.
var ErrLater = errors.New("not now")

// LaterError says that the wait is known to be long: the caller does better to
// come back than to wait.
type LaterError struct {
	Account string
	At      time.Time // local clock
	Why     string    // hold or cooldown
}

func (e *LaterError) Error() string {
	return fmt.Sprintf("account %s takes no calls before %s: %s", e.Account, e.At.Format(time.RFC3339), e.Why)
}

// Is makes errors.Is(err, ErrLater) true.
func (e *LaterError) Is(target error) bool { return target == ErrLater }
