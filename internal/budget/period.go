package budget

import (
	"fmt"
	"sort"
	"time"
)

// Period is one day, week or month of a budget, from Start to just before End.
type Period struct {
	Key        string // such as 2026-11-29, 2026-W48, 2026-11
	Start, End time.Time
}

// Contains reports whether a moment is within the period.
func (p Period) Contains(at time.Time) bool { return !at.Before(p.Start) && at.Before(p.End) }

// date is a day of a calendar, without an hour or a zone.
type date struct {
	year  int
	month time.Month
	day   int
}

func dateOf(t time.Time) date {
	y, m, d := t.Date()
	return date{y, m, d}
}

// before compares two dates.
func (d date) before(o date) bool {
	return d.noon(time.UTC).Before(o.noon(time.UTC))
}

func (d date) noon(where *time.Location) time.Time {
	const noon = 12
	return time.Date(d.year, d.month, d.day, noon, 0, 0, 0, where)
}

// plus is a date so many months and days later.
func (d date) plus(months, days int) date {
	return dateOf(time.Date(d.year, d.month+time.Month(months), d.day+days, 0, 0, 0, 0, time.UTC))
}

// begins is the first moment of a date in a zone. Where clocks change at midnight there
// may be no 00:00, or two of them, and a zone may leave out a day, so it is looked for:
// time.Date may name a moment of the day before.
func (d date) begins(where *time.Location) time.Time {
	const around = 40 * time.Hour
	first := d.noon(where).Add(-around).Truncate(time.Second)
	n := sort.Search(int(2*around/time.Second), func(i int) bool {
		return !dateOf(first.Add(time.Duration(i) * time.Second).In(where)).before(d)
	})
	return first.Add(time.Duration(n) * time.Second).In(where)
}

// firstDay is the first date of the period that a date is in.
func firstDay(per Per, d date) date {
	const week = 7
	switch per {
	case PerMonth:
		return date{d.year, d.month, 1}
	case PerWeek:
		since := (int(d.noon(time.UTC).Weekday()) + week - int(time.Monday)) % week
		return d.plus(0, -since)
	default:
		return d
	}
}

// following is the first date of the period behind the one that begins with d.
func following(per Per, d date) date {
	const week = 7
	switch per {
	case PerMonth:
		return d.plus(1, 0)
	case PerWeek:
		return d.plus(0, week)
	default:
		return d.plus(0, 1)
	}
}

// keyOf names the period that begins with a date.
func keyOf(per Per, d date) string {
	switch per {
	case PerMonth:
		return fmt.Sprintf("%04d-%02d", d.year, d.month)
	case PerWeek:
		year, week := d.noon(time.UTC).ISOWeek()
		return fmt.Sprintf("%04d-W%02d", year, week)
	default:
		return fmt.Sprintf("%04d-%02d-%02d", d.year, d.month, d.day)
	}
}

// firstOf is the first date of the period that a key names.
func firstOf(per Per, key string) (first date, ok bool) {
	const week = 7
	switch per {
	case PerMonth:
		t, err := time.Parse("2006-01", key)
		return dateOf(t), err == nil
	case PerWeek:
		var year, number int
		if _, err := fmt.Sscanf(key, "%d-W%d", &year, &number); err != nil {
			return date{}, false
		}
		const always = 4 // 4 January is in the first week of its year
		d := firstDay(PerWeek, date{year, time.January, always}).plus(0, (number-1)*week)
		return d, keyOf(PerWeek, d) == key
	default:
		t, err := time.Parse(time.DateOnly, key)
		return dateOf(t), err == nil
	}
}

// periodOf is the period that a moment is in. Where a clock that goes back makes a date
// come twice, the moments in between belong to the date that began first.
func periodOf(per Per, at time.Time, where *time.Location) Period {
	first := firstDay(per, dateOf(at.In(where)))
	for range 2 {
		next := following(per, first)
		p := Period{Key: keyOf(per, first), Start: first.begins(where), End: next.begins(where)}
		switch {
		case at.Before(p.Start):
			first = firstDay(per, first.plus(0, -1))
		case !at.Before(p.End):
			first = next
		default:
			return p
		}
	}
	next := following(per, first)
	return Period{Key: keyOf(per, first), Start: first.begins(where), End: next.begins(where)}
}
