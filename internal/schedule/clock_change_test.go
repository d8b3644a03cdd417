package schedule_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// A schedule of every minute over both nights of 2026 in which clocks change,
// in five zones. With * for the hour, each minute that passes has its tick. By
// the clock, each time of day has one: a repeated one when it first comes, and
// what is left out is one tick, when the clock is put forward.
func TestEveryMinuteOfBothNightsOfAClockChange(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"Europe/Paris", "America/New_York", "America/Santiago", "Australia/Lord_Howe", "Africa/Cairo"} {
		z := location(t, name)
		at := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
		for range 2 {
			_, change := at.In(z).ZoneBounds()
			at = change
			hour := lastClock(change, z).Hour() // which is left out when the clock is put forward
			for cron, want := range map[string][]string{
				"* * * * *":                     minutes(change, z, nil),
				"* 0-23 * * *":                  minutes(change, z, nil), // every hour, too
				"* 0-22 * * *":                  minutes(change, z, func(h int) bool { return h <= 22 }),
				fmt.Sprintf("* %d * * *", hour): minutes(change, z, func(h int) bool { return h == hour }),
			} {
				t.Run(fmt.Sprint(name, " ", change.Format(time.DateOnly), " ", cron), func(t *testing.T) {
					t.Parallel()
					got := between(expression(t, cron, name), change.Add(-night), change.Add(night))
					if diff := cmp.Diff(want, got); diff != "" {
						t.Errorf("ticks (-want +got):\n%s", diff)
					}
				})
			}
		}
	}
}

// night is how long before and after a change is looked at.
const night = 12 * time.Hour

// lastClock is what the clock would show at a change if it had not been put
// forward or back, as if it stood in UTC.
func lastClock(change time.Time, z *time.Location) time.Time {
	_, offset := change.Add(-time.Minute).In(z).Zone()
	return change.UTC().Add(time.Duration(offset) * time.Second)
}

// minutes lists those around a change: all of them, or those of some hours that
// the clock shows for the first time, and the change itself if it leaves one of
// them out.
func minutes(change time.Time, z *time.Location, of func(hour int) bool) []string {
	var ticks []string
	shown := map[string]bool{}
	_, offset := change.In(z).Zone()
	after := change.UTC().Add(time.Duration(offset) * time.Second)
	for at := change.Add(-night - 2*time.Hour); !at.After(change.Add(night)); at = at.Add(time.Minute) {
		local := at.In(z)
		clock := local.Format("02 15:04")
		tick := of == nil || !shown[clock] && of(local.Hour())
		shown[clock] = true
		for out := lastClock(change, z); of != nil && at.Equal(change) && out.Before(after); out = out.Add(time.Minute) {
			tick = tick || of(out.Hour())
		}
		if tick && at.After(change.Add(-night)) {
			ticks = append(ticks, local.Format("01-02 15:04:05Z07"))
		}
	}
	return ticks
}
