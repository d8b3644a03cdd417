package recordtest

import (
	"time"
)

// Daytime is open from 8 to 20 h UTC, every day.
type Daytime struct{}

// At reports whether it is open at t, and when that changes next.
func (Daytime) At(t time.Time) (open bool, change time.Time) {
	t = t.UTC()
	morning := time.Date(t.Year(), t.Month(), t.Day(), 8, 0, 0, 0, time.UTC)
	evening := morning.Add(12 * time.Hour)
	switch {
	case t.Before(morning):
		return false, morning
	case t.Before(evening):
		return true, evening
	default:
		return false, morning.AddDate(0, 0, 1)
	}
}

func (Daytime) String() string { return "by day" }
