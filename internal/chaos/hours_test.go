package chaos

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/octoq/octoq/internal/simulator"
)

// hours are the times of a play that campaigns are given.
type hours struct {
	began   time.Time
	span    time.Duration // of the faults
	opening time.Time     // of sending windows, which are closed from the beginning on
}

// hoursOf lets windows open in the middle of the faults, or soon after: they
// know whole minutes only.
func hoursOf(began time.Time, span time.Duration) hours {
	middle := began.Add(span / 2).UTC()
	opening := middle.Truncate(time.Minute)
	if opening.Before(middle) {
		opening = opening.Add(time.Minute)
	}
	return hours{began: began.UTC(), span: span, opening: opening}
}

// open has windows open from the beginning on: they know whole minutes only, and a
// short play does not wait for the next one.
func (h hours) open() hours {
	h.opening = h.began.Truncate(time.Minute)
	return h
}

// window is open all day but for the minutes until the opening.
func (h hours) window() string {
	clock := func(t time.Time) string { return t.Format("15:04") }
	closing, opening, spans := clock(h.began), clock(h.opening), []string{}
	if h.began.Day() != h.opening.Day() { // midnight passes meanwhile
		return opening + "-" + closing + " UTC"
	}
	if closing != "00:00" {
		spans = append(spans, "00:00-"+closing)
	}
	return strings.Join(append(spans, opening+"-24:00"), ",") + " UTC"
}

// some is a second of the second half of the faults, before which most of the
// campaigns are enqueued.
func (h hours) some(r *rand.Rand) time.Time {
	half := h.span / 2
	return h.began.Add(half + time.Duration(r.Int64N(int64(half)))).Truncate(time.Second)
}

// early lists what the API was asked to do before a campaign's time.
func (w *world) early(items []item) []string {
	calls := map[sort]string{windowed: simulator.CallSend, booked: simulator.CallCreate}
	from := map[string]item{}
	for _, c := range items {
		from[c.id] = c
	}
	var early []string
	for _, call := range w.sim.Log() {
		c := from[call.ListName+call.TagName]
		if call.Call == calls[c.sort] && call.Time.Before(c.from) {
			early = append(early, fmt.Sprintf("%s of %s at %v, before %v", call.Call, c.id, call.Time.UTC(), c.from))
		}
	}
	return early
}

func TestWindowsOpenInTheMiddle(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ began, span, opening, window string }{
		{"2026-06-01T12:00:10Z", "300s", "2026-06-01T12:03:00Z", "00:00-12:00,12:03-24:00 UTC"},
		{"2026-06-01T12:00:55Z", "12s", "2026-06-01T12:02:00Z", "00:00-12:00,12:02-24:00 UTC"},
		{"2026-06-01T12:00:30Z", "60s", "2026-06-01T12:01:00Z", "00:00-12:00,12:01-24:00 UTC"},
		{"2026-06-01T00:00:30Z", "60s", "2026-06-01T00:01:00Z", "00:01-24:00 UTC"},
		{"2026-06-01T23:59:10Z", "300s", "2026-06-02T00:02:00Z", "00:02-23:59 UTC"},
		{"2026-06-01T23:59:10Z", "20s", "2026-06-02T00:00:00Z", "00:00-23:59 UTC"},
	} {
		began, err := time.Parse(time.RFC3339, tt.began)
		if err != nil {
			t.Fatal(err)
		}
		span, err := time.ParseDuration(tt.span)
		if err != nil {
			t.Fatal(err)
		}
		h := hoursOf(began, span)
		if opening := h.opening.Format(time.RFC3339); opening != tt.opening || h.window() != tt.window {
			t.Errorf("from %s for %s: got %s and %q, want %s and %q", tt.began, tt.span, opening, h.window(), tt.opening, tt.window)
		}
	}
}
