package ledger

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/key"
	"github.com/octoq/octoq/internal/record"
)

// The set of orphans holds the ids whose records have orphans that are neither
// cancelled nor sent, by the time at which that last changed. Those that octoq
// has given up cancelling stand spent milliseconds later, so that they are
// never walked over in search of those to be cancelled. spent lies beyond every
// time, and is small enough for a score to be exact.
const spent = int64(4e15)

// orphanMark is what the commit script is to do with the id in the set.
func orphanMark(ch record.Change) string {
	loose := ch.After.LooseOrphans()
	if ch.Before != nil && slices.Equal(loose, ch.Before.LooseOrphans()) {
		return ""
	}
	switch {
	case ch.After.CancelsOrphans():
		return "0"
	case len(loose) > 0:
		return strconv.FormatInt(spent, 10)
	case ch.Before == nil:
		return "" // the id may stand there of an earlier record: Trim knows
	default:
		return "-"
	}
}

// Orphaned lists ids whose records have orphans that octoq still tries to
// cancel, and whose orphans last changed before a time: oldest first, at most n
// (1 or more). cursor and next are those of List.
func (s *Store) Orphaned(ctx context.Context, account string, before time.Time, cursor string, n int) (ids []string, next string, err error) {
	if err := checkAccount(account); err != nil {
		return nil, "", err
	}
	if n < 1 {
		return nil, "", fmt.Errorf("%w: a page of %d ids", campaign.ErrInvalid, n)
	}
	w := walk{key: key.Orphans(account), cursor: cursor, until: strconv.FormatInt(before.UnixMilli(), 10)}
	places, err := w.next(ctx, s.rdb, n)
	if err != nil {
		return nil, "", fmt.Errorf("list orphans of account %s: %w", account, err)
	}
	for _, p := range places {
		ids = append(ids, p.id)
	}
	if len(places) == n {
		next = places[n-1].cursor()
	}
	return ids, next, nil
}

// Loose reads at most n (1 or more) records, without their timelines, that have
// orphans neither cancelled nor sent: first those that octoq has given up
// cancelling. all is how many there are.
func (s *Store) Loose(ctx context.Context, account string, n int) (records []record.Record, all int64, err error) {
	records, all, err = s.loose(ctx, account, n)
	if err != nil {
		return nil, 0, fmt.Errorf("read orphans of account %s: %w", account, err)
	}
	return records, all, nil
}

func (s *Store) loose(ctx context.Context, account string, n int) ([]record.Record, int64, error) {
	if err := checkAccount(account); err != nil {
		return nil, 0, err
	}
	if n < 1 {
		return nil, 0, fmt.Errorf("%w: a page of %d campaigns", campaign.ErrInvalid, n)
	}
	set := key.Orphans(account)
	all, err := s.rdb.ZCard(ctx, set).Result()
	if err != nil || all == 0 {
		return nil, 0, err
	}
	w := walk{key: set, newest: true}
	places, err := w.next(ctx, s.rdb, n)
	if err != nil {
		return nil, 0, err
	}
	pipe := s.rdb.Pipeline()
	for _, p := range places {
		pipe.HGetAll(ctx, key.Record(account, p.id))
	}
	answers, err := pipe.Exec(ctx)
	if err != nil {
		return nil, 0, err
	}
	var records []record.Record
	for _, answer := range answers {
		// What expired or cannot be read is in no campaign's way, as far as is known.
		if r, err := s.decode(hashVal(answer)); err == nil && len(r.LooseOrphans()) > 0 {
			records = append(records, r)
		}
	}
	return records, all, nil
}
