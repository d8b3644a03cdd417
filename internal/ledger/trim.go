package ledger

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/key"
	"github.com/octoq/octoq/internal/record"
	"github.com/octoq/octoq/internal/redisclock"
)

// trimBatch is how many ids one script of Trim looks at.
const trimBatch = 500

// trimKept is about how many ids that stay one Trim looks at in a set. There may
// be very many: the tombstones of campaigns that may have been confirmed.
const trimKept = 2000

// Trim takes ids out of the sets of sent, simulated, cancelled and purged
// campaigns, and of orphans, when their records have expired, be it that others
// of the same id have come since, and returns how many. Ids that are too young for
// that are not looked at. Of those that stay it looks at a part, and the next
// Trim of this Store goes on there.
func (s *Store) Trim(ctx context.Context, account string) (int, error) {
	if err := checkAccount(account); err != nil {
		return 0, err
	}
	now, err := redisclock.Ask(ctx, s.rdb, key.Meta(account))()
	if err != nil {
		return 0, fmt.Errorf("trim campaigns of account %s: %w", account, err)
	}
	var sum int
	for _, state := range expiring() {
		age := s.lasts(record.Record{Record: campaign.Record{State: state}})
		n, err := s.trim(ctx, account, state, walk{key: key.State(account, state), until: millisOf(now.Add(-age))})
		sum += n
		if err != nil {
			return sum, fmt.Errorf("trim %s campaigns of account %s: %w", state, account, err)
		}
	}
	n, err := s.trimOrphans(ctx, account, now)
	if err != nil {
		err = fmt.Errorf("trim orphans of account %s: %w", account, err)
	}
	return sum + n, err
}

// trimOrphans looks at both parts of the set of orphans. A record goes at the
// earliest when it was purged, a day after its orphans last changed.
func (s *Store) trimOrphans(ctx context.Context, account string, now time.Time) (int, error) {
	living := walk{key: key.Orphans(account), until: millisOf(now.Add(-purgeGrace))}
	given := walk{
		key: key.Orphans(account), cursor: place{at: spent}.cursor(),
		until: strconv.FormatInt(spent+now.Add(-s.retention).UnixMilli(), 10),
	}
	var sum int
	for _, w := range []walk{living, given} {
		n, err := s.trim(ctx, account, "", w)
		sum += n
		if err != nil {
			return sum, err
		}
	}
	return sum, nil
}

func millisOf(t time.Time) string { return strconv.FormatInt(t.UnixMilli(), 10) }

// trim looks at the ids of a walk, through a state's set or, "", another one.
// Whether one goes is decided by its record, in one script.
func (s *Store) trim(ctx context.Context, account string, state campaign.State, w walk) (int, error) {
	name := w.key + " " + w.cursor
	if at, ok := s.trimmed.Load(name); ok {
		w.cursor = at.(string)
	}
	var sum, kept int
	for {
		places, err := w.next(ctx, s.rdb, trimBatch)
		if err != nil {
			return sum, err
		}
		if len(places) == 0 {
			s.trimmed.Delete(name) // from the beginning again
			return sum, nil
		}
		keys, args := []string{w.key, key.Enqueued(account)}, []any{string(state)}
		for _, p := range places {
			keys, args = append(keys, key.Record(account, p.id)), append(args, p.id)
		}
		n, err := s.scripts.trim.Run(ctx, s.rdb, keys, args...).Int()
		if err != nil {
			return sum, err
		}
		sum += n
		w.cursor = places[len(places)-1].cursor()
		if kept += len(places) - n; kept >= trimKept {
			s.trimmed.Store(name, w.cursor)
			return sum, nil
		}
	}
}
