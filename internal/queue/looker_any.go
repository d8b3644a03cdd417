package queue

import (
	"context"
	"fmt"
	"slices"

	"github.com/octoq/octoq/internal/asynqwire"
	"github.com/octoq/octoq/internal/key"
	"github.com/octoq/octoq/internal/record"
)

// askedTogether is of how many groups of keys one command asks whether any exists.
const askedTogether = 20

// Any reports for each of some groups of keys whether any of the group exists. It asks for
// twenty groups with one command, and where any of their keys exists for each of the twenty:
// so most of what is asked for should not be there.
func (l *Looker) Any(ctx context.Context, groups [][]string) ([]bool, error) {
	found := make([]bool, len(groups))
	asked, err := l.anyOf(ctx, slices.Collect(slices.Chunk(groups, askedTogether)))
	if err != nil {
		return nil, err
	}
	var single [][][]string
	var at []int
	for i, some := range asked {
		for n := i * askedTogether; some && n < min((i+1)*askedTogether, len(groups)); n++ {
			single, at = append(single, groups[n:n+1]), append(at, n)
		}
	}
	asked, err = l.anyOf(ctx, single)
	if err != nil {
		return nil, err
	}
	for i, some := range asked {
		found[at[i]] = some
	}
	return found, nil
}

// anyOf asks for the keys of several groups together, as often as it is given some, in one
// round trip.
func (l *Looker) anyOf(ctx context.Context, together [][][]string) ([]bool, error) {
	if len(together) == 0 {
		return nil, nil
	}
	pipe := l.rdb.Pipeline()
	answers := make([]existence, len(together))
	for i, groups := range together {
		var keys []string
		for _, group := range groups {
			keys = append(keys, group...)
		}
		answers[i] = l.exist(ctx, pipe, keys)
	}
	_, _ = pipe.Exec(ctx) // each command has its own error
	found := make([]bool, len(together))
	for i, answer := range answers {
		var err error
		if found[i], err = answer.any(); err != nil {
			return nil, fmt.Errorf("look for what accounts have to do: %w", err)
		}
	}
	return found, nil
}

// AccountKeys are the keys of an account's queues that exist only while there are tasks in
// them, or while they are paused.
func AccountKeys(account string) []string {
	var keys []string
	for _, s := range record.Stages() {
		keys = append(keys, queueKeys(key.Queue(account, s))...)
	}
	return keys
}

func queueKeys(queue string) []string {
	k := asynqwire.KeysOf(queue)
	return []string{k.Pending(), key.Alerts(queue), k.Active(), k.Scheduled(), k.Retry(), k.Archived(), k.Completed(), k.Paused()}
}

// Busy are those of some queues that have tasks or are paused, and those that are not
// octoq's, of which it does not know.
func (l *Looker) Busy(ctx context.Context, queues []string) ([]string, error) {
	var busy, ours []string
	var groups [][]string
	for _, q := range queues {
		if _, _, known := key.SplitQueue(q); !known {
			busy = append(busy, q)
			continue
		}
		ours, groups = append(ours, q), append(groups, queueKeys(q))
	}
	found, err := l.Any(ctx, groups)
	if err != nil {
		return nil, err
	}
	for i, q := range ours {
		if found[i] {
			busy = append(busy, q)
		}
	}
	return busy, nil
}
