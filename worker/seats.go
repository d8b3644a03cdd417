package worker

import (
	"context"
	"fmt"
	"sync"

	"github.com/octoq/octoq/campaign"
)

const (
	// handlersPerSeat is how many campaigns of a stage are in hand for each call
	// that may be under way: while one waits for the API, others read and write
	// their records.
	handlersPerSeat = 2
	// claimsAhead is how many campaigns of a stage may be claimed before there
	// is a seat for their call, so that none stays empty while a claim is
	// written. They are few, because a claim and its permit run out.
	claimsAhead = 2
)

// seats bound how many calls of each kind an account makes at once in this
// process, or how many it is about to make.
type seats map[campaign.Call]chan struct{}

func newSeats(n int) seats {
	s := seats{}
	for _, call := range []campaign.Call{campaign.CallCreate, campaign.CallStatus, campaign.CallConfirm, campaign.CallCancel} {
		s[call] = make(chan struct{}, n)
	}
	return s
}

// take waits for a seat; rise, which may be called more than once, gives it up.
// Calls of other kinds need none.
func (s seats) take(ctx context.Context, call campaign.Call) (rise func(), err error) {
	seat, counted := s[call]
	if !counted {
		return func() {}, nil
	}
	select {
	case seat <- struct{}{}:
		return sync.OnceFunc(func() { <-seat }), nil
	case <-ctx.Done():
		return nil, fmt.Errorf("wait for a seat: %w", ctx.Err())
	}
}
