package engine

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/rs/zerolog"

	"github.com/octoq/octoq/internal/queue"
)

const (
	// lookEvery is the pause between two looks at sleeping accounts, and a wake-up that is
	// lost costs as much. It ends with a second, because tasks are due at whole ones.
	lookEvery = time.Second
	// wholeEvery is the longest pause between two whole looks, at which accounts may fall
	// asleep, too.
	wholeEvery = 5 * time.Second
	// secondBegun is how long after the beginning of a second a look is made.
	secondBegun = 5 * time.Millisecond
	// lookWithin bounds one look.
	lookWithin = 5 * time.Second
)

// sleeper puts accounts to sleep that have nothing to do, and wakes them: one loop for
// all accounts of the process.
type sleeper struct {
	look    func(ctx context.Context, accounts []*queue.WorkloadKeys, known []queue.Workload, whole bool) ([]queue.Workload, error)
	runs    func(context.Context) (string, error) // of Redis
	runners func() []*accountRunner
	sleeps  func() bool
	unheard <-chan struct{} // has a token when wake-ups may have been missed
	after   time.Duration   // how long an account that falls asleep has had nothing to do
	outage  *outage
	log     zerolog.Logger

	looks int
	known string // the runs of Redis
}

// run looks until ctx ends.
func (s *sleeper) run(ctx context.Context) {
	timer := time.NewTimer(untilLook(time.Now()))
	defer timer.Stop()
	for {
		whole := false
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
		case <-s.unheard:
			whole = true
		}
		if err := s.once(ctx, whole); err != nil && ctx.Err() == nil {
			s.looks = 0 // the next one is whole
			if !s.outage.Note(err) {
				s.log.Warn().Err(err).Msg("sleeping accounts were not looked at")
			}
		}
		timer.Reset(untilLook(time.Now()))
	}
}

// untilLook is the pause before the next look.
func untilLook(now time.Time) time.Duration {
	return now.Truncate(lookEvery).Add(lookEvery + secondBegun).Sub(now)
}

// once looks at all accounts once.
func (s *sleeper) once(ctx context.Context, whole bool) error {
	ctx, cancel := context.WithTimeout(ctx, lookWithin)
	defer cancel()
	whole = whole || s.looks%max(1, int(min(wholeEvery, s.after)/lookEvery)) == 0
	s.looks++
	var asleep, awake []*accountRunner
	for _, p := range s.runners() {
		sleeping, _ := p.sleep.asleep()
		switch {
		case !p.present.Load(): // it has gone
		case sleeping:
			asleep = append(asleep, p)
		case p.sleep.idle(time.Now(), s.after):
			awake = append(awake, p)
		}
	}
	if !s.sleeps() {
		for _, p := range asleep {
			p.wake()
		}
		return nil
	}
	err := s.lookAt(ctx, asleep, whole)
	if !whole {
		return err
	}
	return errors.Join(err, s.letSleep(ctx, awake), s.noteRun(ctx, asleep))
}

// lookAt wakes those of some sleeping accounts that have something to do.
func (s *sleeper) lookAt(ctx context.Context, accounts []*accountRunner, whole bool) error {
	keys, known := make([]*queue.WorkloadKeys, len(accounts)), make([]queue.Workload, len(accounts))
	for i, p := range accounts {
		keys[i] = p.keys
		_, known[i] = p.sleep.asleep()
	}
	found, err := s.look(ctx, keys, known, whole)
	now := time.Now()
	for i, p := range accounts {
		if p.sleep.note(found[i], now) {
			notify(p.changed)
		}
		if wakesFor(found[i], now) {
			p.wake()
		}
	}
	return err
}

// letSleep puts those of some idle accounts to sleep that have nothing to do, once they
// hear their wake-ups.
func (s *sleeper) letSleep(ctx context.Context, accounts []*accountRunner) error {
	accounts = slices.DeleteFunc(accounts, func(p *accountRunner) bool { return !p.listen(ctx) })
	keys := make([]*queue.WorkloadKeys, len(accounts))
	for i, p := range accounts {
		keys[i] = p.keys
	}
	began := time.Now()
	found, err := s.look(ctx, keys, make([]queue.Workload, len(accounts)), true)
	for i, p := range accounts {
		if p.sleep.rest(found[i], began, time.Now(), s.after) {
			notify(p.changed)
		}
	}
	return err
}

// noteRun has the chores of sleeping accounts done at once when Redis is another one: it
// may have forgotten what they have written.
func (s *sleeper) noteRun(ctx context.Context, accounts []*accountRunner) error {
	run, err := s.runs(ctx)
	if err != nil || run == s.known {
		return err
	}
	if s.known != "" {
		for _, p := range accounts {
			notify(p.overdue)
		}
	}
	s.known = run
	return nil
}
