// Package quotestore keeps in Redis until when the campaigns of quotes wait to be approved.
// Which campaigns a quote has, their label says.
package quotestore

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/octoq/octoq/internal/key"
	"github.com/octoq/octoq/internal/redisclock"
)

// Label is the label whose value is the name of the quote that a campaign is part of.
const Label = "quote"

// forgetAfter is how long the end of a quote is remembered: campaigns that could not be
// priced before may come to wait for an approval as late as that.
const forgetAfter = 90 * 24 * time.Hour

// Store is the quotes of all accounts. It is safe for concurrent use.
type Store struct{ rdb redis.UniversalClient }

// New makes a Store on a client, which stays the caller's to close.
func New(rdb redis.UniversalClient) *Store { return &Store{rdb: rdb} }

// Keep notes that what is not approved of a quote is cancelled after a time, and forgets
// the quotes that ended long before.
func (s *Store) Keep(ctx context.Context, account, name string, keep time.Duration) error {
	quotes := key.Quotes(account)
	now, err := redisclock.Ask(ctx, s.rdb, quotes)()
	if err == nil {
		_, err = s.rdb.Pipelined(ctx, func(pipe redis.Pipeliner) error {
			pipe.ZRemRangeByScore(ctx, quotes, "-inf", "("+oldest(now))
			pipe.ZAdd(ctx, quotes, redis.Z{Score: float64(now.Add(keep).UnixMilli()), Member: name})
			return nil
		})
	}
	if err != nil {
		return fmt.Errorf("keep quote %s of account %s: %w", name, account, err)
	}
	return nil
}

// Ended are the quotes of an account whose time has passed at a moment of Redis's clock,
// but for those that ended long before.
func (s *Store) Ended(ctx context.Context, account string, now time.Time) ([]string, error) {
	between := &redis.ZRangeBy{Min: oldest(now), Max: strconv.FormatInt(now.UnixMilli(), 10)}
	names, err := s.rdb.ZRangeByScore(ctx, key.Quotes(account), between).Result()
	if err != nil {
		return nil, fmt.Errorf("look for ended quotes of account %s: %w", account, err)
	}
	return names, nil
}

// oldest is the score of a quote that is forgotten next.
func oldest(now time.Time) string {
	return strconv.FormatInt(now.Add(-forgetAfter).UnixMilli(), 10)
}
