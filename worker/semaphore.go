package worker

import (
	"context"
	"fmt"
	"sync"

	"github.com/octoq/octoq/campaign"
)

const (
	// handlersPerCall is how many campaigns of a stage are in hand for each call
	// that may be under way: while one waits for the API, others read and write
	// their records.
	handlersPerCall = 2
	// claimsAhead is how many campaigns of a stage may be claimed before a call
	// is free for them, so that none stays unused while a claim is written. They
	// are few, because a claim and its permit run out.
	claimsAhead = 2
)

// semaphore bounds how many calls of each kind an account makes at once in this
// process, or how many it is about to make.
type semaphore map[campaign.Call]chan struct{}

func newSemaphore(n int) semaphore {
	s := semaphore{}
	for _, call := range []campaign.Call{campaign.CallCreate, campaign.CallStatus, campaign.CallConfirm, campaign.CallCancel} {
		s[call] = make(chan struct{}, n)
	}
	return s
}

// Acquire waits until the call is within the bound; release, which may be called
// more than once, lets the next one in. Calls of other kinds are not bounded.
func (s semaphore) Acquire(ctx context.Context, call campaign.Call) (release func(), err error) {
	places, bounded := s[call]
	if !bounded {
		return func() {}, nil
	}
	select {
	case places <- struct{}{}:
		return sync.OnceFunc(func() { <-places }), nil
	case <-ctx.Done():
		return nil, fmt.Errorf("wait for a place among the calls: %w", ctx.Err())
	}
}
