package sweep

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/octoq/octoq/campaign"
)

// Run sweeps every interval until ctx ends, as often as lead says that it is
// this worker's turn. It hands what it found, and errors, to report.
func (s *Sweeper) Run(ctx context.Context, every time.Duration, lead func(context.Context) (bool, error), report func(Findings, error)) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if ctx.Err() != nil { // both had come
			return
		}
		mine, err := lead(ctx)
		if err == nil && mine {
			var found Findings
			found, err = s.Sweep(ctx)
			report(found, err)
			continue
		}
		if err != nil && ctx.Err() == nil {
			report(nil, err)
		}
	}
}

// lettersEvery is how many sweeps pass between two looks at the dead letters:
// there may be very many, nothing happens to them by themselves, and no person
// waits for one that is missing.
const lettersEvery = 12

// Sweep looks at everything once, and tidies up. It goes on after an error with the next
// state and reports all of them; what was found until then is returned too.
func (s *Sweeper) Sweep(ctx context.Context) (Findings, error) {
	return s.sweep(ctx, slices.Concat(s.Maintenance, s.Tidying))
}

// PutBack is Sweep that does not tidy up.
func (s *Sweeper) PutBack(ctx context.Context) (Findings, error) {
	return s.sweep(ctx, s.Maintenance)
}

func (s *Sweeper) sweep(ctx context.Context, maintenance []Maintenance) (Findings, error) {
	found := Findings{}
	now, err := s.Clock(ctx)
	if err != nil {
		return found, fmt.Errorf("sweep account %s: ask Redis for the time: %w", s.Account, err)
	}
	idle := now.Add(-s.Idle)
	var errs []error
	s.unknown = 0
	defer func() {
		s.round++
		if s.unknown > 0 {
			found[UnknownVersion] = s.unknown
		}
	}()
	for _, state := range watched() {
		if state == campaign.StateDead && s.round%lettersEvery != 0 {
			continue
		}
		n, err := s.state(ctx, state, idle)
		if n > 0 {
			found[string(state)] += n
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("sweep %s campaigns of account %s: %w", state, s.Account, err))
		}
	}
	n, err := s.orphans(ctx, idle)
	if n > 0 {
		found[OrphansFound] = n
	}
	if err != nil {
		errs = append(errs, fmt.Errorf("sweep orphans of account %s: %w", s.Account, err))
	}
	for _, m := range maintenance {
		n, err := m.Do(ctx, s.Account)
		if n > 0 {
			found[m.Name] += n
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("%s for account %s: %w", m.Name, s.Account, err))
		}
	}
	return found, errors.Join(errs...)
}
