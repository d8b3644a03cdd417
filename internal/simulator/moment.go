package simulator

import (
	"time"
	_ "time/tzdata" // Central European time is known where the machine has no zones
)

// The forms in which send_at is taken: ISO 8601 with an offset (doc), the same without a colon in the offset, and local
// time (both: the readme of the PHP SDK, sdk).
const (
	formOffset = time.RFC3339
	formPHP    = "2006-01-02T15:04:05-0700"
	formLocal  = "2006-01-02 15:04:05"
)

// localZone is the zone of a time without an offset: Central European time (sdk). That it has summer time is inferred.
const localZone = "Europe/Paris"

// moment returns the time that a field names, zero if it is absent, null or empty. It reports false if there is something
// else that cannot be read.
func (f fields) moment(name string) (time.Time, bool) {
	if v := f[name]; v == nil || v == "" {
		return time.Time{}, true
	}
	text := f.text(name)
	for _, form := range []string{formOffset, formPHP} {
		if t, err := time.Parse(form, text); err == nil {
			return t, true
		}
	}
	zone, err := time.LoadLocation(localZone)
	if err != nil {
		return time.Time{}, false
	}
	t, err := time.ParseInLocation(formLocal, text, zone)
	return t, err == nil
}
