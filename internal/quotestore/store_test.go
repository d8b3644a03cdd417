package quotestore_test

import (
	"slices"
	"testing"
	"time"

	"github.com/octoq/octoq/internal/quotestore"
	"github.com/octoq/octoq/internal/redistest"
)

func TestAQuoteEndsOnce(t *testing.T) {
	t.Parallel()
	s, ctx, now := quotestore.New(redistest.Start(t).Client()), t.Context(), time.Now()
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
		{3 * day, []string{"long"}}, // what has been forgotten does not come back
	} {
		if got, err := s.Ended(ctx, "shop", now.Add(tc.after)); err != nil || !slices.Equal(got, tc.want) {
			t.Errorf("after %s: got %q, %v, want %q", tc.after, got, err, tc.want)
		}
	}
	if got, err := s.Ended(ctx, "other", now.Add(3*day)); err != nil || len(got) > 0 {
		t.Errorf("another account: got %q, %v, want none", got, err)
	}
}
