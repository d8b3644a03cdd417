package limit

import (
	"fmt"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/record"
)

const (
	// batch is how many grants one request may bring.
	batch = 16
	// crowd is how many waiters a request names while there is a hold.
	crowd = 1000
)

// grantRequest asks the limiter for grants.
type grantRequest struct {
	token string
	want  int // 0 only looks
	// waiters are those that could use a grant which passes a hold, best first;
	// none while no hold is known.
	waiters []*waiter
}

// reservation is what the limiter reserved, or why not; its times are
// microseconds on Redis's clock.
type reservation struct {
	now    int64
	why    string // "" when all that was wanted is granted
	at     int64  // when to ask again
	phase  record.HoldPhase
	bound  int // the waiter a grant is bound to, counted from 1; 0 for none
	probe  bool
	streak int
	only   campaign.Call // the one call that the hold stops; "" when it stops all
	grants []int64
}

// parseReservation reads {now, why, at, phase, bound, probe, streak, only, grants...}.
func parseReservation(reply []any) (reservation, error) {
	if len(reply) < 8 {
		return reservation{}, fmt.Errorf("the limiter's answer has %d parts: want 8 or more", len(reply))
	}
	var r reservation
	var bad error
	number := func(v any) int64 {
		n, ok := v.(int64)
		if !ok {
			bad = fmt.Errorf("the limiter answered %v where a number belongs", v)
		}
		return n
	}
	r.now, r.at, r.bound = number(reply[0]), number(reply[2]), int(number(reply[4]))
	r.probe, r.streak = number(reply[5]) == 1, int(number(reply[6]))
	r.why, _ = reply[1].(string)
	phase, _ := reply[3].(string)
	only, _ := reply[7].(string)
	r.phase, r.only = record.HoldPhase(phase), campaign.Call(only)
	for _, t := range reply[8:] {
		r.grants = append(r.grants, number(t))
	}
	return r, bad
}
