package ledger

import (
	"context"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/key"
	"github.com/octoq/octoq/internal/record"
)

// Unclaimed reports whether no worker ever claimed a call of the campaign, so that
// its first create may still wait in a queue or be in a worker's hands. A record
// that was cancelled then does not expire before that task is gone: without it
// the task would begin the campaign anew.
func unclaimed(r record.Record) bool { return r.Run == 1 && len(r.Started) == 0 }

// Expire lets the record of a campaign go after the retention that was cancelled
// before any worker claimed it. The caller has seen that the first create's
// task is gone, or has that task in hand. It does nothing to any other record.
func (s *Store) Expire(ctx context.Context, account, id string) error {
	if err := checkName(account, id); err != nil {
		return err
	}
	keys := []string{key.Record(account, id), key.Log(account, id)}
	if err := s.scripts.expire.Run(ctx, s.rdb, keys, milliseconds(s.retention)).Err(); err != nil {
		return fmt.Errorf("let campaign %s/%s expire: %w", account, id, err)
	}
	return nil
}

// Lasting lists campaigns that were cancelled before a time and do not expire,
// oldest first: at most n of them. cursor and next are those of List.
func (s *Store) Lasting(ctx context.Context, account string, before time.Time, cursor string, n int) (ids []string, next string, err error) {
	if err := checkAccount(account); err != nil {
		return nil, "", err
	}
	w := walk{key: key.State(account, campaign.StateCancelled), cursor: cursor, until: millisOf(before)}
	places, err := w.next(ctx, s.rdb, n)
	if err != nil || len(places) == 0 {
		return nil, "", err
	}
	pipe := s.rdb.Pipeline()
	left := make([]*redis.DurationCmd, len(places))
	for i, p := range places {
		left[i] = pipe.PTTL(ctx, key.Record(account, p.id))
	}
	if _, err := pipe.Exec(ctx); err != nil {
		return nil, "", fmt.Errorf("list cancelled campaigns of account %s: %w", account, err)
	}
	for i, p := range places {
		if left[i].Val() == -1 { // as it is: there, and without an end
			ids = append(ids, p.id)
		}
	}
	if len(places) == n {
		next = places[n-1].cursor()
	}
	return ids, next, nil
}
