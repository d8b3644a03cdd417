package stage

import (
	"testing"
	"time"
)

// TestNearestSecond: the nearest whole second, unless that is before half of the wait.
func TestNearestSecond(t *testing.T) {
	t.Parallel()
	second := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	for _, c := range []struct{ now, wait, want time.Duration }{
		{0, time.Second, time.Second},
		{400 * time.Millisecond, time.Second, time.Second},
		{500 * time.Millisecond, time.Second, 2 * time.Second},
		{900 * time.Millisecond, time.Second, 2 * time.Second},
		{300 * time.Millisecond, 5 * time.Second, 5 * time.Second},
		{100 * time.Millisecond, 200 * time.Millisecond, 300 * time.Millisecond}, // the second before has passed
		{900 * time.Millisecond, 200 * time.Millisecond, time.Second},
		{950 * time.Millisecond, 200 * time.Millisecond, 950*time.Millisecond + 200*time.Millisecond},
	} {
		now := second.Add(c.now)
		if got := nearestSecond(now.Add(c.wait), now); !got.Equal(second.Add(c.want)) {
			t.Errorf("after %v, a wait of %v: got %v, want %v", c.now, c.wait, got.Sub(second), c.want)
		}
	}
}
