package ledger

import (
	"fmt"
	"strconv"
	"time"

	"github.com/octoq/octoq/campaign"
)

// decodeMoment reads what moment.lua tells: now, run_id, since, before,
// uptime, held, successes, creates, and then pairs of an earlier run_id and when it was
// last seen; or now and run_id alone. The uptime is in whole seconds, so Started may be up to a second
// off, either way.
func decodeMoment(v any) (campaign.Moment, error) {
	told, err := texts(v)
	if err != nil || len(told) != 2 && len(told) < 8 || len(told)%2 != 0 {
		return campaign.Moment{}, fmt.Errorf("unexpected answer of a script: %v", v)
	}
	var n [8]int64
	for i, s := range told[:min(8, len(told))] {
		if i == 1 || s == "" {
			continue
		}
		if n[i], err = strconv.ParseInt(s, 10, 64); err != nil {
			return campaign.Moment{}, fmt.Errorf("unexpected answer of a script: %w", err)
		}
	}
	if len(told) == 2 {
		return campaign.Moment{Now: fromMilli(n[0]), RunID: told[1]}, nil
	}
	m := campaign.Moment{
		Now: fromMilli(n[0]), RunID: told[1], Since: fromMilli(n[2]), Before: fromMilli(n[3]),
		Held: time.Duration(n[5]) * time.Millisecond, Successes: n[6], Creates: n[7],
	}
	if told[4] != "" {
		m.Started = m.Now.Add(-time.Duration(n[4]) * time.Second)
	}
	m.Seen, err = decodeRuns(told[8:])
	return m, err
}

// decodeRuns reads pairs of a run_id and when it was last seen.
func decodeRuns(pairs []string) (map[string]time.Time, error) {
	if len(pairs) == 0 {
		return nil, nil
	}
	seen := make(map[string]time.Time, len(pairs)/2)
	for i := 0; i < len(pairs); i += 2 {
		ms, err := strconv.ParseInt(pairs[i+1], 10, 64)
		if err != nil {
			return nil, fmt.Errorf("unexpected answer of a script: %w", err)
		}
		seen[pairs[i]] = fromMilli(ms)
	}
	return seen, nil
}

// fromMilli reads unix milliseconds; 0 is the zero time.
func fromMilli(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}

// toMilli is the reverse of fromMilli. What is finer than a millisecond is
// cut off, so that a deadline never moves later.
func toMilli(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

// texts reads a list of strings.
func texts(v any) ([]string, error) {
	items, ok := v.([]any)
	if !ok {
		return nil, fmt.Errorf("got %T, want a list", v)
	}
	out := make([]string, len(items))
	for i, item := range items {
		s, ok := item.(string)
		if !ok {
			return nil, fmt.Errorf("got %T in a list of texts", item)
		}
		out[i] = s
	}
	return out, nil
}
