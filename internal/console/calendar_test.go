package console

import (
	"fmt"
	"testing"
	"time"
)

// Weeks begin on Monday, reach to the last tick, and each tick is on its day of UTC; of
// many on one day the first are named and the others counted.
func TestTheCalendarHasEachTickOnItsDay(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 29, 21, 0, 0, 0, time.UTC) // a Sunday
	at := func(day, hour int) time.Time { return time.Date(2026, 11, day, hour, 0, 0, 0, time.UTC) }
	paris := time.FixedZone("CET", 3600)
	ticks := []tick{
		{"b", at(30, 9)}, {"a", at(30, 8)}, {"late", time.Date(2026, 12, 2, 0, 30, 0, 0, paris)}, // 23:30 of 1 December in UTC
		{"far", at(30, 0).AddDate(0, 0, 60)}, // beyond what is shown
	}
	for hour := range 6 {
		ticks = append(ticks, tick{"often", time.Date(2026, 12, 6, hour, 0, 0, 0, time.UTC)})
	}
	weeks := calendarOf(ticks, now)
	if len(weeks) != 2 || len(weeks[0]) != 7 {
		t.Fatalf("got %d weeks, want the present one and the next", len(weeks))
	}
	for day, want := range map[[2]int]string{
		{0, 0}: "23 past [] 0", {0, 6}: "29 [] 0", {1, 0}: "30 [a 08:00 b 09:00] 0", {1, 1}: "1 Dec [late 23:30] 0",
		{1, 6}: "6 [often 00:00 often 01:00 often 02:00 often 03:00] 2",
	} {
		d := weeks[day[0]][day[1]]
		var named []string
		for _, one := range d.Ticks {
			named = append(named, one.Name+" "+one.Time())
		}
		past := ""
		if d.Past {
			past = " past"
		}
		if got := fmt.Sprintf("%s%s %s %d", d.Short(), past, fmt.Sprint(named), d.More); got != want {
			t.Errorf("week %d, day %d: got %s, want %s", day[0], day[1], got, want)
		}
	}
	if got := calendarOf(nil, now); len(got) != 1 {
		t.Errorf("without ticks: got %d weeks, want the present one", len(got))
	}
}
