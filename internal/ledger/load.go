package ledger

import (
	"context"
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
	keys := []string{key.Meta(account), key.Held(account), key.Hold(account), key.Record(account, id)}
	answer, err := s.scripts.load.Run(ctx, s.rdb, keys).Slice()
	if redis.HasErrorPrefix(err, "WRONGTYPE") {
		return r, campaign.Moment{}, fmt.Errorf("the record's key, or one of the account's, holds something else: %w (%w)", err, campaign.ErrVersion)
	}
	if err != nil {
		return r, campaign.Moment{}, err
	}
	if len(answer) != 2 {
		return r, campaign.Moment{}, fmt.Errorf("unexpected answer of a script: %v", answer)
	}
	m, err := decodeMoment(answer[0])
	if err != nil {
		return r, campaign.Moment{}, err
	}
	pairs, err := texts(answer[1])
	if err != nil {
		return r, campaign.Moment{}, fmt.Errorf("unexpected answer of a script: %w", err)
	}
	r, err = s.decode(hashOf(pairs))
	return r, m, err
}

// decode reads a record; an empty hash is none.
func (s *Store) decode(hash map[string]string) (campaign.Record, error) {
	if len(hash) == 0 {
		return campaign.Record{}, campaign.ErrNotFound
	}
	return s.form.decode(hash)
}

// hashOf pairs up what HGETALL answers inside a script.
func hashOf(pairs []string) map[string]string {
	hash := make(map[string]string, len(pairs)/2)
	for i := 1; i < len(pairs); i += 2 {
		hash[pairs[i-1]] = pairs[i]
	}
	return hash
}
