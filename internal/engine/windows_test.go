package engine

import (
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/octoq/octoq/campaign"
)

// A campaign narrows its account's window, and cannot widen it.
func TestWindowsNarrow(t *testing.T) {
	t.Parallel()
	at := func(hour int) time.Time { return time.Date(2026, 3, 2, hour, 0, 0, 0, time.UTC) }
	for _, c := range []struct{ account, own, open string }{
		{"", "", "6 12 22"},
		{"off", "off", "6 12 22"},
		{"08:00-20:00 UTC", "", "12"},
		{"08:00-20:00 UTC", "off", "12"},
		{"", "00:00-08:00 UTC", "6"},
		{"08:00-20:00 UTC", "10:00-24:00 UTC", "12"},
		{"08:00-20:00 UTC", "20:00-24:00 UTC", ""},
	} {
		w, err := windows(c.account)(campaign.Campaign{Window: c.own}, "")
		if err != nil {
			t.Fatal(err)
		}
		for _, hour := range []int{6, 12, 22} {
			open := w == nil
			if w != nil {
				open, _ = w.At(at(hour))
			}
			if want := slices.Contains(strings.Fields(c.open), strconv.Itoa(hour)); open != want {
				t.Errorf("%q and %q at %d h: got open %v, want %v", c.account, c.own, hour, open, want)
			}
		}
	}
	if _, err := windows("")(campaign.Campaign{Window: "08:00-20:00 Europe/Lutetia"}, ""); err == nil {
		t.Error("a zone that does not exist: got no error")
	}
}
