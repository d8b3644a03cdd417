package resultstore

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/octoq/octoq/internal/key"
)

// Open lists tickets whose results are not final and that are to be looked at, at most n
// of them: those with something counted, and those whose time has come.
func (s *Store) Open(ctx context.Context, account string, now time.Time, n int) ([]string, error) {
	tickets, err := s.rdb.ZRangeByScore(ctx, key.OpenResults(account), &redis.ZRangeBy{
		Min: "-inf", Max: strconv.FormatInt(now.UnixMilli(), 10), Count: int64(n),
	}).Result()
	return tickets, wrapOpen(account, err)
}

// Close takes a ticket out of those whose results are not final.
func (s *Store) Close(ctx context.Context, account, ticket string) error {
	return wrapOpen(account, s.rdb.ZRem(ctx, key.OpenResults(account), ticket).Err())
}

// Postpone has a ticket looked at later, or when something more is counted of it.
func (s *Store) Postpone(ctx context.Context, account, ticket string, until time.Time) error {
	return wrapOpen(account, s.rdb.ZAdd(ctx, key.OpenResults(account), redis.Z{Score: float64(until.UnixMilli()), Member: ticket}).Err())
}

func wrapOpen(account string, err error) error {
	if err != nil {
		return fmt.Errorf("open results of account %s: %w", account, err)
	}
	return nil
}
