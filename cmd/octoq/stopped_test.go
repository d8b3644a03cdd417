package main

import (
	"strings"
	"testing"

	"github.com/octoq/octoq/internal/doctor"
	"github.com/octoq/octoq/internal/redistest"
)

// spaced is a table without its columns.
func spaced(table string) string { return strings.Join(strings.Fields(table), " ") }

// The status of a campaign that does not move names the hold of its account, and a
// queue that was paused by hand.
func TestStatusSaysWhatStopsACampaign(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	do := func(args ...string) string {
		t.Helper()
		code, out, said := octoqNow(t, append(args, "--redis-url", server.URL())...)
		if code != exitOK {
			t.Fatalf("octoq %v: got exit %d and %q", args, code, said)
		}
		return out
	}
	do("enqueue", "--id", "waits", "--list-name", "l", "--text", "Hello. STOP au 30101", "--type", "sms_premium", "--purpose", "wholesale")
	if out := do("status", "waits"); !strings.Contains(spaced(out), "waits for a worker: none serves account default") {
		t.Errorf("without a worker: got\n%s\nwant that it waits for one", out)
	}
	for set, member := range map[string]string{"octoq:workers": "one", "octoq:worker:one": "default"} {
		if err := server.Client().SAdd(t.Context(), set, member).Err(); err != nil {
			t.Fatalf("pretend to be a worker: %v", err)
		}
	}
	if out := do("status", "waits"); strings.Contains(out, "waits for") {
		t.Errorf("free: got\n%s\nwant nothing that it waits for", out)
	}
	do("hold", "set", "--message", "budget talks")
	out := do("status", "waits")
	if !strings.Contains(spaced(out), "waits for account default, on hold since") || !strings.Contains(out, "budget talks (operator)") {
		t.Errorf("on hold: got\n%s\nwant since when and why", out)
	}
	_, findings := diagnose(t, "--redis-url", server.URL())
	if f := findings[doctor.CheckStopped]; f.Level != doctor.Warning || f.Account != "default" || !strings.Contains(f.What, "budget talks") {
		t.Errorf("on hold: got %+v, want a warning", f)
	}
	do("hold", "clear")
	if err := server.Client().Set(t.Context(), "asynq:{default.create}:paused", 1, 0).Err(); err != nil {
		t.Fatalf("pause the queue: %v", err)
	}
	if out := do("status", "waits"); !strings.Contains(spaced(out), "waits for the queue create of account default, which was paused by hand") {
		t.Errorf("paused: got\n%s\nwant the queue", out)
	}
	_, findings = diagnose(t, "--redis-url", server.URL())
	if f := findings[doctor.CheckStopped]; f.Level != doctor.Warning || !strings.Contains(f.What, "paused the queue create") {
		t.Errorf("paused: got %+v, want a warning", f)
	}
}

// A mistyped account is put on hold, as one that is still to come may be, while
// the one that was meant goes on: that has to be seen.
func TestHoldOfAnUnknownAccountIsDoubted(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	config := configFile(t, "accounts:", "  shop:", "    api_login: a@example.com")
	for _, c := range []struct {
		account, known string
		doubted        bool
	}{{"shop", "", false}, {"shp2", "it knows shop", true}, {"shp2", "", false}, {"default", "it knows", true}} {
		code, out, said := octoqNow(t, "hold", "set", "--account", c.account, "--redis-url", server.URL(), "--config", config)
		if doubted := strings.Contains(said, "warning: "); code != exitOK || doubted != c.doubted || !strings.Contains(said, c.known) || !strings.Contains(out, "on hold") {
			t.Errorf("%s: got exit %d, %q and %q, want a warning: %v", c.account, code, out, said, c.doubted)
		}
	}
}
