package schedule

import "time"

const (
	// readEvery is the longest pause between two rounds, in which schedules may
	// have been added or removed.
	readEvery = time.Second
	// staleAfter is how old what was read may be to act on it. A process that was
	// frozen in between reads again: the ticks it saw may be missed by now.
	staleAfter = 5 * time.Second
	// warnEvery is how often a cursor in the future is reported.
	warnEvery = time.Hour
)

// Scheduler enqueues the ticks of one account's schedules. Any number of them
// may run for an account. Its fields are set once, before use.
type Scheduler struct {
	Account string
	Store   Store
	Queue   Queue
	// OnEvent is called for everything that becomes of ticks. OnError is called
	// at the first of a row of failures to reach Store or Queue.
	OnEvent func(TickEvent)
	OnError func(error)
	// Now is the local clock, of which only spans are used.
	Now func() time.Time

	version string
	plans   map[string]Plan
	refused map[string]map[int64]bool // the due ticks of a schedule that were refused, in seconds since 1970
	ahead   map[string]time.Time      // when a cursor in the future was reported
	failing bool
}

// learn takes over changed schedules.
func (s *Scheduler) learn(seen Overview) {
	if !seen.Changed {
		return
	}
	s.version, s.plans, s.refused = seen.Version, map[string]Plan{}, map[string]map[int64]bool{}
	s.ahead = map[string]time.Time{}
	for name, text := range seen.Schedules {
		decoded, err := Decode(text)
		var p Plan
		if err == nil {
			p, err = decoded.Plan()
		}
		if err != nil {
			s.OnEvent(TickEvent{Kind: EventUnreadable, Schedule: name, Err: err})
			continue
		}
		if !p.Paused {
			s.plans[name] = p
		}
	}
}

// untilNext is the time to the next tick of any schedule, readEvery at most.
func (s *Scheduler) untilNext(now time.Time) time.Duration {
	wait := readEvery
	for _, p := range s.plans {
		if next := p.Next(now); !next.IsZero() {
			wait = min(wait, next.Sub(now))
		}
	}
	return wait
}
