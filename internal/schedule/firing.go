package schedule

import (
	"errors"
	"maps"
	"slices"
	"time"

	"github.com/octoq/octoq/campaign"
)

// scheduleRun is what one round makes of one schedule.
type scheduleRun struct {
	plan Plan
	due  Due
	from Cursor
	// to is where the cursor may go: over what was dropped, then over each tick
	// whose campaign is in Redis, never over one that may not be.
	to    Cursor
	stuck bool
}

// firing is one tick on its way into the queue.
type firing struct {
	run      *scheduleRun
	tick     time.Time
	campaign campaign.Campaign
}

// runs are the schedules with something due.
func (s *Scheduler) runs(seen Overview) []*scheduleRun {
	var all []*scheduleRun
	for _, name := range slices.Sorted(maps.Keys(s.plans)) {
		p := s.plans[name]
		from, err := ParseCursor(seen.Cursors[name])
		if err != nil {
			s.OnEvent(TickEvent{Kind: EventUnreadable, Schedule: name, Err: err})
			delete(s.plans, name)
			continue
		}
		s.warnAhead(p, from, seen.Now)
		due := p.Due(from.UpTo, seen.Now, p.Missed)
		if len(due.Ticks) == 0 && due.LastDropped.IsZero() {
			continue
		}
		r := &scheduleRun{plan: p, due: due, from: from, to: from}
		if !due.LastDropped.IsZero() {
			r.to.UpTo = due.LastDropped
		}
		all = append(all, r)
	}
	return all
}

// warnAhead reports now and then a cursor that is well ahead of Redis's clock.
// It is not put back: that could enqueue a tick twice.
func (s *Scheduler) warnAhead(p Plan, at Cursor, now time.Time) {
	if !at.UpTo.After(now.Add(Tolerance)) {
		return
	}
	if last, warned := s.ahead[p.Name]; warned && s.Now().Sub(last) < warnEvery {
		return
	}
	s.ahead[p.Name] = s.Now()
	s.OnEvent(TickEvent{Kind: EventAhead, Schedule: p.Name, Until: at.UpTo})
}

// firings renders the campaigns of all due ticks, each schedule's in order.
func (s *Scheduler) firings(runs []*scheduleRun) []firing {
	var all []firing
	for _, r := range runs {
		before := s.refused[r.plan.Name]
		still := map[int64]bool{} // of those that are due yet
		s.refused[r.plan.Name] = still
		for _, tick := range r.due.Ticks {
			if before[tick.Unix()] {
				still[tick.Unix()] = true
				continue
			}
			item, err := r.plan.Campaign(tick)
			if err != nil {
				s.refuse(r.plan, tick, "", err)
				continue
			}
			all = append(all, firing{run: r, tick: tick, campaign: item})
		}
	}
	return all
}

// recordResult takes in what became of a tick. A failure keeps the cursor before
// it.
func (s *Scheduler) recordResult(f firing, err error, now time.Time) error {
	name, id := f.run.plan.Name, f.campaign.ID
	duplicate, known := errors.AsType[*campaign.DuplicateError](err)
	switch {
	case err == nil:
		s.OnEvent(TickEvent{Kind: EventEnqueued, Schedule: name, Tick: f.tick, ID: id, Late: now.Sub(f.tick)})
	case known && !duplicate.Same:
		s.OnEvent(TickEvent{Kind: EventTaken, Schedule: name, Tick: f.tick, ID: id, Err: err})
	case known || errors.Is(err, campaign.ErrDuplicate):
		s.OnEvent(TickEvent{Kind: EventKnown, Schedule: name, Tick: f.tick, ID: id})
	case errors.Is(err, campaign.ErrInvalid):
		s.refuse(f.run.plan, f.tick, id, err)
		return nil
	default:
		f.run.stuck = true
		return err
	}
	if !f.run.stuck {
		f.run.to.UpTo, f.run.to.Last = f.tick, f.tick
	}
	return nil
}

// refuse reports once a tick whose campaign is not valid. Its cursor stays for
// as long as the tick may be enqueued by a worker with other rules, such as a
// newer one; later ticks pass it by.
func (s *Scheduler) refuse(p Plan, tick time.Time, id string, err error) {
	s.refused[p.Name][tick.Unix()] = true
	s.OnEvent(TickEvent{Kind: EventRefused, Schedule: p.Name, Tick: tick, ID: id, Err: err})
}
