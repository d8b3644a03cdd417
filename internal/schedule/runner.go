package schedule

import (
	"context"
	"time"
)

const (
	// lookEvery is the longest pause between two looks, in which schedules may
	// have been added or removed.
	lookEvery = time.Second
	// stale is how old a look may be to act on it. A process that was frozen
	// in between looks again: the ticks it saw may be missed by now.
	stale = 5 * time.Second
	// tellEvery is how often a cursor in the future is told of.
	tellEvery = time.Hour
)

// Runner enqueues the ticks of one account's schedules. Any number of them may
// run for an account. Its fields are set once, before use.
type Runner struct {
	Account string
	Store   Store
	Queue   Queue
	// Tell is called for everything that becomes of ticks. OnError is called at
	// the first of a row of failures to reach Store or Queue.
	Tell    func(Event)
	OnError func(error)
	// Now is the local clock, of which only spans are used.
	Now func() time.Time

	version string
	plans   map[string]Plan
	refused map[string]map[int64]bool // the due ticks of a schedule that were refused, in seconds since 1970
	ahead   map[string]time.Time      // when a cursor in the future was told of
	failing bool
}

// Run enqueues what is due until ctx ends.
func (r *Runner) Run(ctx context.Context) {
	for {
		wait, err := r.Round(ctx)
		if ctx.Err() != nil {
			return
		}
		if err != nil && !r.failing {
			r.OnError(err)
		}
		r.failing = err != nil
		timer := time.NewTimer(wait)
		select {
		case <-ctx.Done():
			timer.Stop()
			return
		case <-timer.C:
		}
	}
}

// Round looks once, enqueues what is due, and tells how long to wait for the
// next round. An error has cost nothing: what was not done is due again.
func (r *Runner) Round(ctx context.Context) (time.Duration, error) {
	began := r.Now()
	sight, err := r.Store.Look(ctx, r.Account, r.version)
	if err != nil {
		return lookEvery, err
	}
	answered := r.Now()
	if answered.Sub(began) > stale {
		return 0, nil
	}
	r.learn(sight)
	err = r.fire(ctx, sight, began)
	if err != nil {
		return lookEvery, err
	}
	return max(r.untilNext(sight.Now)-r.Now().Sub(answered), time.Millisecond), nil
}

// learn takes over changed schedules.
func (r *Runner) learn(sight Sight) {
	if !sight.Changed {
		return
	}
	r.version, r.plans, r.refused = sight.Version, map[string]Plan{}, map[string]map[int64]bool{}
	r.ahead = map[string]time.Time{}
	for name, text := range sight.Schedules {
		s, err := Decode(text)
		var p Plan
		if err == nil {
			p, err = s.Plan()
		}
		if err != nil {
			r.Tell(Event{What: WhatUnreadable, Schedule: name, Err: err})
			continue
		}
		r.plans[name] = p
	}
}

// untilNext is the time to the next tick of any schedule, lookEvery at most.
func (r *Runner) untilNext(now time.Time) time.Duration {
	wait := lookEvery
	for _, p := range r.plans {
		if next := p.Next(now); !next.IsZero() {
			wait = min(wait, next.Sub(now))
		}
	}
	return wait
}
