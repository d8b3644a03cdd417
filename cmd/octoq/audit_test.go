package main

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/octoq/octoq/internal/accessstore"
	"github.com/octoq/octoq/internal/localuser"
	"github.com/octoq/octoq/internal/redistest"
)

// What operators do that concerns no campaign is on record with their names; what changed
// nothing is not.
func TestOperatorsActsAreOnRecord(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	do := func(want int, args ...string) string {
		t.Helper()
		code, out, said := octoqNow(t, append(args, "--redis-url", server.URL())...)
		if code != want {
			t.Fatalf("octoq %q: got %d and %q, want %d", args, code, said, want)
		}
		return out
	}
	do(exitOK, "hold", "set", "--message", "ask me first")
	do(exitOK, "hold", "clear")
	do(exitNotFound, "hold", "clear")
	do(exitOK, "vouch", "--reason", "a new account")
	do(exitOK, "schedule", "add", "monday", "--cron", "0 8 * * 1", "--zone", "UTC", "--list-name", "l", "--text", "x STOP", "--type", "sms_premium", "--purpose", "wholesale")
	do(exitOK, "schedule", "pause", "monday")
	do(exitOK, "schedule", "resume", "monday")
	do(exitOK, "schedule", "rm", "monday")
	do(exitNotFound, "schedule", "rm", "monday")
	var got []string
	for line := range strings.Lines(do(exitOK, "audit")) {
		var e accessstore.AuditEntry
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		if e.Who != localuser.Name() || e.Account != "default" || e.At.IsZero() {
			t.Errorf("got %+v, want who did it, where and when", e)
		}
		got = append(got, strings.Join(strings.Fields(e.Action+" "+e.Subject+" "+e.Detail), " "))
	}
	want := []string{
		"hold.set ask me first", "hold.clear", "vouch a new account",
		"schedule.set schedule:monday", "schedule.pause schedule:monday", "schedule.resume schedule:monday", "schedule.remove schedule:monday",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("on record (-want +got):\n%s", diff)
	}
}
