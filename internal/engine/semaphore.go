package engine

import (
	"context"
	"fmt"
	"sync"

	"github.com/octoq/octoq/campaign"
)

// semaphore bounds how many calls of each kind an account makes at once in this
// process, or how many it is about to make. It has places for any campaign, and some
// more for alerts alone, so that an alert never waits behind others.
type semaphore map[campaign.Call]callPlaces

type callPlaces struct{ all, alerts chan struct{} }

func newSemaphore(all, alerts int) semaphore {
	s := semaphore{}
	for _, call := range []campaign.Call{campaign.CallCreate, campaign.CallStatus, campaign.CallConfirm, campaign.CallCancel} {
		s[call] = callPlaces{make(chan struct{}, all), make(chan struct{}, alerts)}
	}
	return s
}

// Acquire waits until the call is within the bound; release, which may be called
// more than once, lets the next one in. Calls of other kinds are not bounded.
func (s semaphore) Acquire(ctx context.Context, call campaign.Call, alert bool) (release func(), err error) {
	p, bounded := s[call]
	if !bounded {
		return func() {}, nil
	}
	var alerts chan struct{} // nil: not for this one
	if alert {
		alerts = p.alerts
	}
	select {
	case alerts <- struct{}{}:
		return sync.OnceFunc(func() { <-alerts }), nil
	case p.all <- struct{}{}:
		return sync.OnceFunc(func() { <-p.all }), nil
	case <-ctx.Done():
		return nil, fmt.Errorf("wait for a place among the calls: %w", ctx.Err())
	}
}
