package ledger

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/redis/go-redis/v9"

	"github.com/octoq/octoq/internal/key"
	"github.com/octoq/octoq/internal/record"
)

// Observe stamps an account's ledger and notes a change of the run of Redis. A
// worker calls it at least every minute for each account that it serves, whatever
// else happens there: the stamp says how late a forgotten create may have been.
func (s *Store) Observe(ctx context.Context, account string) (record.Snapshot, error) {
	_, m, err := s.load(ctx, account, nil)
	m.Policy = nil // of which only the revision is known
	if err != nil {
		return m, fmt.Errorf("observe the ledger of account %s: %w", account, err)
	}
	return m, nil
}

// Changes lists the changes of the run of Redis that count for an account, as the
// ledger has noted them. It writes nothing, so one that has not been seen yet is not
// among them.
func (s *Store) Changes(ctx context.Context, account string) ([]record.RedisChange, error) {
	if err := checkAccount(account); err != nil {
		return nil, err
	}
	list, err := s.rdb.HGet(ctx, key.Meta(account), "changes").Result()
	if err != nil && !errors.Is(err, redis.Nil) {
		return nil, fmt.Errorf("read the changes of Redis for account %s: %w", account, err)
	}
	return decodeChanges(list)
}

// LastVouch is the last word of an operator that Redis has forgotten nothing of an
// account; nil if there was none.
func (s *Store) LastVouch(ctx context.Context, account string) (*record.Vouch, error) {
	if err := checkAccount(account); err != nil {
		return nil, err
	}
	values, err := s.rdb.HMGet(ctx, key.Meta(account), "vouched_at", "vouched_by", "vouched_why").Result()
	if err != nil {
		return nil, fmt.Errorf("read the last vouch for account %s: %w", account, err)
	}
	var texts [3]string
	for i, v := range values {
		texts[i], _ = v.(string)
	}
	if texts[0] == "" {
		return nil, nil //nolint:nilnil // there is no vouch
	}
	at, err := strconv.ParseInt(texts[0], 10, 64)
	if err != nil {
		return nil, fmt.Errorf("read the last vouch for account %s: %w", account, err)
	}
	return &record.Vouch{At: fromMilli(at), By: texts[1], Why: texts[2]}, nil
}

// Vouch writes an operator's word that Redis has forgotten nothing up to now: the
// changes until now put no campaign in doubt any more. The moment has them, for people
// to see what was vouched for. What who and why say is kept with the account.
func (s *Store) Vouch(ctx context.Context, account, who, why string) (record.Snapshot, error) {
	if err := checkAccount(account); err != nil {
		return record.Snapshot{}, err
	}
	if err := s.announceOnce(ctx, account); err != nil {
		return record.Snapshot{}, err
	}
	keys := []string{key.Meta(account), key.Held(account), key.Hold(account)}
	v, err := s.scripts.vouch.Run(ctx, s.rdb, keys, append(s.seenOf(account).args(), who, why)...).Result()
	if err != nil {
		return record.Snapshot{}, fmt.Errorf("vouch for account %s: %w", account, err)
	}
	m, err := s.moment(account, v)
	m.Policy = nil // of which only the revision is known
	return m, err
}
