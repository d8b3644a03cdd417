package queue

import "time"

// never is when dead letters are due: they wait until a person runs them.
func never() time.Time { return time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC) }

// ceilSecond rounds up to the next whole second: asynq cuts the rest off, and
// a task would run before its time.
func ceilSecond(t time.Time) time.Time {
	if s := t.Truncate(time.Second); s.Before(t) {
		return s.Add(time.Second)
	}
	return t
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
