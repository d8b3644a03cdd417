package engine

import (
	"context"
	"fmt"
	"sync"

	"github.com/octoq/octoq/campaign"
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
