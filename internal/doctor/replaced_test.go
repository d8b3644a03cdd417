package doctor_test

import (
	"strings"
	"testing"
	"time"

	"github.com/octoq/octoq/internal/doctor"
	"github.com/octoq/octoq/internal/record"
)

func TestReplaced(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, time.March, 2, 12, 0, 0, 0, time.UTC)
	change := func(from string, ago time.Duration) record.RedisChange {
		return record.RedisChange{From: from, To: "b", FirstSeen: now.Add(-ago)}
	}
	for name, c := range map[string]struct {
		changes []record.RedisChange
		want    string
	}{
		"nothing":     {nil, ""},
		"a new one":   {[]record.RedisChange{change("", time.Minute)}, ""},
		"an old one":  {[]record.RedisChange{change("a", 25*time.Hour)}, ""},
		"lately":      {[]record.RedisChange{change("", 48*time.Hour), change("a", 23*time.Hour)}, "2026-03-01T13:00:00Z"},
		"twice today": {[]record.RedisChange{change("a", 23*time.Hour), change("b", time.Hour)}, "2026-03-02T11:00:00Z"},
	} {
		found := doctor.Replaced("acme", c.changes, now)
		if (len(found) == 1) != (c.want != "") {
			t.Errorf("%s: got %+v, want one finding: %v", name, found, c.want != "")
			continue
		}
		if c.want == "" {
			continue
		}
		f := found[0]
		if f.Level != doctor.Warning || f.Account != "acme" || !strings.Contains(f.What, c.want) || !strings.Contains(f.Do, "octoq vouch --account acme") {
			t.Errorf("%s: got %+v, want a warning that names %s and the remedy", name, f, c.want)
		}
	}
}
