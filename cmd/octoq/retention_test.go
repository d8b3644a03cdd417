package main

import (
	"strings"
	"testing"
	"time"

	"github.com/octoq/octoq/internal/redistest"
)

// A cancel before a worker has touched the campaign ends it, and lets it be
// remembered as long as the settings say, and no longer.
func TestCancelKeepsTheRetentionOfTheSettings(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	for id, c := range map[string]struct {
		args []string
		want time.Duration
	}{
		"default": {nil, 90 * 24 * time.Hour},
		"flag":    {[]string{"--retention", "30d"}, 30 * 24 * time.Hour},
		"file":    {[]string{"--config", configFile(t, "retention: 200d")}, 200 * 24 * time.Hour},
	} {
		for _, args := range [][]string{
			{"enqueue", "--id", id, "--list-name", "l", "--text", "Hello. STOP au 30101", "--type", "sms_premium", "--purpose", "wholesale"},
			append([]string{"cancel", id}, c.args...),
		} {
			if code, _, said := octoqNow(t, append(args, "--redis-url", server.URL())...); code != exitOK {
				t.Fatalf("octoq %v: got exit %d and %q", args, code, said)
			}
		}
		got, err := server.Client().PTTL(t.Context(), "octoq:{default}:c:"+id).Result()
		if err != nil || got > c.want || got < c.want-time.Hour {
			t.Errorf("%s: got a record that is kept for %v (%v), want %v", id, got, err, c.want)
		}
	}
}

// A retention that is too short is refused by every command that would keep it.
func TestCommandsRefuseAShortRetention(t *testing.T) {
	t.Parallel()
	for _, command := range []string{"cancel x", "approve x", "dead edit x --set text=a", "dead replay x", "dead purge x"} {
		args := append(strings.Fields(command), "--redis-url", "redis://127.0.0.1:1", "--retention", "23h")
		if code, _, said := octoqNow(t, args...); code != exitUsage || !strings.Contains(said, "OCTOQ_RETENTION") || !strings.Contains(said, "24h") {
			t.Errorf("%s: got exit %d and %q, want bad usage of the retention", command, code, said)
		}
	}
}
