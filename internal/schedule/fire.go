package schedule

import (
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"github.com/octoq/octoq/campaign"
)

// course is what one look makes of one schedule.
type course struct {
	plan Plan
	due  Due
	from Cursor
	// to is where the cursor may go: over what was dropped, then over each tick
	// whose campaign is in Redis, never over one that may not be.
	to    Cursor
	stuck bool
}

// shot is one tick on its way into the queue.
type shot struct {
	course   *course
	tick     time.Time
	campaign campaign.Campaign
}

// fire enqueues what is due and then moves the cursors. A crash between the two
// only has the same ids tried again.
//
// Ticks up to sight.Now are those of the schedules as they were at that moment,
// and a schedule that replaces another has only later ones. So no tick is
// enqueued by both, however late this is.
func (r *Runner) fire(ctx context.Context, sight Sight, began time.Time) error {
	courses := r.courses(sight)
	if len(courses) == 0 {
		return nil
	}
	shots := r.shots(courses)
	if r.Now().Sub(began) > stale {
		return nil
	}
	var first error
	if len(shots) > 0 {
		campaigns := make([]campaign.Campaign, len(shots))
		for i, s := range shots {
			campaigns[i] = s.campaign
		}
		for i, err := range r.Queue.Enqueue(ctx, campaigns) {
			if err := r.landed(shots[i], err, sight.Now); err != nil && first == nil {
				first = err
			}
		}
	}
	return errors.Join(first, r.advance(ctx, courses))
}

// courses are the schedules of which something is due.
func (r *Runner) courses(sight Sight) []*course {
	var all []*course
	for _, name := range slices.Sorted(maps.Keys(r.plans)) {
		p := r.plans[name]
		from, err := ParseCursor(sight.Cursors[name])
		if err != nil {
			r.Tell(Event{What: WhatUnreadable, Schedule: name, Err: err})
			delete(r.plans, name)
			continue
		}
		r.warnAhead(p, from, sight.Now)
		due := p.Due(from.UpTo, sight.Now, p.Missed)
		if len(due.Ticks) == 0 && due.LastDropped.IsZero() {
			continue
		}
		c := &course{plan: p, due: due, from: from, to: from}
		if !due.LastDropped.IsZero() {
			c.to.UpTo = due.LastDropped
		}
		all = append(all, c)
	}
	return all
}

// warnAhead tells now and then of a cursor that is well ahead of Redis's clock.
// It is not put back: that could enqueue a tick twice.
func (r *Runner) warnAhead(p Plan, at Cursor, now time.Time) {
	if !at.UpTo.After(now.Add(Tolerance)) {
		return
	}
	if last, told := r.ahead[p.Name]; told && r.Now().Sub(last) < tellEvery {
		return
	}
	r.ahead[p.Name] = r.Now()
	r.Tell(Event{What: WhatAhead, Schedule: p.Name, Until: at.UpTo})
}

// shots renders the campaigns of all due ticks, each schedule's in order.
func (r *Runner) shots(courses []*course) []shot {
	var all []shot
	for _, c := range courses {
		told := r.refused[c.plan.Name]
		still := map[int64]bool{} // of those that are due yet
		r.refused[c.plan.Name] = still
		for _, tick := range c.due.Ticks {
			if told[tick.Unix()] {
				still[tick.Unix()] = true
				continue
			}
			item, err := c.plan.Campaign(tick)
			if err != nil {
				r.refuse(c.plan, tick, "", err)
				continue
			}
			all = append(all, shot{course: c, tick: tick, campaign: item})
		}
	}
	return all
}

// landed takes in what became of a tick. A failure keeps the cursor before it.
func (r *Runner) landed(s shot, err error, now time.Time) error {
	name, id := s.course.plan.Name, s.campaign.ID
	duplicate, known := errors.AsType[*campaign.DuplicateError](err)
	switch {
	case err == nil:
		r.Tell(Event{What: WhatEnqueued, Schedule: name, Tick: s.tick, ID: id, Late: now.Sub(s.tick)})
	case known && !duplicate.Same:
		r.Tell(Event{What: WhatTaken, Schedule: name, Tick: s.tick, ID: id, Err: err})
	case known || errors.Is(err, campaign.ErrDuplicate):
		r.Tell(Event{What: WhatKnown, Schedule: name, Tick: s.tick, ID: id})
	case errors.Is(err, campaign.ErrInvalid):
		r.refuse(s.course.plan, s.tick, id, err)
		return nil
	default:
		s.course.stuck = true
		return err
	}
	if !s.course.stuck {
		s.course.to.UpTo, s.course.to.Last = s.tick, s.tick
	}
	return nil
}

// refuse tells once of a tick whose campaign is not valid. Its cursor stays
// for as long as the tick may be enqueued by a worker with other rules, such as
// a newer one; later ticks pass it by.
func (r *Runner) refuse(p Plan, tick time.Time, id string, err error) {
	r.refused[p.Name][tick.Unix()] = true
	r.Tell(Event{What: WhatRefused, Schedule: p.Name, Tick: tick, ID: id, Err: err})
}

// advance moves the cursors. Who moves one over missed ticks tells of them.
func (r *Runner) advance(ctx context.Context, courses []*course) error {
	var moves []Move
	var moved []*course
	for _, c := range courses {
		if c.to != c.from {
			moves = append(moves, Move{Name: c.plan.Name, From: c.from.String(), To: c.to.String()})
			moved = append(moved, c)
		}
	}
	if len(moves) == 0 {
		return nil
	}
	made, err := r.Store.Advance(ctx, r.Account, moves)
	if err != nil {
		return err
	}
	for i, c := range moved {
		if made[i] && !c.due.LastDropped.IsZero() {
			r.Tell(Event{What: WhatMissed, Schedule: c.plan.Name, Tick: c.due.FirstDropped, Until: c.due.LastDropped})
		}
	}
	return nil
}
