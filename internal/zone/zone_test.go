package zone_test

import (
	"errors"
	"testing"
	"time"

	"github.com/octoq/octoq/internal/zone"
)

// Every zone that is built in can be read, and is the one of its name.
func TestEveryZoneLoads(t *testing.T) {
	t.Parallel()
	names, err := zone.Names()
	if err != nil {
		t.Fatal(err)
	}
	const fewest = 400
	if len(names) < fewest {
		t.Errorf("zones: got %d, want %d or more", len(names), fewest)
	}
	for _, name := range names {
		if z, err := zone.Load(name); err != nil || z.String() != name {
			t.Errorf("%s: got %v, %v", name, z, err)
		}
	}
}

func TestLoadRefusesWhatIsNoZone(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"", "Local", "Europe", "Europe/", "Europe/Lutetia", "europe/paris", "../Europe/Paris", "/etc/localtime", "EST5EDT4"} {
		if z, err := zone.Load(name); !errors.Is(err, zone.ErrUnknown) {
			t.Errorf("%q: got %v, %v, want ErrUnknown", name, z, err)
		}
	}
}

// The machine's zones are not asked.
func TestLoadIgnoresTheMachine(t *testing.T) {
	t.Setenv("ZONEINFO", t.TempDir())
	for at, want := range map[string]string{
		"2026-03-29T00:59:59Z": "2026-03-29T01:59:59+01:00",
		"2026-03-29T01:00:00Z": "2026-03-29T03:00:00+02:00",
		"2026-10-25T01:00:00Z": "2026-10-25T02:00:00+01:00",
	} {
		paris, err := zone.Load("Europe/Paris")
		if err != nil {
			t.Fatal(err)
		}
		moment, err := time.Parse(time.RFC3339, at)
		if err != nil {
			t.Fatal(err)
		}
		if got := moment.In(paris).Format(time.RFC3339); got != want {
			t.Errorf("%s: got %s, want %s", at, got, want)
		}
	}
}

func BenchmarkLoad(b *testing.B) {
	for b.Loop() {
		if _, err := zone.Load("Europe/Paris"); err != nil {
			b.Fatal(err)
		}
	}
}
