package ledger

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/octoq/octoq/internal/record"
)

// decodeMoment reads what moment.lua returns: now, run, held, successes, creates,
// when an operator last vouched, the changes of the run, the revision of the account's
// policy, and whether the account takes one campaign at a time; or now and run alone. Of
// a policy it has no more than that.
func decodeMoment(v any) (record.Snapshot, error) {
	values, err := texts(v)
	if err != nil || len(values) != 2 && len(values) != 9 {
		return record.Snapshot{}, fmt.Errorf("unexpected answer of a script: %v", v)
	}
	var n [6]int64
	for i, s := range values[:min(6, len(values))] {
		if i == 1 || s == "" {
			continue
		}
		if n[i], err = strconv.ParseInt(s, 10, 64); err != nil {
			return record.Snapshot{}, fmt.Errorf("unexpected answer of a script: %w", err)
		}
	}
	m := record.Snapshot{Now: fromMilli(n[0]), RunID: values[1]}
	if len(values) == 2 {
		return m, nil
	}
	m.Held, m.Successes, m.Creates = time.Duration(n[2])*time.Millisecond, n[3], n[4]
	m.VouchedAt = fromMilli(n[5])
	m.OneAtATime = values[8] != ""
	if m.Changes, err = decodeChanges(values[6]); err != nil {
		return m, err
	}
	m.Policy, err = decodeRevision(values[7])
	return m, err
}

// decodeChanges reads the list that changes.lua keeps: four words for each change.
func decodeChanges(list string) ([]record.RedisChange, error) {
	words := strings.Fields(list)
	if len(words)%4 != 0 {
		return nil, fmt.Errorf("unexpected answer of a script: changes %.200q", list)
	}
	var changes []record.RedisChange
	for ; len(words) > 0; words = words[4:] {
		seen, err := strconv.ParseInt(words[2], 10, 64)
		if err != nil {
			return nil, fmt.Errorf("unexpected answer of a script: %w", err)
		}
		stamp, err := strconv.ParseInt(words[3], 10, 64)
		if err != nil {
			return nil, fmt.Errorf("unexpected answer of a script: %w", err)
		}
		changes = append(changes, record.RedisChange{
			From: runOf(words[0]), To: runOf(words[1]), FirstSeen: fromMilli(seen), LastStamp: fromMilli(stamp),
		})
	}
	return changes, nil
}

// runOf reads the word of a run: "-" is none.
func runOf(word string) string {
	if word == "-" {
		return ""
	}
	return word
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
