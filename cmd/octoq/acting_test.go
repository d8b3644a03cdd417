package main

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"github.com/octoq/octoq/internal/access"
	"github.com/octoq/octoq/internal/redistest"
)

// holder is a Redis with tokens, by which commands are run.
type holder struct {
	t   *testing.T
	url string
}

func newHolder(t *testing.T) *holder {
	t.Helper()
	return &holder{t, redistest.Start(t, "--appendonly", "yes", "--appendfsync", "always").URL()}
}

// token adds a token, and returns a file that holds it.
func (h *holder) token(name string, more ...string) (file string) {
	h.t.Helper()
	code, out, said := octoqNow(h.t, append([]string{"token", "add", name, "--redis-url", h.url}, more...)...)
	if code != exitOK {
		h.t.Fatalf("token add: got %d and %q", code, said)
	}
	return configFile(h.t, strings.TrimSpace(out))
}

// as runs a command in the name of a token.
func (h *holder) as(file string, want int, args ...string) (out, said string) {
	h.t.Helper()
	code, out, said := octoqNow(h.t, append(args, "--redis-url", h.url, "--token-file", file)...)
	if code != want {
		h.t.Errorf("octoq %q: got %d, %q and %q, want %d", args, code, out, said, want)
	}
	return out, said
}

func campaignOf(id string) []string {
	return []string{"enqueue", "--id", id, "--list-name", "l", "--text", "Hello STOP", "--type", "sms_premium", "--purpose", "wholesale"}
}

// A command in the name of a token does what its roles allow, and is on record under its
// name; what they do not is refused with an exit code of its own, and nothing is done.
func TestCommandsInTheNameOfAToken(t *testing.T) {
	t.Parallel()
	h := newHolder(t)
	shop, desk := h.token("shop", "--role", "producer@default"), h.token("desk", "--role", "operator")
	h.as(shop, exitOK, campaignOf("a")...)
	out, _ := h.as(shop, exitOK, "status", "a", "--json")
	if !strings.Contains(out, `"enqueued_by":"token:shop"`) {
		t.Errorf("got %s, want the token on record", out)
	}
	for _, args := range [][]string{
		append(campaignOf("b"), "--account", "other"), {"cancel", "a"}, {"approve", "a", "--up-to", "1"}, {"hold", "set"}, {"hold", "ls"}, {"vouch", "--reason", "x"}, {"vouch", "--reason", "x", "--all"},
		{"status", "a", "--account", "other"}, {"list", "--account", "other"}, {"user", "ls"}, {"token", "rm", "desk"}, {"audit"}, {"schedule", "rm", "x"}, {"dead", "purge", "a"},
	} {
		if _, said := h.as(shop, exitDenied, args...); !strings.Contains(said, "token:shop is not allowed") {
			t.Errorf("octoq %q: got %q, want the denied name", args, said)
		}
	}
	h.as(desk, exitOK, "hold", "set")
	h.as(desk, exitOK, "cancel", "a")
	h.as(desk, exitDenied, "approve", "a", "--up-to", "1")
	h.as(desk, exitOK, append(campaignOf("far"), "--account", "other")...)
	plan, _ := h.as(desk, exitOK, "cancel", "--id-prefix", "far", "--account", "other", "--dry-run", "--json")
	var p struct{ Plan string }
	if err := json.Unmarshal([]byte(plan), &p); err != nil || p.Plan == "" {
		t.Fatalf("got %q, %v, want a plan", plan, err)
	}
	near := h.token("near", "--role", "operator@default")
	h.as(near, exitDenied, "cancel", "--plan", p.Plan)
	h.as(near, exitDenied, "cancel", "--id-prefix", "far", "--account", "other", "--yes")
	h.as(desk, exitOK, "cancel", "--plan", p.Plan)
	if _, out, _ := octoqNow(t, "audit", "--redis-url", h.url); !strings.Contains(out, `"who":"token:desk","action":"hold.set"`) {
		t.Errorf("got %s, want the hold under the token's name", out)
	}
	h.as(configFile(t, "octoq_live_x"), exitUsage, "status", "a")
	if code, _, said := octoqNow(t, "token", "rm", "shop", "--redis-url", h.url, "--durable=disk"); code != exitOK {
		t.Fatalf("token rm: got %d and %q", code, said)
	}
	h.as(shop, exitDenied, "status", "a")
}

// Of a file each line is looked at by itself, and a token of the kind review has its
// campaigns wait for a person.
func TestFilesInTheNameOfAToken(t *testing.T) {
	t.Parallel()
	h := newHolder(t)
	review := h.token("agency", "--role", "producer@default", "--kind", "review")
	line := func(id, account string) string {
		return `{"id":"` + id + `","account":"` + account + `","list_name":"l","text":"Hello STOP","type":"sms_premium","purpose":"wholesale","confirm":"auto"}`
	}
	file := configFile(t, line("a", "default"), line("b", "other"))
	if _, said := h.as(review, exitUsage, "enqueue", "--file", file, "--format", "jsonl"); !strings.Contains(said, "limited to others") {
		t.Errorf("got %q, want that the second line is not allowed", said)
	}
	for id, want := range map[string]int{"a": exitOK, "c": exitOK} {
		if id == "c" {
			h.as(review, exitOK, append(campaignOf("c"), "--confirm", "auto")...)
		}
		code, out, _ := octoqNow(t, "status", id, "--json", "--redis-url", h.url)
		var r struct{ Campaign struct{ Confirm string } }
		if err := json.Unmarshal([]byte(out), &r); err != nil || code != want || r.Campaign.Confirm != "manual" {
			t.Errorf("%s: got %d and %s, want one that waits for a person", id, code, out)
		}
	}
	if code, _, _ := octoqNow(t, "status", "b", "--account", "other", "--redis-url", h.url); code != exitNotFound {
		t.Errorf("of another account: got %d, want that it is not there", code)
	}
}

// Every command that works on Redis takes a token, or is one of those that serve; those of
// callbacks ask the API alone.
func TestCommandsKnowTheirOperation(t *testing.T) {
	t.Parallel()
	none := []string{"worker", "web", "doctor", "bench", "demo", "simulate", "callbacks", "help", "version", "completion"}
	var all []string
	var visit func(*cobra.Command)
	visit = func(c *cobra.Command) {
		for _, sub := range c.Commands() {
			if slices.Contains(none, sub.Name()) || sub.Hidden {
				continue
			}
			if sub.HasSubCommands() {
				visit(sub)
				continue
			}
			path := pathOf(sub)
			all = append(all, path)
			if _, known := access.RuleOf(operationOf()[path]); !known {
				t.Errorf("octoq %s has no operation: whose role does it need?", path)
			}
			if sub.Flags().Lookup("token-file") == nil {
				t.Errorf("octoq %s has no flag --token-file", path)
			}
		}
	}
	visit(newRoot())
	for path := range operationOf() {
		if !slices.Contains(all, path) {
			t.Errorf("there is no octoq %s", path)
		}
	}
}
