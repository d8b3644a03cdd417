package schedule

import "time"

// Tolerance is how old a tick may be to count as on time. Older ones are
// missed. A minute outlasts the restart of a worker and the failover of a Redis.
const Tolerance = time.Minute

// Missed says what becomes of ticks that no worker enqueued in time.
type Missed string

const (
	// MissedSkip drops them.
	MissedSkip Missed = "skip"
	// MissedOnce enqueues the latest of them, unless a later one is due anyway.
	MissedOnce Missed = "once"
)

// Due is what has to be done about a schedule at some moment.
type Due struct {
	// Ticks are to be enqueued, oldest first: at most 61, and one more than a
	// minute old only with MissedOnce.
	Ticks []time.Time
	// FirstDropped and LastDropped are the ends of what was missed and is left
	// out; zero if nothing is.
	FirstDropped, LastDropped time.Time
}

// Due returns which ticks after one moment are due at another. Its cost does not
// grow with what lies between the two.
func (e Expression) Due(after, now time.Time, policy Missed) Due {
	var d Due
	first := e.Next(after)
	if first.IsZero() || first.After(now) {
		return d
	}
	from := after
	if limit := now.Add(-Tolerance); !first.After(limit) {
		d.FirstDropped, d.LastDropped = first, e.Latest(after, limit)
		from = limit
	}
	for t := e.Next(from); !t.IsZero() && !t.After(now); t = e.Next(t) {
		d.Ticks = append(d.Ticks, t)
	}
	if policy == MissedOnce && len(d.Ticks) == 0 {
		d.catchUp(e, after)
	}
	return d
}

// catchUp moves the latest missed tick to those that are enqueued.
func (d *Due) catchUp(e Expression, after time.Time) {
	d.Ticks = []time.Time{d.LastDropped}
	if d.FirstDropped.Equal(d.LastDropped) {
		d.FirstDropped, d.LastDropped = time.Time{}, time.Time{}
		return
	}
	d.LastDropped = e.Latest(after, d.LastDropped.Add(-1))
}
