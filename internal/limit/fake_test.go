package limit

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/record"
)

// fake replaces the scripts, in memory and on the bubble's clock.
type fake struct {
	mu       sync.Mutex
	model    model
	slots    map[string]bool
	phase    record.HoldPhase
	seat     string // the campaign that passes a half-open hold
	probeAt  time.Time
	cool     time.Time
	streak   int
	down     bool // out of reach
	lose     bool // carries the next ask out, but its reply is lost
	asks     []grantRequest
	releases []slotRelease
	renewed  int
	heard    func(string)
	ready    chan struct{} // closed when the gate listens
	rtt      time.Duration
}

func newFake(l Limits) *fake {
	return &fake{
		model: model{limits: l}, slots: map[string]bool{}, ready: make(chan struct{}), rtt: time.Millisecond,
	}
}

func (f *fake) watch(ctx context.Context, heard func(string)) {
	f.mu.Lock()
	f.heard = heard
	f.mu.Unlock()
	close(f.ready)
	<-ctx.Done()
}

func (f *fake) acquire(_ context.Context, a grantRequest) (reservation, error) {
	<-time.After(f.rtt / 2)
	defer func() { <-time.After(f.rtt / 2) }()
	f.mu.Lock()
	defer f.mu.Unlock()
	now := time.Now()
	f.asks = append(f.asks, a)
	if f.down {
		return reservation{}, errors.New("out of reach")
	}
	r := reservation{now: micros(now), at: micros(now), phase: f.phase, streak: f.streak}
	if f.phase != "" {
		r.bound = f.passes(a.waiters)
		r.probe = r.bound > 0 && f.phase == record.PhaseHalfOpen
	}
	switch {
	case f.phase != "" && r.bound == 0:
		r.why, r.at = WhyHold, micros(now.Add(poll))
		if f.phase == record.PhaseHeld {
			r.at = micros(f.probeAt)
		}
	case f.cool.After(now):
		r.why, r.at = WhyCoolDown, micros(f.cool)
	default:
		f.grant(&r, a)
	}
	if f.lose {
		f.lose = false
		return reservation{}, errors.New("reply lost")
	}
	return r, nil
}

func (f *fake) passes(waiters []*waiter) int {
	for i, w := range waiters {
		if w.call == campaign.CallBalance || f.phase == record.PhaseHalfOpen && w.id == f.seat {
			return i + 1
		}
	}
	return 0
}

func (f *fake) grant(r *reservation, a grantRequest) {
	free := a.want
	if most := f.model.limits.MaxInFlight; most > 0 {
		free = min(free, most-len(f.slots))
	}
	r.grants = f.model.take(r.now, free)
	for i := range r.grants {
		f.slots[slotToken(a.token, i+1)] = true
	}
	switch {
	case len(r.grants) < free:
		r.why, r.at = WhyRate, r.now+f.model.limits.interval().Microseconds()
	case free < a.want:
		r.why, r.at = WhySlots, r.now+poll.Microseconds()
	}
}

func (f *fake) release(ctx context.Context, r slotRelease) (int, int, error) {
	if err := ctx.Err(); err != nil {
		return 0, 0, err
	}
	<-time.After(f.rtt)
	f.mu.Lock()
	defer f.mu.Unlock()
	f.releases = append(f.releases, r)
	if f.down {
		return 0, 0, errors.New("out of reach")
	}
	for _, t := range r.tokens {
		delete(f.slots, t)
	}
	if r.health == apiDown {
		f.streak++
	}
	if f.heard != nil {
		f.heard(messageSlot)
	}
	return f.streak, min(f.streak, 1), nil
}

func (f *fake) renew(_ context.Context, tokens []string, _ string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.renewed += len(tokens)
	return nil
}

// set changes the fake and publishes what happened.
func (f *fake) set(what string, change func()) {
	f.mu.Lock()
	change()
	heard := f.heard
	f.mu.Unlock()
	heard(what)
}

func (f *fake) counts() (asks, releases, slots int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.asks), len(f.releases), len(f.slots)
}

// bubbleGate runs a gate on a fake inside a bubble.
func bubbleGate(t *testing.T, l Limits) (*Gate, *fake) {
	t.Helper()
	f := newFake(l)
	opts, err := Options{}.withDefaults()
	if err != nil {
		t.Fatalf("defaults: %v", err)
	}
	g := newGate(account, l, opts, f, f.watch)
	startGate(t, g)
	<-f.ready
	return g, f
}
