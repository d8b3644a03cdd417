package statsstore

import (
	"context"
	_ "embed" // the script is a file of its own, so that it reads as Lua
	"fmt"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/key"
	"github.com/octoq/octoq/internal/redisclock"
	"github.com/octoq/octoq/internal/stats"
)

//go:embed lua/fold.lua
var foldLua string

// A day keeps so many values of one dimension by name, and so many of all together; the
// figures of others are kept without their value.
const (
	maxValues    = 200
	maxAllValues = 1000
)

// foldBatch is how many entries one script adds up: some milliseconds.
const foldBatch = 200

// readBatch is how many buckets one round trip reads.
const readBatch = 100

// Store is the figures of all accounts. It is safe for concurrent use.
type Store struct {
	rdb  redis.UniversalClient
	fold *redis.Script

	each, all int // values that a day keeps
}

// New makes a Store on a client, which stays the caller's to close.
func New(rdb redis.UniversalClient) *Store {
	return &Store{rdb: rdb, fold: redis.NewScript(foldLua), each: maxValues, all: maxAllValues}
}

// Fold adds up the journal of an account, and returns how many entries it had. It may be
// run by several at once, and be repeated.
func (s *Store) Fold(ctx context.Context, account string) (int, error) {
	if !campaign.ValidAccount(account) {
		return 0, fmt.Errorf("%w: %q is no account", campaign.ErrInvalid, account)
	}
	args := []any{foldBatch, s.each, s.all}
	for _, per := range []stats.BucketSize{stats.PerMinute, stats.PerHour, stats.PerDay} {
		args = append(args, key.Stats(account, string(per), ""), per.Length().Milliseconds(), per.Keep().Milliseconds())
	}
	var sum int
	for {
		n, err := s.fold.Run(ctx, s.rdb, []string{key.Figures(account)}, args...).Int()
		if err != nil {
			return sum, fmt.Errorf("add up the figures of account %s: %w", account, err)
		}
		if sum += n; n < foldBatch {
			return sum, nil
		}
	}
}

// Dated is a bucket and when it begins.
type Dated struct {
	Start time.Time
	stats.Bucket
}

// Read returns the buckets of a span that is made of whole ones, those without figures
// too, after adding up what is not yet.
func (s *Store) Read(ctx context.Context, account string, per stats.BucketSize, span stats.TimeRange) ([]Dated, error) {
	if _, err := s.Fold(ctx, account); err != nil {
		return nil, err
	}
	var all []Dated
	last := per.Index(span.To.Add(-1))
	for from := per.Index(span.From); from <= last; from += readBatch {
		part, err := s.read(ctx, account, per, from, min(from+readBatch-1, last))
		if err != nil {
			return nil, fmt.Errorf("read the figures of account %s: %w", account, err)
		}
		all = append(all, part...)
	}
	return all, nil
}

// read is Read for buckets by their index, both inclusive, in one round trip.
func (s *Store) read(ctx context.Context, account string, per stats.BucketSize, from, to int64) ([]Dated, error) {
	pipe := s.rdb.Pipeline()
	hashes := make([]*redis.MapStringStringCmd, 0, to-from+1)
	for i := from; i <= to; i++ {
		hashes = append(hashes, pipe.HGetAll(ctx, key.Stats(account, string(per), strconv.FormatInt(i, 10))))
	}
	if _, err := pipe.Exec(ctx); err != nil {
		return nil, err
	}
	var all []Dated
	for i, hash := range hashes {
		b, err := stats.DecodeBucket(hash.Val())
		if err != nil {
			return nil, err
		}
		all = append(all, Dated{Start: per.Start(from + int64(i)), Bucket: b})
	}
	return all, nil
}

// Now is Redis's time, by which campaigns are counted.
func (s *Store) Now(ctx context.Context, account string) (time.Time, error) {
	return redisclock.Ask(ctx, s.rdb, key.Figures(account))()
}
