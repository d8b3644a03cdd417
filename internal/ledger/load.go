package ledger

import (
	"context"
	"errors"
	"fmt"

	"github.com/redis/go-redis/v9"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/key"
)

// Load reads a record, without its timeline, and the moment it was read in, in
// one round trip. It fails with campaign.ErrNotFound when there is none and
// with campaign.ErrVersion when it was written in a form this octoq does not
// know; the moment is valid in both cases, and zero with any other error and
// where the record's key holds what no octoq wrote, which is campaign.ErrVersion
// too.
func (s *Store) Load(ctx context.Context, account, id string) (campaign.Record, campaign.Moment, error) {
	r, m, err := s.load(ctx, account, id)
	if err != nil {
		return campaign.Record{}, m, fmt.Errorf("load campaign %s/%s: %w", account, id, err)
	}
	return r, m, nil
}

func (s *Store) load(ctx context.Context, account, id string) (campaign.Record, campaign.Moment, error) {
	var r campaign.Record
	if err := checkName(account, id); err != nil {
		return r, campaign.Moment{}, err
	}
	// The record comes before the moment it was read in, never after it. Asked
	// for by itself it costs Redis a quarter of what it does inside a script.
	pipe := s.rdb.Pipeline()
	hash := pipe.HGetAll(ctx, key.Record(account, id))
	keys := []string{key.Meta(account), key.Held(account), key.Hold(account)}
	told := s.scripts.load.EvalSha(ctx, pipe, keys)
	_, _ = pipe.Exec(ctx) // each command has its own error
	if redis.HasErrorPrefix(told.Err(), "NOSCRIPT") {
		told = s.scripts.load.Eval(ctx, s.rdb, keys)
	}
	if err := errors.Join(hash.Err(), told.Err()); err != nil {
		if redis.HasErrorPrefix(hash.Err(), "WRONGTYPE") || redis.HasErrorPrefix(told.Err(), "WRONGTYPE") {
			err = fmt.Errorf("the record's key, or one of the account's, holds something else: %w (%w)", err, campaign.ErrVersion)
		}
		return r, campaign.Moment{}, err
	}
	m, err := decodeMoment(told.Val())
	if err != nil {
		return r, campaign.Moment{}, err
	}
	r, err = s.decode(hash.Val())
	return r, m, err
}

// decode reads a record; an empty hash is none.
func (s *Store) decode(hash map[string]string) (campaign.Record, error) {
	if len(hash) == 0 {
		return campaign.Record{}, campaign.ErrNotFound
	}
	return s.form.decode(hash)
}
