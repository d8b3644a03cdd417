package stats_test

import (
	"strings"
	"testing"
	"time"

	"github.com/octoq/octoq/internal/stats"
)

func TestAMonthIsReckonedInItsZone(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 29, 12, 0, 0, 0, time.UTC)
	for name, tc := range map[string]struct {
		zone     *time.Location
		month    string
		from, to string
		per      stats.BucketSize
		fails    string
	}{
		"UTC":                      {zone: time.UTC, month: "2026-11", from: "2026-11-01T00:00:00Z", to: "2026-12-01T00:00:00Z", per: stats.PerDay},
		"UTC, long ago":            {zone: time.UTC, month: "2025-11", from: "2025-11-01T00:00:00Z", to: "2025-12-01T00:00:00Z", per: stats.PerDay},
		"UTC, half gone":           {zone: time.UTC, month: "2025-10", fails: "since 2025-10-25T12:00Z"},
		"another zone":             {zone: time.FixedZone("CET", 3600), month: "2026-10", from: "2026-09-30T23:00:00Z", to: "2026-10-31T23:00:00Z", per: stats.PerHour},
		"another zone, long ago":   {zone: time.FixedZone("CET", 3600), month: "2026-09", fails: "whole days of UTC"},
		"a zone between the hours": {zone: time.FixedZone("IST", 19800), month: "2026-11", fails: "--zone UTC"},
		"no month":                 {zone: time.UTC, month: "2026-13", fails: `month is "2026-13"`},
	} {
		span, err := stats.Month(tc.month, tc.zone)
		per := stats.BucketSize("")
		if err == nil {
			per, err = span.Buckets(now)
		}
		switch {
		case tc.fails != "":
			if err == nil || !strings.Contains(err.Error(), tc.fails) {
				t.Errorf("%s: got %v, want %q", name, err, tc.fails)
			}
		case err != nil:
			t.Errorf("%s: %v", name, err)
		case per != tc.per || span.From.UTC().Format(time.RFC3339) != tc.from || span.To.UTC().Format(time.RFC3339) != tc.to:
			t.Errorf("%s: got %s to %s by %s, want %s to %s by %s", name, span.From.UTC(), span.To.UTC(), per, tc.from, tc.to, tc.per)
		}
	}
}

func TestParseDimension(t *testing.T) {
	t.Parallel()
	for text, ok := range map[string]bool{"": true, "list": true, "tag": true, "purpose": true, "type": true, "label.shop": true, "label.": false, "shop": false, "lists": false} {
		if _, err := stats.ParseDimension(text); (err == nil) != ok {
			t.Errorf("%q: got %v, want fine: %v", text, err, ok)
		}
	}
}
