package ledger

import (
	"context"
	"errors"
	"fmt"

	"github.com/redis/go-redis/v9"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/key"
	"github.com/octoq/octoq/internal/record"
)

// Get reads a record with its timeline, oldest entry first: at most 1,000, of which the
// middle is missing if there were more. Unlike Load it writes nothing, not even that Redis
// was seen. It fails with campaign.ErrNotFound and campaign.ErrVersion as Load does.
func (s *Store) Get(ctx context.Context, account, id string) (record.Record, error) {
	r, err := s.get(ctx, account, id)
	if err != nil {
		return record.Record{}, fmt.Errorf("get campaign %s/%s: %w", account, id, err)
	}
	return r, nil
}

func (s *Store) get(ctx context.Context, account, id string) (record.Record, error) {
	var r record.Record
	if err := checkName(account, id); err != nil {
		return r, err
	}
	// No transaction: a Redis that is full aborts those that only read, too. So the
	// timeline may be a write ahead of the record, and gone where it was packed meanwhile.
	for range 2 {
		pipe := s.rdb.Pipeline()
		hash := pipe.HGetAll(ctx, key.Record(account, id))
		log := pipe.LRange(ctx, key.Log(account, id), 0, -1)
		if _, err := pipe.Exec(ctx); err != nil {
			return r, err
		}
		var err error
		if r, err = s.decode(hash.Val()); err != nil {
			return r, err
		}
		if r.Packed != nil {
			r.Timeline = r.Packed.Timeline
			return r, nil
		}
		if r.Timeline, err = decodeEntries(log.Val()); err != nil || len(r.Timeline) > 0 || !packable(r) {
			return r, err
		}
	}
	return r, nil
}

// ByTicket returns which campaign a ticket belongs or belonged to, as an orphan
// too. It fails with campaign.ErrNotFound where that is unknown.
func (s *Store) ByTicket(ctx context.Context, account, ticket string) (id string, err error) {
	if err := checkAccount(account); err != nil {
		return "", err
	}
	id, err = s.rdb.Get(ctx, key.Ticket(account, ticket)).Result()
	if errors.Is(err, redis.Nil) {
		err = campaign.ErrNotFound
	}
	if err != nil {
		return "", fmt.Errorf("find ticket %s of account %s: %w", ticket, account, err)
	}
	return id, nil
}

// Known reports for each id whether the ledger has a record of it, tombstones
// included. A batch of new ids costs one EXISTS; only when that finds
// something is each looked at.
func (s *Store) Known(ctx context.Context, account string, ids []string) ([]bool, error) {
	return s.AskKnown(ctx, s.rdb, account, ids)()
}

// AskKnown is Known for a pipeline: the answer is there after its Exec.
func (s *Store) AskKnown(ctx context.Context, c redis.Cmdable, account string, ids []string) func() ([]bool, error) {
	ask := s.known(ctx, c, account, ids)
	return func() ([]bool, error) {
		known, err := ask()
		if err != nil {
			return nil, fmt.Errorf("look up %d campaigns of account %s: %w", len(ids), account, err)
		}
		return known, nil
	}
}

func (s *Store) known(ctx context.Context, c redis.Cmdable, account string, ids []string) func() ([]bool, error) {
	known := make([]bool, len(ids))
	if len(ids) == 0 {
		return func() ([]bool, error) { return known, nil }
	}
	keys := make([]string, len(ids))
	for i, id := range ids {
		if err := checkName(account, id); err != nil {
			return func() ([]bool, error) { return nil, err }
		}
		keys[i] = key.Record(account, id)
	}
	found := c.Exists(ctx, keys...)
	return func() ([]bool, error) {
		if n, err := found.Result(); err != nil || n == 0 {
			return known, err
		}
		pipe := s.rdb.Pipeline()
		for _, k := range keys {
			pipe.Exists(ctx, k)
		}
		answers, err := pipe.Exec(ctx)
		if err != nil {
			return nil, err
		}
		for i, answer := range answers {
			known[i] = intOf(answer) > 0
		}
		return known, nil
	}
}

// intOf is the number that a pipelined command answered.
func intOf(c redis.Cmder) int64 {
	if n, ok := c.(*redis.IntCmd); ok {
		return n.Val()
	}
	return 0
}

// hashVal is the hash that a pipelined command answered.
func hashVal(c redis.Cmder) map[string]string {
	if h, ok := c.(*redis.MapStringStringCmd); ok {
		return h.Val()
	}
	return nil
}
