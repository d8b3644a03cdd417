package holdstore

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/record"
)

// The fields of the hash at key.Hold. There is no hold when the hash does not
// exist. Times are Redis's clock in Unix milliseconds; an absent or empty field
// is none. Readers elsewhere rely on since, and on key.Held being the sum of
// all past holds in milliseconds.
const (
	fieldSince   = "since"    // since when the account stands still, over all reasons
	fieldReason  = "reason"   // record.HoldReason
	fieldPhase   = "phase"    // record.HoldPhase
	fieldCall    = "call"     // campaign.Call that was refused, where that matters
	fieldCode    = "code"     // of the API, 0 for none
	fieldMessage = "message"  // for people
	fieldBy      = "by"       // a campaign's id, or the operator's user
	fieldProbeAt = "probe_at" // when the account is next tried
	fieldTries   = "tries"    // probes so far
	fieldLastBy  = "last_by"  // the campaign that comes last when half-open

	// Written by the scripts alone: opened is when the hold came into its
	// phase, seat the campaign that probes, seat_until the end of its lease.
)

// identity is what a change is decided on.
func identity(h *record.Hold) string {
	if h == nil {
		return ""
	}
	return strings.Join([]string{millis(h.Since), string(h.Reason), string(h.Phase), strconv.Itoa(h.Tries)}, "|")
}

func fields(h record.Hold) []any {
	return []any{
		fieldReason, string(h.Reason), fieldPhase, string(h.Phase), fieldCode, h.Code, fieldMessage, h.Message,
		fieldBy, h.By, fieldCall, string(h.Call), fieldProbeAt, millis(h.ProbeAt), fieldTries, h.Tries, fieldLastBy, h.LastBy,
	}
}

// parse reads the hold of an account from its fields.
func parse(account string, f map[string]string) (*record.Hold, error) {
	var faults []error
	number := func(name string) int64 {
		if f[name] == "" {
			return 0
		}
		n, err := strconv.ParseInt(f[name], 10, 64)
		if err != nil {
			faults = append(faults, fmt.Errorf("field %s is %q, not a number", name, f[name]))
		}
		return n
	}
	at := func(name string) time.Time {
		if n := number(name); n != 0 {
			return time.UnixMilli(n).UTC()
		}
		return time.Time{}
	}
	hold := &record.Hold{
		Account: account, Reason: record.HoldReason(f[fieldReason]), Phase: record.HoldPhase(f[fieldPhase]),
		Code: int(number(fieldCode)), Message: f[fieldMessage], By: f[fieldBy], Call: campaign.Call(f[fieldCall]), Since: at(fieldSince),
		ProbeAt: at(fieldProbeAt), Tries: int(number(fieldTries)), LastBy: f[fieldLastBy],
	}
	return hold, errors.Join(faults...)
}

func millis(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return strconv.FormatInt(t.UnixMilli(), 10)
}
