package stats

import (
	"fmt"
	"time"
)

// Per is how long a bucket is.
type Per string

// The buckets, all of them in UTC.
const (
	PerMinute Per = "minute"
	PerHour   Per = "hour"
	PerDay    Per = "day"
)

// How long buckets are kept. Hours are kept for the present month and the one before, so
// that these can be reckoned in another zone than UTC.
const (
	KeepPerMinute = 6 * time.Hour
	KeepPerHour   = 64 * 24 * time.Hour
	KeepPerDay    = 400 * 24 * time.Hour
)

// Length is how long a bucket is.
func (p Per) Length() time.Duration {
	switch p {
	case PerMinute:
		return time.Minute
	case PerHour:
		return time.Hour
	default:
		return 24 * time.Hour
	}
}

// Keep is how long a bucket is kept after it has ended.
func (p Per) Keep() time.Duration {
	switch p {
	case PerMinute:
		return KeepPerMinute
	case PerHour:
		return KeepPerHour
	default:
		return KeepPerDay
	}
}

// Index is the number of the bucket that a time is in; buckets are counted from 1970 on.
func (p Per) Index(t time.Time) int64 { return t.Unix() / int64(p.Length()/time.Second) }

// Start is when a bucket begins.
func (p Per) Start(index int64) time.Time {
	return time.Unix(index*int64(p.Length()/time.Second), 0).UTC()
}

// Period is a time from From, up to To without To itself.
type Period struct{ From, To time.Time }

// Month is the span of a calendar month such as 2026-11 in a zone.
func Month(month string, zone *time.Location) (Period, error) {
	from, err := time.ParseInLocation("2006-01", month, zone)
	if err != nil {
		return Period{}, fmt.Errorf("month is %q: want a month such as 2026-11", month)
	}
	return Period{From: from, To: from.AddDate(0, 1, 0)}, nil
}

// Buckets is the longest kind of bucket that a span consists of, at a time. It fails
// where the span cuts buckets that are kept no more, or an hour.
func (s Period) Buckets(now time.Time) (Per, error) {
	fits := func(p Per) bool { return p.whole(s.From) && p.whole(s.To) }
	switch {
	case fits(PerDay):
		return PerDay, s.Within(PerDay, now)
	case fits(PerHour):
		return PerHour, s.Within(PerHour, now)
	}
	return "", fmt.Errorf("%s to %s does not begin and end with an hour of UTC, by which figures are kept: give --zone UTC", text(s.From), text(s.To))
}

// Within fails where buckets of a span are kept no more.
func (s Period) Within(p Per, now time.Time) error {
	if oldest := now.Add(-p.Keep()); s.From.Before(oldest) && s.To.After(oldest) {
		return fmt.Errorf("figures by %s are kept for %d hours, since %s, and this begins at %s: ask for a later time, or by %s",
			p, int(p.Keep().Hours()), text(oldest), text(s.From), p.longer())
	}
	return nil
}

func (p Per) longer() string {
	if p == PerDay {
		return "month after that"
	}
	return "whole days of UTC"
}

func (p Per) whole(t time.Time) bool { return t.Equal(p.Start(p.Index(t))) }

func text(t time.Time) string { return t.UTC().Format("2006-01-02T15:04Z") }
