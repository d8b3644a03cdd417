// Package apidate reads the dates that Octopush writes, which come in several forms.
package apidate

import (
	"time"

	"github.com/octoq/octoq/internal/zone"
)

// Parse reads a date of the API, and reports false for what is none. The
// documented form is 2021-06-01T12:00:00+03:00 (doc). Octopush's PHP SDK writes
// 2021-01-01T00:01:00+0100 and 2021-01-01 00:01:00, the latter in Central
// European time (sdk); that answers and callbacks mean the same is inferred.
func Parse(s string) (time.Time, bool) {
	for _, form := range []string{
		time.RFC3339, "2006-01-02T15:04:05Z0700", "2006-01-02 15:04:05Z07:00", "2006-01-02 15:04:05Z0700",
	} {
		if t, err := time.Parse(form, s); err == nil {
			return t, true
		}
	}
	return parseLocal(s)
}

func parseLocal(s string) (time.Time, bool) {
	paris, err := zone.Load("Europe/Paris")
	if err != nil {
		return time.Time{}, false
	}
	for _, form := range []string{time.DateTime, "2006-01-02T15:04:05", "2006-01-02 15:04", "2006-01-02T15:04"} {
		if t, err := time.ParseInLocation(form, s, paris); err == nil {
			return t, true
		}
	}
	return time.Time{}, false
}
