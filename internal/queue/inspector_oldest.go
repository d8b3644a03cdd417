package queue

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/asynqwire"
	"github.com/octoq/octoq/internal/key"
	"github.com/octoq/octoq/internal/record"
)

// luaOldest answers since when the tasks at the heads of both lists are pending, in
// nanoseconds, and the earliest due times of scheduled tasks and retries, in seconds:
// those that have passed wait too, where no server moves them on. Each is "" for none.
// KEYS: pending, alerts, scheduled, retry. ARGV: what task keys begin with.
const luaOldest = `
local out = {}
for i = 1, 2 do
  local next = redis.call('LINDEX', KEYS[i], -1)
  out[i] = next and redis.call('HGET', ARGV[1] .. next, 'pending_since') or ''
end
for i = 3, 4 do out[i] = redis.call('ZRANGE', KEYS[i], 0, 0, 'WITHSCORES')[2] or '' end
return out
`

// Oldest is for each stage of an account how long the task that has been due
// longest, and that no worker has taken, has been due; 0 for none.
func (i *Inspector) Oldest(ctx context.Context, account string, now time.Time) (map[campaign.Stage]time.Duration, error) {
	stages, script := record.Stages(), redis.NewScript(luaOldest)
	calls := make([]asynqwire.ScriptCall, len(stages))
	for at, s := range stages {
		k := asynqwire.KeysOf(key.Queue(account, s))
		calls[at] = asynqwire.ScriptCall{Script: script, Keys: []string{k.Pending(), key.Alerts(k.Queue), k.Scheduled(), k.Retry()}, Args: []any{k.Task("")}}
	}
	oldest := map[campaign.Stage]time.Duration{}
	for at, cmd := range asynqwire.RunAll(ctx, i.client, calls) {
		answer, err := cmd.StringSlice()
		if err != nil {
			return nil, fmt.Errorf("look for the oldest tasks of account %s: %w", account, err)
		}
		for n, text := range answer {
			since, err := dueSince(text, n < 2)
			if err != nil {
				return nil, fmt.Errorf("look for the oldest tasks of account %s: %w", account, err)
			}
			if !since.IsZero() && since.Before(now) { // a letter is due in the year 9999
				oldest[stages[at]] = max(oldest[stages[at]], now.Sub(since))
			}
		}
	}
	return oldest, nil
}

// dueSince reads a time in nanoseconds, or in seconds as a score; "" is none.
func dueSince(text string, nanoseconds bool) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	if nanoseconds {
		ns, err := strconv.ParseInt(text, 10, 64)
		return time.Unix(0, ns), err
	}
	seconds, err := strconv.ParseFloat(text, 64)
	return time.Unix(int64(seconds), 0), err
}
