package quotestore_test

import (
	"slices"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/octoq/octoq/internal/key"
	"github.com/octoq/octoq/internal/quotestore"
	"github.com/octoq/octoq/internal/redistest"
)

func TestAQuoteEndsOnce(t *testing.T) {
	t.Parallel()
	rdb := redistest.Start(t).Client()
	s, ctx, now := quotestore.New(rdb), t.Context(), time.Now()
	for name, keep := range map[string]time.Duration{"long": 48 * time.Hour, "short": time.Hour} {
		if err := s.Keep(ctx, "shop", name, keep); err != nil {
			t.Fatal(err)
		}
	}
	const day = 24 * time.Hour
	for _, tc := range []struct {
		after time.Duration
		want  []string
	}{
		{0, nil},
		{2 * time.Hour, []string{"short"}},
		{3 * day, []string{"short", "long"}},
		{91*day + 2*time.Hour, []string{"long"}},
	} {
		if got, err := s.Ended(ctx, "shop", now.Add(tc.after)); err != nil || !slices.Equal(got, tc.want) {
			t.Errorf("after %s: got %q, %v, want %q", tc.after, got, err, tc.want)
		}
	}
	if got, err := s.Ended(ctx, "other", now.Add(3*day)); err != nil || len(got) > 0 {
		t.Errorf("another account: got %q, %v, want none", got, err)
	}
	// The next quote removes what ended long before.
	quotes := key.Quotes("shop")
	if err := rdb.ZAdd(ctx, quotes, redis.Z{Score: float64(now.Add(-91 * day).UnixMilli()), Member: "old"}).Err(); err != nil {
		t.Fatal(err)
	}
	if err := s.Keep(ctx, "shop", "next", time.Hour); err != nil {
		t.Fatal(err)
	}
	if got, want := rdb.ZRange(ctx, quotes, 0, -1).Val(), []string{"next", "short", "long"}; !slices.Equal(sorted(got), sorted(want)) {
		t.Errorf("got the quotes %q, want %q", got, want)
	}
}

func sorted(names []string) []string { return slices.Sorted(slices.Values(names)) }
