package schedule_test

import (
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/octoq/octoq/internal/schedule"
	"github.com/octoq/octoq/internal/zone"
)

func location(t *testing.T, name string) *time.Location {
	t.Helper()
	z, err := zone.Load(name)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

func expression(t *testing.T, cron, in string) schedule.Expression {
	t.Helper()
	e, err := schedule.ParseExpression(cron, location(t, in))
	if err != nil {
		t.Fatalf("%q: %v", cron, err)
	}
	return e
}

// between lists the ticks of a span, with their offset from UTC.
func between(e schedule.Expression, from, to time.Time) []string {
	var all []string
	for t := e.Next(from); !t.IsZero() && !t.After(to); t = e.Next(t) {
		all = append(all, t.Format("01-02 15:04:05Z07"))
	}
	return all
}

func TestNext(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name, cron, zone, from, to string
		want                       []string
	}{
		{
			name: "a job at 02:30 in the night that leaves out 02:00 to 03:00 runs when the clock is put forward",
			cron: "30 2 * * *", zone: "Europe/Paris", from: "2026-03-28T00:00:00Z", to: "2026-03-31T00:00:00Z",
			want: []string{"03-28 02:30:00+01", "03-29 03:00:00+02", "03-30 02:30:00+02"},
		},
		{
			name: "a job at 02:30 in the night that has it twice runs at the first",
			cron: "30 2 * * *", zone: "Europe/Paris", from: "2026-10-24T00:00:00Z", to: "2026-10-27T00:00:00Z",
			want: []string{"10-24 02:30:00+02", "10-25 02:30:00+02", "10-26 02:30:00+01"},
		},
		{
			name: "several ticks of an hour that is left out are one", cron: "*/20 2,3 * * *", zone: "Europe/Paris",
			from: "2026-03-28T12:00:00Z", to: "2026-03-29T12:00:00Z",
			want: []string{"03-29 03:00:00+02", "03-29 03:20:00+02", "03-29 03:40:00+02"},
		},
		{
			name: "every hour has the repeated one twice", cron: "30 * * * *", zone: "Europe/Paris",
			from: "2026-10-24T23:00:00Z", to: "2026-10-25T02:59:00Z",
			want: []string{"10-25 01:30:00+02", "10-25 02:30:00+02", "10-25 02:30:00+01", "10-25 03:30:00+01"},
		},
		{
			name: "every hour has none in the one that is left out", cron: "30 * * * *", zone: "Europe/Paris",
			from: "2026-03-29T00:00:00Z", to: "2026-03-29T02:00:00Z",
			want: []string{"03-29 01:30:00+01", "03-29 03:30:00+02"},
		},
		{
			name: "a day without midnight is not lost", cron: "0 9 6 9 *", zone: "America/Santiago",
			from: "2026-01-01T00:00:00Z", to: "2026-12-31T00:00:00Z",
			want: []string{"09-06 09:00:00-03"},
		},
		{
			name: "a midnight that is left out is at one", cron: "0 0 * * *", zone: "America/Santiago",
			from: "2026-09-05T12:00:00Z", to: "2026-09-07T12:00:00Z",
			want: []string{"09-06 01:00:00-03", "09-07 00:00:00-03"},
		},
		{
			name: "half an hour that is repeated", cron: "45 1 * * *", zone: "Australia/Lord_Howe",
			from: "2026-04-03T16:00:00Z", to: "2026-04-05T12:00:00Z",
			want: []string{"04-05 01:45:00+11"},
		},
		{
			name: "leap days", cron: "0 12 29 2 *", zone: "UTC", from: "2026-01-01T00:00:00Z", to: "2033-01-01T00:00:00Z",
			want: []string{"02-29 12:00:00Z", "02-29 12:00:00Z"},
		},
		{
			name: "the 31st is in seven months", cron: "0 12 31 * *", zone: "UTC", from: "2026-01-01T00:00:00Z", to: "2027-01-01T00:00:00Z",
			want: []string{
				"01-31 12:00:00Z", "03-31 12:00:00Z", "05-31 12:00:00Z", "07-31 12:00:00Z",
				"08-31 12:00:00Z", "10-31 12:00:00Z", "12-31 12:00:00Z",
			},
		},
		{
			name: "either day", cron: "0 0 13 * fri", zone: "UTC", from: "2026-11-10T00:00:00Z", to: "2026-11-20T00:00:00Z",
			want: []string{"11-13 00:00:00Z", "11-20 00:00:00Z"},
		},
		{
			name: "seconds", cron: "58/1 59 23 31 12 *", zone: "UTC", from: "2026-12-31T00:00:00Z", to: "2027-01-02T00:00:00Z",
			want: []string{"12-31 23:59:58Z", "12-31 23:59:59Z"},
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			got := between(expression(t, tc.cron, tc.zone), moment(t, tc.from), moment(t, tc.to))
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("ticks (-want +got):\n%s", diff)
			}
		})
	}
}

