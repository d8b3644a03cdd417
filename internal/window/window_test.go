package window_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/window"
	"github.com/octoq/octoq/internal/zone"
)

// sample is a window as it is written.
const sample = "Mo-Sa 08:00-20:00 Europe/Paris holidays=FR"

func parse(t *testing.T, text string) *window.Window {
	t.Helper()
	w, err := window.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func location(t *testing.T, name string) *time.Location {
	t.Helper()
	z, err := zone.Load(name)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

// holidays2026 are the public holidays of France in 2026, by the calendar on
// the wall: Easter Sunday is on 5 April.
const holidays2026 = "01-01 04-06 05-01 05-08 05-14 05-25 07-14 08-15 11-01 11-11 12-25"

// TestFranceOverAYear asks for every half hour of 2026, both changes of the
// clocks included, and once more a moment before each of them.
func TestFranceOverAYear(t *testing.T) {
	t.Parallel()
	w, paris := parse(t, sample), location(t, "Europe/Paris")
	free := strings.Fields(holidays2026)
	oracle := func(at time.Time) bool {
		clock := at.In(paris).Format("Mon 01-02 15:04")
		day, date, hour := clock[:3], clock[4:9], clock[10:]
		return day != "Sun" && !slices.Contains(free, date) && hour >= "08:00" && hour < "20:00"
	}
	year(t, w, oracle, time.Date(2026, 1, 1, 0, 0, 0, 0, paris), 365*24*time.Hour)
	for _, c := range []struct{ at, want string }{
		{"2026-03-28T20:00:00+01:00", "2026-03-30T08:00:00+02:00"}, // over a Sunday on which the clocks are put forward
		{"2026-10-24T19:59:59+02:00", "2026-10-24T20:00:00+02:00"}, // closing
		{"2026-10-24T20:00:00+02:00", "2026-10-26T08:00:00+01:00"}, // and put back
		{"2026-04-04T20:00:00+02:00", "2026-04-07T08:00:00+02:00"}, // Easter
		{"2026-12-24T21:00:00+01:00", "2026-12-26T08:00:00+01:00"},
		{"2026-12-31T23:59:59+01:00", "2027-01-02T08:00:00+01:00"},
	} {
		_, change := w.At(moment(t, c.at))
		if want := moment(t, c.want); !change.Equal(want) {
			t.Errorf("at %s it changes at %s, want %s", c.at, change, c.want)
		}
	}
}

// year compares a window with an oracle at every half hour and the second
// before, and what it says of its next change with when it does change.
func year(t *testing.T, w interface {
	At(time.Time) (bool, time.Time)
}, oracle func(time.Time) bool, from time.Time, long time.Duration,
) {
	t.Helper()
	var planned time.Time // the next change, as the window last said
	was := oracle(from)
	for at := from; at.Before(from.Add(long)); at = at.Add(30 * time.Minute) {
		for _, at := range []time.Time{at.Add(-time.Second), at} {
			got, change := w.At(at)
			want := oracle(at)
			if got != want {
				t.Errorf("at %s: got open %v, want %v", at, got, want)
			}
			if want != was && !planned.IsZero() && !planned.Equal(at) {
				t.Errorf("it changed at %s, and had said %s", at, planned)
			}
			if !change.After(at) {
				t.Errorf("at %s: the next change, %s, is not later", at, change)
			}
			was, planned = want, change
		}
	}
}

func moment(t *testing.T, text string) time.Time {
	t.Helper()
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

// Zones with odd offsets, spans up to midnight and over it by two rules, hours
// that come twice or not at all.
func TestOtherWindowsOverAYear(t *testing.T) {
	t.Parallel()
	for text, open := range map[string]func(day, clock string) bool{
		"Mo-Fr 09:30-18:00 Asia/Kolkata": func(day, clock string) bool {
			return day != "Sat" && day != "Sun" && clock >= "09:30" && clock < "18:00"
		},
		"Fr 22:00-24:00 Sa 00:00-06:00 Asia/Kathmandu": func(day, clock string) bool {
			return day == "Fri" && clock >= "22:00" || day == "Sat" && clock < "06:00"
		},
		"Sa-Mo 20:00-24:00 Australia/Lord_Howe": func(day, clock string) bool {
			return clock >= "20:00" && (day == "Sat" || day == "Sun" || day == "Mon")
		},
		"02:30-03:30 Europe/Paris":   func(_, clock string) bool { return clock >= "02:30" && clock < "03:30" },
		"02:00-03:00 America/Denver": func(_, clock string) bool { return clock[:2] == "02" },
		"00:00-12:00,12:00-18:00 Mo 18:00-19:00 UTC": func(day, clock string) bool {
			return clock < "18:00" || day == "Mon" && clock < "19:00"
		},
		// Midnight does not exist there on the day the clocks are put forward.
		"00:00-01:30 America/Santiago": func(_, clock string) bool { return clock < "01:30" },
	} {
		w, place := parse(t, text), location(t, campaignZone(t, text))
		oracle := func(at time.Time) bool {
			at = at.In(place)
			return open(at.Format("Mon"), at.Format("15:04"))
		}
		from := time.Date(2027, 1, 1, 0, 0, 0, 0, place)
		t.Run(text, func(t *testing.T) {
			t.Parallel()
			year(t, w, oracle, from, 365*24*time.Hour)
		})
	}
}

func campaignZone(t *testing.T, text string) string {
	t.Helper()
	w, err := campaign.ParseWindow(text)
	if err != nil {
		t.Fatal(err)
	}
	return w.Zone
}

func TestAllWindowsTogether(t *testing.T) {
	t.Parallel()
	both := window.All{parse(t, sample), nil, parse(t, "Sa,Su 18:00-24:00 Europe/Paris")}
	paris := location(t, "Europe/Paris")
	free := strings.Fields(holidays2026)
	year(t, both, func(at time.Time) bool {
		at = at.In(paris)
		return at.Format("Mon") == "Sat" && at.Hour() >= 18 && at.Hour() < 20 && !slices.Contains(free, at.Format("01-02"))
	}, time.Date(2026, 8, 1, 0, 0, 0, 0, paris), 21*24*time.Hour) // with the 15th, a holiday and a Saturday
	if got, want := both.String(), sample+" and Sa,Su 18:00-24:00 Europe/Paris"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	for name, a := range map[string]window.All{
		"none":              {},
		"open for ever":     {nil, parse(t, "off")},
		"every hour":        {parse(t, "00:00-24:00 UTC")},
		"never at one time": {parse(t, "Mo 08:00-09:00 UTC"), parse(t, "Tu 08:00-09:00 UTC")},
	} {
		open, change := a.At(time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC))
		if open != (name != "never at one time") || !change.IsZero() {
			t.Errorf("%s: got %v, %s", name, open, change)
		}
	}
}

func TestParseRefusesWhatItCannotLookUp(t *testing.T) {
	t.Parallel()
	var book window.Cache
	for text, says := range map[string]string{
		"08:00-20:00 Europe/Lutetia":           "Europe/Lutetia",
		"08:00-20:00 Europe/Paris holidays=XX": "those of AR, AT",
		"noon":                                 sample,
	} {
		for _, ask := range []func(string) (*window.Window, error){window.Parse, book.Window, book.Window} {
			if w, err := ask(text); err == nil || w != nil || !strings.Contains(err.Error(), says) {
				t.Errorf("%q: got %v, %v, want an error with %q", text, w, err, says)
			}
		}
	}
	for _, text := range []string{"", "off", "08:00-20:00 UTC"} {
		one, err := book.Window(text)
		two, _ := book.Window(text)
		if err != nil || one != two {
			t.Errorf("%q: got %v, %v and %v, want the same twice", text, one, err, two)
		}
	}
}

// Each country that is offered has holidays, in every year.
func TestCountries(t *testing.T) {
	t.Parallel()
	for _, country := range window.Countries() {
		w := parse(t, "00:00-24:00 UTC holidays="+country)
		open, change := w.At(time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC))
		if change.IsZero() {
			t.Errorf("%s: no holiday in a year (open %v)", country, open)
		}
	}
}

func BenchmarkNextOpening(b *testing.B) {
	w, err := window.Parse(sample)
	if err != nil {
		b.Fatal(err)
	}
	at := time.Date(2026, 10, 24, 20, 0, 0, 0, time.UTC)
	for b.Loop() {
		w.At(at)
	}
}
