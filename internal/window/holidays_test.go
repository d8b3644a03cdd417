package window_test

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/rickar/cal/v2"

	"github.com/octoq/octoq/internal/window"
)

// daysOff are those of a country in 2026, 2027 and 2028: what the law of the
// whole country has, and what a window is closed on besides.
type daysOff struct{ law, also [3]string }

func holidays() map[string]daysOff {
	all := europe()
	maps.Copy(all, elsewhere())
	return all
}

// A window is closed on each public holiday of each country that is offered, and
// on no other day, over three years.
func TestHolidaysAreThoseOfTheLaw(t *testing.T) {
	t.Parallel()
	if diff := cmp.Diff(window.Countries(), slices.Sorted(maps.Keys(holidays()))); diff != "" {
		t.Errorf("countries without a table, or the reverse (-offered +table):\n%s", diff)
	}
	checkHolidays(t)
}

// They do not depend on the machine's zone, where a midnight may be left out: by
// the clocks of Santiago, Bulgaria's 6 September of 2026 was a day early.
func TestHolidaysDoNotDependOnTheMachine(t *testing.T) { //nolint:paralleltest // it changes the library's zone
	machine := cal.DefaultLoc
	defer func() { cal.DefaultLoc = machine }()
	for _, name := range []string{"Africa/Cairo", "America/Santiago"} {
		cal.DefaultLoc = location(t, name)
		checkHolidays(t)
	}
}

func checkHolidays(t *testing.T) {
	t.Helper()
	for country, days := range holidays() {
		w := parse(t, "00:00-24:00 UTC holidays="+country)
		for i := range days.law {
			year := window.HolidaysUntil - len(days.law) + 1 + i
			want := slices.Sorted(slices.Values(strings.Fields(days.law[i] + " " + days.also[i])))
			if diff := cmp.Diff(want, closedDays(w, year)); diff != "" {
				t.Errorf("%s in %d, by the clocks of %s (-want +got):\n%s", country, year, cal.DefaultLoc, diff)
			}
		}
	}
}

// closedDays lists the days of a year on which a window is closed.
func closedDays(w *window.Window, year int) []string {
	var closed []string
	for at := time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC); at.Year() == year; {
		open, change := w.At(at)
		for ; at.Before(change) && at.Year() == year; at = at.AddDate(0, 0, 1) {
			if !open {
				closed = append(closed, at.Format("01-02"))
			}
		}
	}
	return closed
}
