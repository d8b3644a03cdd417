package window

import (
	"time"

	"github.com/rickar/cal/v2"
)

// easter is so many days after the Easter of the western churches.
func easter(days int) *cal.Holiday { return &cal.Holiday{Offset: days, Func: cal.CalcEasterOffset} }

// orthodoxEaster is so many days after the Easter of the eastern churches.
func orthodoxEaster(days int) *cal.Holiday {
	return &cal.Holiday{Offset: days, Julian: true, Func: cal.CalcEasterOffset}
}

// fixed is the same day of every year.
func fixed(month time.Month, day int) *cal.Holiday {
	return &cal.Holiday{Month: month, Day: day, Func: cal.CalcDayOfMonth}
}

// nth is the nth of a day of the week in a month.
func nth(n int, day time.Weekday, month time.Month) *cal.Holiday {
	return &cal.Holiday{Month: month, Weekday: day, Offset: n, Func: cal.CalcWeekdayOffset}
}

// since is a holiday from a year on.
func since(year int, h *cal.Holiday) *cal.Holiday {
	h.StartYear = year
	return h
}

// moved is a holiday that is kept on the Monday, too, when it is on a weekend.
func moved(h *cal.Holiday) *cal.Holiday {
	h.Observed = []cal.AltDay{{Day: time.Saturday, Offset: 2}, {Day: time.Sunday, Offset: 1}}
	return h
}

// toMonday is a holiday of the nearest Monday, unless it is on a weekend.
func toMonday(month time.Month, day int) *cal.Holiday {
	return &cal.Holiday{Func: func(_ *cal.Holiday, year int) time.Time {
		at := time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
		switch at.Weekday() {
		case time.Tuesday, time.Wednesday:
			return at.AddDate(0, 0, int(time.Monday-at.Weekday()))
		case time.Thursday, time.Friday:
			return at.AddDate(0, 0, 7-int(at.Weekday()-time.Monday))
		default:
			return at
		}
	}}
}
