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

// Keep notes that what is not approved of a quote is cancelled after a time.
func (s *Store) Keep(ctx context.Context, account, name string, keep time.Duration) error {
	now, err := redisclock.Ask(ctx, s.rdb, key.Quotes(account))()
	if err == nil {
		err = s.rdb.ZAdd(ctx, key.Quotes(account), redis.Z{Score: float64(now.Add(keep).UnixMilli()), Member: name}).Err()
	}
	if err != nil {
		return fmt.Errorf("keep quote %s of account %s: %w", name, account, err)
	}
	return nil
}

// Ended are the quotes of an account whose time has passed at a moment of Redis's clock.
// Those that ended long before are forgotten.
func (s *Store) Ended(ctx context.Context, account string, now time.Time) ([]string, error) {
	quotes, old := key.Quotes(account), now.Add(-forgetAfter).UnixMilli()
	names, err := s.rdb.ZRangeByScore(ctx, quotes, &redis.ZRangeBy{Min: strconv.FormatInt(old, 10), Max: strconv.FormatInt(now.UnixMilli(), 10)}).Result()
	if err == nil {
		err = s.rdb.ZRemRangeByScore(ctx, quotes, "-inf", "("+strconv.FormatInt(old, 10)).Err()
	}
	if err != nil {
		return nil, fmt.Errorf("look for ended quotes of account %s: %w", account, err)
	}
	return names, nil
}
