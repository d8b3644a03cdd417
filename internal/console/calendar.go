package console

import (
	"slices"
	"time"
)

// calendarWeeks bounds how far ahead the calendar shows, dayTicks how many ticks of a day
// it names.
const (
	calendarWeeks = 5
	dayTicks      = 4
)

// tick is when a schedule enqueues a campaign.
type tick struct {
	Name string
	At   time.Time
}

// Time is the hour of the tick, in UTC.
func (t tick) Time() string { return t.At.UTC().Format("15:04") }

// calendarDay is one day of the calendar, with its first ticks.
type calendarDay struct {
	Date  time.Time
	Ticks []tick
	More  int  // ticks that are not named
	Past  bool // before today
}

// Label is the day as it is read out.
func (d calendarDay) Label() string { return d.Date.Format("Monday, 2 January 2006") }

// Short is the day as a cell has it; the first of a month names the month.
func (d calendarDay) Short() string {
	if d.Date.Day() == 1 {
		return d.Date.Format("2 Jan")
	}
	return d.Date.Format("2")
}

// calendarOf are weeks of UTC from Monday on, from the one that now is in, with the ticks
// of each day. Weeks behind the last tick are left out.
func calendarOf(ticks []tick, now time.Time) [][]calendarDay {
	const week = 7
	today := midnight(now)
	monday := today.AddDate(0, 0, -(int(today.Weekday())+week-1)%week)
	slices.SortStableFunc(ticks, func(a, b tick) int { return a.At.Compare(b.At) })
	days := make([]calendarDay, calendarWeeks*week)
	for i := range days {
		days[i].Date = monday.AddDate(0, 0, i)
		days[i].Past = days[i].Date.Before(today)
	}
	last := 0
	for _, t := range ticks {
		const day = 24 * time.Hour
		at := int(midnight(t.At).Sub(monday) / day)
		switch {
		case at < 0 || at >= len(days):
		case len(days[at].Ticks) == dayTicks:
			days[at].More++
		default:
			days[at].Ticks, last = append(days[at].Ticks, t), at
		}
	}
	return slices.Collect(slices.Chunk(days[:(last/week+1)*week], week))
}

// midnight is the beginning of a day of UTC.
func midnight(t time.Time) time.Time {
	y, m, d := t.UTC().Date()
	return time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
}
