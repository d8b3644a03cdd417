package engine

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

// A clock is asked once a second at most, goes on meanwhile, and its errors are not kept.
func TestARecentClockGoesOn(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const ahead = time.Hour
		asked, fails := 0, true
		c := &recentClock{ask: func(context.Context) (time.Time, error) {
			if asked++; fails {
				return time.Time{}, errors.New("away")
			}
			return time.Now().Add(ahead), nil
		}}
		if _, err := c.now(t.Context()); err == nil {
			t.Error("a clock that is away: got no error")
		}
		fails = false
		for range 30 { // a tenth of a second each
			now, err := c.now(t.Context())
			if want := time.Now().Add(ahead); err != nil || !now.Equal(want) {
				t.Fatalf("got %v, %v, want %v", now, err, want)
			}
			<-time.After(100 * time.Millisecond)
		}
		if asked != 4 {
			t.Errorf("asked %d times in 3 s, want 4", asked)
		}
	})
}
