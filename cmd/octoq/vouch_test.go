package main

import (
	"strings"
	"testing"

	"github.com/octoq/octoq/internal/doctor"
	"github.com/octoq/octoq/internal/localuser"
	"github.com/octoq/octoq/internal/redistest"
)

// The reason of a vouch is for those who read it later: doctor shows the last one,
// with its author and time.
func TestDoctorShowsTheReasonOfAVouch(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t, "--appendonly", "yes")
	for _, reason := range []string{"a new account", "clean restart, file intact"} {
		if code, _, said := octoqNow(t, "vouch", "--reason", reason, "--redis-url", server.URL()); code != exitOK {
			t.Fatalf("vouch: got %d and %q", code, said)
		}
	}
	_, findings := diagnose(t, "--redis-url", server.URL())
	f := findings[doctor.CheckReplaced]
	if want := localuser.Name() + " vouched at 20"; f.Level != doctor.OK || f.Account != "default" || !strings.HasPrefix(f.What, want) ||
		!strings.HasSuffix(f.What, "that Redis had forgotten nothing: clean restart, file intact") {
		t.Errorf("got %+v, want the last vouch: who, when and why", f)
	}
}

// An account that is on hold stays so since when it was: its campaigns have waited
// since then. The command says so.
func TestHoldSetOnAHold(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	do := func(args ...string) string {
		t.Helper()
		code, out, said := octoqNow(t, append(args, "--redis-url", server.URL())...)
		if code != exitOK {
			t.Fatalf("octoq %q: got %d and %q", args, code, said)
		}
		return out
	}
	if out := do("hold", "set", "--message", "first"); out != "account default is on hold\n" {
		t.Errorf("got %q, want that it is on hold", out)
	}
	if out := do("hold", "set", "--message", "second"); !strings.HasPrefix(out, "account default stays on hold, since 20") || !strings.HasSuffix(out, "; its message is the new one\n") {
		t.Errorf("got %q, want since when, and what changed", out)
	}
	if out := do("hold", "set", "--message", "third", "--json"); !strings.Contains(out, `"since":"20`) {
		t.Errorf("got %q, want since when", out)
	}
	if out := do("hold", "ls"); !strings.Contains(out, "third") || strings.Contains(out, "first") {
		t.Errorf("got %q, want the new message", out)
	}
	if err := server.Client().HSet(t.Context(), "octoq:{default}:hold", "reason", "credentials", "by", "x", "since", 1767323045000).Err(); err != nil {
		t.Fatal(err)
	}
	if out := do("hold", "set"); !strings.HasPrefix(out, "account default stays on hold, since 2026-01-02 ") || !strings.HasSuffix(out, " (credentials); from now on only octoq hold clear lifts it\n") {
		t.Errorf("got %q, want since when, why it was, and what changed", out)
	}
	if out := do("hold", "ls"); !strings.Contains(out, "operator") || !strings.Contains(out, "2026-01-02") {
		t.Errorf("got %q, want an operator's hold since then", out)
	}
	if code, _, said := octoqNow(t, "hold", "set", "--account", "No Name", "--redis-url", server.URL()); code != exitUsage || !strings.Contains(said, "no name of an account") {
		t.Errorf("a bad name: got %d and %q, want 2", code, said)
	}
}
