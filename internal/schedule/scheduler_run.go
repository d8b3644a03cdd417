package schedule

import (
	"context"
	"errors"
	"time"
)

// Run enqueues what is due until ctx ends.
func (s *Scheduler) Run(ctx context.Context) {
	for {
		wait, err := s.Round(ctx)
		if ctx.Err() != nil {
			return
		}
		if err != nil && !s.failing {
			s.OnError(err)
		}
		s.failing = err != nil
		timer := time.NewTimer(wait)
		select {
		case <-ctx.Done():
			timer.Stop()
			return
		case <-timer.C:
		}
	}
}

// Round reads the schedules once, enqueues what is due, and returns how long to
// wait for the next round. An error has cost nothing: what was not done is due
// again.
func (s *Scheduler) Round(ctx context.Context) (time.Duration, error) {
	began := s.Now()
	seen, err := s.Store.Read(ctx, s.Account, s.version)
	if err != nil {
		return readEvery, err
	}
	answered := s.Now()
	if answered.Sub(began) > staleAfter {
		return 0, nil
	}
	s.learn(seen)
	err = s.enqueueDue(ctx, seen, began)
	if err != nil {
		return readEvery, err
	}
	return max(s.untilNext(seen.Now)-s.Now().Sub(answered), time.Millisecond), nil
}

// enqueueDue enqueues what is due and then moves the cursors. A crash between
// the two only has the same ids tried again.
//
// Ticks up to seen.Now are those of the schedules as they were at that moment,
// and a schedule that replaces another has only later ones. So no tick is
// enqueued by both, however late this is.
func (s *Scheduler) enqueueDue(ctx context.Context, seen Overview, began time.Time) error {
	runs := s.runs(seen)
	if len(runs) == 0 {
		return nil
	}
	firings := s.firings(runs)
	if s.Now().Sub(began) > staleAfter {
		return nil
	}
	var first error
	if len(firings) > 0 {
		ticks := make([]TickCampaign, len(firings))
		for i, f := range firings {
			ticks[i] = TickCampaign{Campaign: f.campaign, Schedule: f.run.plan.Name, CreatedBy: f.run.plan.CreatedBy}
		}
		for i, err := range s.Queue.Enqueue(ctx, ticks) {
			if err := s.recordResult(firings[i], err, seen.Now); err != nil && first == nil {
				first = err
			}
		}
	}
	return errors.Join(first, s.advance(ctx, runs))
}

// advance moves the cursors. The worker that moves one over missed ticks reports
// them.
func (s *Scheduler) advance(ctx context.Context, runs []*scheduleRun) error {
	var moves []CursorMove
	var moving []*scheduleRun
	for _, r := range runs {
		if r.to != r.from {
			moves = append(moves, CursorMove{Name: r.plan.Name, From: r.from.String(), To: r.to.String()})
			moving = append(moving, r)
		}
	}
	if len(moves) == 0 {
		return nil
	}
	moved, err := s.Store.Advance(ctx, s.Account, moves)
	if err != nil {
		return err
	}
	for i, r := range moving {
		if moved[i] && !r.due.LastDropped.IsZero() {
			s.OnEvent(TickEvent{Kind: EventMissed, Schedule: r.plan.Name, Tick: r.due.FirstDropped, Until: r.due.LastDropped})
		}
	}
	return nil
}
