package window

import (
	"slices"
	"time"

	"github.com/rickar/cal/v2"
)

// calendar lists the public holidays of one country.
type calendar []*cal.Holiday

// calendarOf is a country's calendar: that of the library with the corrections,
// nil for a country that is not known.
func calendarOf(country string) calendar {
	all := libraryHolidays(country)
	c := corrections()[country]
	return append(slices.DeleteFunc(slices.Clone(all), func(h *cal.Holiday) bool { return slices.Contains(c.without, h) }), c.with...)
}

// closed reports whether a date, in UTC, is a public holiday, or the day on
// which one is kept.
func (c calendar) closed(date time.Time) bool {
	on := func(year int) bool {
		return slices.ContainsFunc(c, func(h *cal.Holiday) bool {
			actual, kept := daysOf(h, year)
			return date.Equal(actual) || date.Equal(kept)
		})
	}
	// A New Year's Day on a Saturday may be kept in the year before.
	return on(date.Year()) || date.Month() == time.December && on(date.Year()+1)
}

// daysOf are the day of a holiday in a year and the day on which it is kept,
// zero if there is none. The library computes with midnights of the machine's
// zone. Where clocks are put forward at midnight that one is an hour early, in
// the day before: the day must not depend on the machine.
func daysOf(h *cal.Holiday, year int) (actual, kept time.Time) {
	plain := *h
	plain.Observed = nil
	midnight, _ := plain.Calc(year)
	if midnight.IsZero() {
		return time.Time{}, time.Time{}
	}
	y, m, d := midnight.Add(2 * time.Hour).Date()
	actual = time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
	for _, alternative := range h.Observed {
		if alternative.Day == actual.Weekday() {
			return actual, actual.AddDate(0, 0, alternative.Offset)
		}
	}
	return actual, actual
}
