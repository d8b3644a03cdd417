package action

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"
)

const (
	// lookEvery is how often unfinished actions are looked for that no process carries out.
	lookEvery = 5 * time.Second
	// maxRunning is how many actions a process carries out at the same time.
	maxRunning = 4
	// maxLooked is how many unfinished actions are looked at.
	maxLooked = 100
)

// Kick lets Run look for actions now.
func (a *Actions) Kick() {
	select {
	case a.kicked <- struct{}{}:
	default:
	}
}

// Run carries out whatever was begun and no process carries out, until ctx ends: then
// what it has in hand is left where it is, for the next process. Trouble is reported, and
// tried again.
func (a *Actions) Run(ctx context.Context, report func(error)) {
	var carriers sync.WaitGroup
	defer carriers.Wait()
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	here := &idSet{}
	for {
		ids, err := a.store.unfinished(ctx, maxLooked)
		if err != nil && ctx.Err() == nil {
			report(err)
		}
		for _, id := range ids {
			if !here.add(id, maxRunning) {
				continue
			}
			carriers.Go(func() {
				ended := a.carryListed(ctx, id, report)
				if here.remove(id); ended {
					a.Kick() // another one may wait for its place
				}
			})
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		case <-a.kicked:
		}
	}
}

// carryListed carries out an action of the list, and reports whether that has ended.
func (a *Actions) carryListed(ctx context.Context, id string, report func(error)) (ended bool) {
	err := a.Carry(ctx, id, nil)
	switch {
	case err == nil:
		return true
	case ctx.Err() == nil && !errors.Is(err, ErrElsewhere) && !errors.Is(err, ErrUnknown):
		report(err)
	}
	return false
}

// idSet are ids of actions.
type idSet struct {
	mu  sync.Mutex
	ids []string
}

// add adds an id that is not there yet, if there is room among most.
func (s *idSet) add(id string, most int) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.ids) >= most || slices.Contains(s.ids, id) {
		return false
	}
	s.ids = append(s.ids, id)
	return true
}

func (s *idSet) remove(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ids = slices.DeleteFunc(s.ids, func(other string) bool { return other == id })
}
