package limit

import (
	"errors"
	"fmt"
	"time"
)

// Why a call has to wait.
const (
	// WhyHold: the account is stopped.
	WhyHold = "hold"
	// WhyCoolDown: the API asked for a pause.
	WhyCoolDown = "cooldown"
	// WhySlots: as many calls as allowed are under way.
	WhySlots = "slots"
	// WhyRate: the rate is used up for the next moment.
	WhyRate = "rate"
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
	Why     string    // WhyHold or WhyCoolDown
}

func (e *LaterError) Error() string {
	return fmt.Sprintf("account %s takes no calls before %s: %s", e.Account, e.At.Format(time.RFC3339), e.Why)
}

// Is makes errors.Is(err, ErrLater) true.
func (e *LaterError) Is(target error) bool { return target == ErrLater }
