package ledger

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/key"
	"github.com/octoq/octoq/internal/record"
)

// packBatch is how many records one script packs: more would keep others waiting.
const packBatch = 25

// Pack puts the records of campaigns into fewer bytes, with their timelines, that were sent,
// simulated, cancelled or purged before a time. They are read as all others are, and the next
// change of one writes it out again; an octoq that does not know packed records leaves them
// alone. It looks at most records, or some more, and says how many it has packed and whether
// there may be others. How far it has come is kept in Redis.
func (s *Store) Pack(ctx context.Context, account string, before time.Time, most int) (packed int, more bool, err error) {
	if err := checkAccount(account); err != nil {
		return 0, false, err
	}
	names := make([]string, len(expiring()))
	for i, state := range expiring() {
		names[i] = "packed:" + string(state)
	}
	at, err := s.rdb.HMGet(ctx, key.Meta(account), names...).Result()
	if err != nil {
		return 0, false, fmt.Errorf("pack campaigns of account %s: %w", account, err)
	}
	for i, state := range expiring() {
		w := walk{key: key.State(account, state), until: millisOf(before)}
		w.cursor, _ = at[i].(string)
		looked, n, err := s.packState(ctx, account, w, names[i], most)
		packed, most = packed+n, most-looked
		if err != nil {
			return packed, false, fmt.Errorf("pack %s campaigns of account %s: %w", state, account, err)
		}
	}
	return packed, most <= 0, nil
}

// packState goes on with a walk through a state's set, and notes in a field of meta how far
// it has come.
func (s *Store) packState(ctx context.Context, account string, w walk, field string, most int) (looked, packed int, err error) {
	for looked < most {
		places, err := w.next(ctx, s.rdb, packBatch)
		if err != nil || len(places) == 0 {
			return looked, packed, err
		}
		n, err := s.packSome(ctx, account, places)
		looked, packed = looked+len(places), packed+n
		if err != nil {
			return looked, packed, err
		}
		// Where a record changes later its place is behind the cursor again.
		w.cursor = places[len(places)-1].cursor()
		if err := s.rdb.HSet(ctx, key.Meta(account), field, w.cursor).Err(); err != nil {
			return looked, packed, err
		}
		if len(places) < packBatch {
			break
		}
	}
	return looked, packed, nil
}

// packSome packs the records at some places that can be packed, and returns how many.
func (s *Store) packSome(ctx context.Context, account string, places []place) (int, error) {
	pipe := s.rdb.Pipeline()
	hashes, logs := make([]*redis.MapStringStringCmd, len(places)), make([]*redis.StringSliceCmd, len(places))
	for i, p := range places {
		hashes[i] = pipe.HGetAll(ctx, key.Record(account, p.id))
		logs[i] = pipe.LRange(ctx, key.Log(account, p.id), 0, -1)
	}
	_, _ = pipe.Exec(ctx) // each command has its own error
	var keys []string
	var args []any
	for i, p := range places {
		r, err := s.found(hashes[i])
		if errors.Is(err, campaign.ErrNotFound) || errors.Is(err, campaign.ErrVersion) {
			continue
		}
		if err := errors.Join(err, logs[i].Err()); err != nil {
			return 0, err
		}
		if !packable(r) {
			continue
		}
		fields, err := s.compression.pack(hashes[i].Val(), logs[i].Val())
		if err != nil {
			return 0, err
		}
		if len(fields) == 0 {
			continue
		}
		keys = append(keys, key.Record(account, p.id), key.Log(account, p.id))
		args = append(args, strconv.FormatInt(r.Revision, 10), r.LastToken, strconv.Itoa(len(fields)))
		for _, f := range fields {
			args = append(args, f)
		}
	}
	if len(keys) == 0 {
		return 0, nil
	}
	return s.scripts.pack.Run(ctx, s.rdb, keys, args...).Int()
}

// packable reports whether a record is over and done with: no call of it is under way, and
// none of its tickets is still to be deleted.
func packable(r record.Record) bool {
	return r.Packed == nil && slices.Contains(expiring(), r.State) && r.Claim == nil && len(r.LooseOrphans()) == 0
}
