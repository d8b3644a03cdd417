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

// Load reads a record, without its timeline, and the moment it was read in, in
// one round trip. It fails with campaign.ErrNotFound when there is none and
// with campaign.ErrVersion when it was written in a form this octoq does not
// know, or its key holds what no octoq wrote; the moment is valid in these
// cases, and zero with any other error.
func (s *Store) Load(ctx context.Context, account, id string) (record.Record, record.Snapshot, error) {
	found, m, err := s.load(ctx, account, []string{id})
	if err == nil {
		err = s.addPolicy(ctx, account, &m, &found[0].Record)
	}
	if err != nil {
		return record.Record{}, record.Snapshot{}, fmt.Errorf("load campaign %s/%s: %w", account, id, err)
	}
	err = found[0].Err
	if err != nil {
		return record.Record{}, m, fmt.Errorf("load campaign %s/%s: %w", account, id, err)
	}
	return found[0].Record, m, nil
}

// LoadAll reads many records, without their timelines, and the moment they were
// read in, in one round trip. Those that are not there are left out; unknown
// counts those that Load would refuse with campaign.ErrVersion.
func (s *Store) LoadAll(ctx context.Context, account string, ids []string) (record.Loaded, error) {
	found, m, err := s.load(ctx, account, ids)
	if err == nil {
		err = s.addPolicy(ctx, account, &m, nil)
	}
	all := record.Loaded{At: m}
	if err != nil {
		return all, fmt.Errorf("load %d campaigns of account %s: %w", len(ids), account, err)
	}
	for i, f := range found {
		switch {
		case f.Err == nil:
			all.Records = append(all.Records, f.Record)
		case errors.Is(f.Err, campaign.ErrVersion):
			all.Unknown++
		case !errors.Is(f.Err, campaign.ErrNotFound):
			return record.Loaded{At: m}, fmt.Errorf("load campaign %s/%s: %w", account, ids[i], f.Err)
		}
	}
	return all, nil
}

// load reads records and then the moment. Asked for by itself a hash costs
// Redis a quarter of what it does inside a script.
func (s *Store) load(ctx context.Context, account string, ids []string) ([]Found, record.Snapshot, error) {
	if err := checkAccount(account); err != nil {
		return nil, record.Snapshot{}, err
	}
	pipe := s.rdb.Pipeline()
	read := s.ask(ctx, pipe, account, ids)
	keys := []string{key.Meta(account), key.Held(account), key.Hold(account)}
	seen := s.seenOf(account)
	answer := s.scripts.load.EvalSha(ctx, pipe, keys, seen.args()...)
	_, _ = pipe.Exec(ctx) // each command has its own error
	if redis.HasErrorPrefix(answer.Err(), "NOSCRIPT") {
		answer = s.scripts.load.Eval(ctx, s.rdb, keys, seen.args()...)
	}
	if err := answer.Err(); err != nil {
		return nil, record.Snapshot{}, err
	}
	m, err := s.moment(account, answer.Val())
	return read(), m, err
}

// ask adds the reading of records to a pipeline; read returns what was found once
// that has run.
func (s *Store) ask(ctx context.Context, pipe redis.Pipeliner, account string, ids []string) (read func() []Found) {
	found := make([]Found, len(ids))
	hashes := make([]*redis.MapStringStringCmd, len(ids))
	for i, id := range ids {
		if found[i].Err = checkName(account, id); found[i].Err == nil {
			hashes[i] = pipe.HGetAll(ctx, key.Record(account, id))
		}
	}
	return func() []Found {
		for i, hash := range hashes {
			if hash != nil {
				found[i].Record, found[i].Err = s.found(hash)
			}
		}
		return found
	}
}

func (s *Store) found(hash *redis.MapStringStringCmd) (record.Record, error) {
	fields, err := hash.Result()
	if redis.HasErrorPrefix(err, "WRONGTYPE") {
		return record.Record{}, fmt.Errorf("its key holds something else: %w (%w)", err, campaign.ErrVersion)
	}
	if err != nil {
		return record.Record{}, err
	}
	return s.decode(fields)
}

// decode reads a record; an empty hash is none.
func (s *Store) decode(hash map[string]string) (record.Record, error) {
	if len(hash) == 0 {
		return record.Record{}, campaign.ErrNotFound
	}
	if !isPacked(hash) {
		return s.form.decode(hash)
	}
	packed, err := s.compression.unpack(hash)
	if err != nil {
		return record.Record{}, err
	}
	r, err := s.form.decode(packed.Facts)
	r.Packed = packed
	return r, err
}
