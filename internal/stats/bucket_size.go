package stats

import (
	"fmt"
	"time"
)

// BucketSize is how long a bucket is.
type BucketSize string

// The buckets, all of them in UTC.
const (
	PerMinute BucketSize = "minute"
	PerHour   BucketSize = "hour"
	PerDay    BucketSize = "day"
)

// How long buckets are kept. Hours are kept for the present month and the one before, so
// that these can be reckoned in another zone than UTC.
const (
	MinuteRetention = 6 * time.Hour
	HourRetention   = 64 * 24 * time.Hour
	DayRetention    = 400 * 24 * time.Hour
)

// Length is how long a bucket is.
func (p BucketSize) Length() time.Duration {
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
func (p BucketSize) Keep() time.Duration {
	switch p {
	case PerMinute:
		return MinuteRetention
	case PerHour:
		return HourRetention
	default:
		return DayRetention
	}
}

// Index is the number of the bucket that a time is in; buckets are counted from 1970 on.
func (p BucketSize) Index(t time.Time) int64 { return t.Unix() / int64(p.Length()/time.Second) }

// Start is when a bucket begins.
func (p BucketSize) Start(index int64) time.Time {
	return time.Unix(index*int64(p.Length()/time.Second), 0).UTC()
}

// TimeRange is a time from From, up to To without To itself.
type TimeRange struct{ From, To time.Time }

// Month is the span of a calendar month such as 2026-11 in a zone.
func Month(month string, zone *time.Location) (TimeRange, error) {
	from, err := time.ParseInLocation("2006-01", month, zone)
	if err != nil {
		return TimeRange{}, fmt.Errorf("month is %q: want a month such as 2026-11", month)
	}
	return TimeRange{From: from, To: from.AddDate(0, 1, 0)}, nil
}

// Buckets is the longest kind of bucket that a span consists of, at a time. It fails
// where the span cuts buckets that are kept no more, or an hour.
func (s TimeRange) Buckets(now time.Time) (BucketSize, error) {
	fits := func(p BucketSize) bool { return p.whole(s.From) && p.whole(s.To) }
	switch {
	case fits(PerDay):
		return PerDay, s.Within(PerDay, now)
	case fits(PerHour):
		return PerHour, s.Within(PerHour, now)
	}
	return "", fmt.Errorf("%s to %s does not begin and end with an hour of UTC, by which figures are kept: give --zone UTC", text(s.From), text(s.To))
}

// Within fails where buckets of a span are kept no more.
func (s TimeRange) Within(p BucketSize, now time.Time) error {
	if oldest := now.Add(-p.Keep()); s.From.Before(oldest) && s.To.After(oldest) {
		return fmt.Errorf("figures by %s are kept for %d hours, since %s, and this begins at %s: ask for a later time, or by %s",
			p, int(p.Keep().Hours()), text(oldest), text(s.From), p.longer())
	}
	return nil
}

func (p BucketSize) longer() string {
	if p == PerDay {
		return "month after that"
	}
	return "whole days of UTC"
}

func (p BucketSize) whole(t time.Time) bool { return t.Equal(p.Start(p.Index(t))) }

func text(t time.Time) string { return t.UTC().Format("2006-01-02T15:04Z") }