func moment(t *testing.T, text string) time.Time {
	t.Helper()
	m, err := time.Parse(time.RFC3339, text)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestParseExpressionRefuses(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"", "* * * *", "* * * * * * *", "@daily", "@every 1s", "TZ=UTC * * * * *", "CRON_TZ=UTC", "60 * * * *", "* 24 * * *",
		"* * 0 * *", "* * * 13 *", "* * * * 7", "*/0 * * * *", "5-1 * * * *", "*-5 * * * *", ", * * * *", "1,,2 * * * *",
		"* * * * mo", "x * * * *", strings.Repeat("1,", 200) + "1 * * * *",
	} {
		if _, err := schedule.ParseExpression(text, time.UTC); err == nil {
			t.Errorf("%.40q: got no error", text)
		}
	}
}

func TestSundayIsNotSeven(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"0 9 * * 7", "0 0 9 * * 1,7", "0 9 * * 5-7"} {
		if _, err := schedule.ParseExpression(text, time.UTC); err == nil || !strings.Contains(err.Error(), "Sunday is 0 or sun") {
			t.Errorf("%q: got %v, want an error that says what Sunday is", text, err)
		}
	}
}

// What Next does over a whole change of clocks is what the words say, minute by
// minute: see Expression.
func TestNextAgainstEveryMinute(t *testing.T) {
	t.Parallel()
	zones := []string{"Europe/Paris", "America/Santiago", "Australia/Lord_Howe", "Africa/Cairo", "Asia/Kolkata"}
	rapid.Check(t, func(rt *rapid.T) {
		z := location(t, rapid.SampledFrom(zones).Draw(rt, "zone"))
		minute := rapid.IntRange(0, 59).Draw(rt, "minute")
		hour := rapid.IntRange(-1, 4).Draw(rt, "hour") // -1 is every hour
		from := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
		for range rapid.IntRange(1, 2).Draw(rt, "change") {
			if _, change := from.In(z).ZoneBounds(); !change.IsZero() {
				from = change
			}
		}
		from = from.UTC().Add(-time.Duration(rapid.IntRange(-120, 1440).Draw(rt, "minutes before")) * time.Minute)
		hours := "*"
		if hour >= 0 {
			hours = strconv.Itoa(hour)
		}
		e, err := schedule.ParseExpression(strconv.Itoa(minute)+" "+hours+" * * *", z)
		if err != nil {
			rt.Fatal(err)
		}
		to := from.AddDate(0, 0, 2)
		got := between(e, from, to)
		want := slow(z, minute, hour, from, to)
		if diff := cmp.Diff(want, got); diff != "" {
			rt.Errorf("ticks of %d %s in %s from %s (-want +got):\n%s", minute, hours, z, from, diff)
		}
		if latest := e.Latest(from, to); len(got) > 0 && latest.Format("01-02 15:04:05Z07") != got[len(got)-1] {
			rt.Errorf("latest: got %s, want %s", latest, got[len(got)-1])
		}
	})
}

// slow lists the ticks of a minute and an hour by looking at every minute.
func slow(z *time.Location, minute, hour int, from, to time.Time) []string {
	var all []string
	shown := map[int64]bool{} // what the clock has shown
	for t := from.Add(-2 * time.Hour); !t.After(to); t = t.Add(time.Minute) {
		local, before := t.In(z), t.Add(-time.Minute).In(z)
		_, ahead := local.Zone()
		first := !shown[t.Unix()+int64(ahead)]
		shown[t.Unix()+int64(ahead)] = true
		tick := local.Minute() == minute && (hour < 0 || local.Hour() == hour && first)
		if hour >= 0 {
			// What the clock jumped over, this minute stands for.
			_, was := before.Zone()
			_, is := local.Zone()
			for gap := was + 60; gap < is+60; gap += 60 {
				w := before.UTC().Add(time.Duration(gap) * time.Second)
				tick = tick || w.Minute() == minute && w.Hour() == hour
			}
		}
		if tick && t.After(from) {
			all = append(all, local.Format("01-02 15:04:05Z07"))
		}
	}
	return slices.Compact(all)
}
