package e2e

import (
	"encoding/json"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/simulator"
)

// oneBy enqueues one campaign by flags.
func oneBy(text string, more ...string) []string {
	return append([]string{
		"enqueue", "--list-name", "customers", "--text", text, "--type", "sms_premium", "--purpose", "wholesale",
	}, more...)
}

// A campaign by flags says its id, the chosen one too; --wait and --watch return when it
// has ended or a person is needed, and their exit codes say which.
func TestEnqueueAndWait(t *testing.T) {
	t.Parallel()
	r := newRig(t, simulator.Config{})
	r.quick()
	r.worker()
	const fine = "Hello. STOP au 30101"

	o := r.must(0, oneBy(fine)...)
	said := regexp.MustCompile(`^campaign default/(\S+) is enqueued; octoq status (\S+) shows how it goes\n`).FindStringSubmatch(o.out)
	if len(said) != 3 || said[1] != said[2] {
		t.Fatalf("enqueue without an id: got %q, want the id that was chosen", o.out)
	}
	if o := r.must(0, "status", said[1], "--wait"); !strings.Contains(o.out, "sent") {
		t.Errorf("status --wait: got %q, want it sent", o.out)
	}
	if o := r.must(0, oneBy(fine, "--id", "sent", "--watch")...); !inOrder(o.out, "default/sent is enqueued", " created  by ", " sent  by ", "state") {
		t.Errorf("enqueue --watch: got %q, want each change", o.out)
	}
	if o := r.must(0, oneBy(fine, "--id", "sent", "--wait")...); !strings.Contains(o.out, "known already") {
		t.Errorf("enqueue --wait of a known one: got %q", o.out)
	}
	if o := r.must(1, oneBy("Hello.", "--id", "dead", "--wait")...); !inOrder(o.out, "rejected 121", "octoq dead replay dead") {
		t.Errorf("enqueue --wait of one that dies: got %q, want why and what to do", o.out)
	}
	if o := r.must(7, oneBy(fine, "--id", "asked", "--confirm", "manual", "--wait")...); !strings.Contains(o.out, "octoq approve asked --cost") {
		t.Errorf("enqueue --wait of one that waits for a person: got %q, want the command that approves", o.out)
	}
	o = r.must(7, "status", "asked", "--watch", "--json")
	var last campaign.Record
	if err := json.Unmarshal([]byte(strings.TrimSpace(o.out)), &last); err != nil || last.State != campaign.StateAwaitingApproval {
		t.Errorf("status --watch --json: got %q and %v, want one record", o.out, err)
	}
	r.must(3, "status", "nobody", "--wait")
	r.must(2, oneBy(fine, "--wait", "--dry-run")...)
	r.must(2, "enqueue", "--file", r.file("c.jsonl", toList("x", "")), "--wait")
}

// Ctrl-C ends the wait and says that the campaign goes on.
func TestWaitIsInterrupted(t *testing.T) {
	t.Parallel()
	r := newRig(t, simulator.Config{})
	p := r.start(oneBy("Hello. STOP au 30101", "--id", "later", "--wait")...)
	r.until(20*time.Second, "it is enqueued", func() (bool, string) {
		return strings.Contains(p.Log(), "default/later is enqueued"), p.Log()
	})
	p.signal(syscall.SIGINT)
	if code := p.wait(20 * time.Second); code != 1 || !strings.Contains(p.Log(), "the campaign goes on; octoq status later shows how") {
		t.Errorf("got exit code %d and %q, want 1 and that it goes on", code, p.Log())
	}
}

// inOrder reports whether the parts stand in text, each behind the one before.
func inOrder(text string, parts ...string) bool {
	for _, part := range parts {
		_, rest, found := strings.Cut(text, part)
		if !found {
			return false
		}
		text = rest
	}
	return true
}
