package ledger

import (
	"context"
	"errors"
	"fmt"

	"github.com/redis/go-redis/v9"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/key"
)

// Found is what Look finds under an id: a record without its timeline, or why
// there is none, as Load tells it.
type Found struct {
	Record campaign.Record
	Err    error
}

// Look reads many records in one pipeline. Unlike Load it writes nothing.
func (s *Store) Look(ctx context.Context, account string, ids []string) []Found {
	found := make([]Found, len(ids))
	hashes := make([]*redis.MapStringStringCmd, len(ids))
	pipe := s.rdb.Pipeline()
	for i, id := range ids {
		if found[i].Err = checkName(account, id); found[i].Err == nil {
			hashes[i] = pipe.HGetAll(ctx, key.Record(account, id))
		}
	}
	if pipe.Len() > 0 {
		_, _ = pipe.Exec(ctx) // every command has its own error
	}
	for i, hash := range hashes {
		if hash != nil {
			found[i].Record, found[i].Err = s.found(hash)
		}
		if found[i].Err != nil {
			found[i].Err = fmt.Errorf("look for campaign %s/%s: %w", account, ids[i], found[i].Err)
		}
	}
	return found
}

func (s *Store) found(hash *redis.MapStringStringCmd) (campaign.Record, error) {
	fields, err := hash.Result()
	if redis.HasErrorPrefix(err, "WRONGTYPE") {
		return campaign.Record{}, errors.Join(campaign.ErrVersion, err)
	}
	if err != nil {
		return campaign.Record{}, err
	}
	return s.decode(fields)
}
