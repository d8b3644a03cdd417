package e2e

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/simulator"
)

// Whoever enqueues for an account that no worker serves learns it at once, and so
// does whoever looks; with a worker that serves it there is silence, and when that
// one was killed it is seen within a minute.
func TestNoWorkerServesTheAccount(t *testing.T) {
	t.Parallel()
	r := newRig(t, simulator.Config{})
	r.quick()
	web := r.web()
	worker := r.worker()
	r.unserved(web, "default", 0)
	if o := r.octoqIn(toList("well", ""), "enqueue", "--file", "-"); o.code != 0 || strings.Contains(o.err, "worker") {
		t.Errorf("enqueue for a served account: got exit code %d and %q, want silence", o.code, o.err)
	}
	r.await(30*time.Second, "well", campaign.StateSent)

	lines := toList("lost", `,"account":"defualt"`) + toList("lost2", `,"account":"defualt"`)
	o := r.octoqIn(lines, "enqueue", "--file", "-")
	const warning = "no worker serves account defualt: its campaigns wait until one does"
	if o.code != 0 || strings.Count(o.err, warning) != 1 || !strings.Contains(o.out, "2 enqueued") {
		t.Errorf("enqueue for a mistyped account: got exit code %d, %q and %q, want one warning", o.code, o.out, o.err)
	}
	o = r.octoqIn(toList("lost3", `,"account":"defualt"`), "enqueue", "--json", "--file", "-")
	var line struct{ Warnings []campaign.Warning }
	if err := json.Unmarshal([]byte(o.out), &line); err != nil || len(line.Warnings) != 1 || !strings.Contains(line.Warnings[0].Problem, warning) {
		t.Errorf("enqueue --json: got %v, %q, want the warning", err, o.out)
	}
	if o := r.must(0, "status", "lost", "--account", "defualt"); !strings.Contains(o.out, "a worker: none serves account defualt") {
		t.Errorf("status: got %q, want what it waits for", o.out)
	}
	r.unserved(web, "defualt", 1)
	if n, samples := web.metrics().sum("octoq_workers", `account="default"`); n != 1 || samples != 1 {
		t.Errorf("octoq_workers of default: got %v, want 1", n)
	}
	r.until(20*time.Second, "the campaigns of the mistyped account grow old", func() (bool, string) {
		age, _ := web.metrics().sum("octoq_oldest_seconds", `account="defualt"`, `stage="create"`)
		return age > 1 && age < 60, ""
	})

	worker.kill()
	r.enqueue(toList("waits", ""))
	r.until(time.Minute, "the killed worker is missed", func() (bool, string) {
		n, _ := web.metrics().sum("octoq_workers", `account="default"`)
		return n == 0, ""
	})
	if o := r.must(0, "status", "waits"); !strings.Contains(o.out, "a worker: none serves account default") {
		t.Errorf("status after the kill: got %q, want what it waits for", o.out)
	}
	r.unserved(web, "default", 2)
	worker = r.worker()
	r.unserved(web, "default", 1)
	r.await(30*time.Second, "waits", campaign.StateSent)
	if code := worker.stop(); code != 0 {
		t.Errorf("the worker's exit code: got %d, want 0", code)
	}
	r.enqueue(toList("last", ""))
	r.unserved(web, "default", 2) // one that stops says so
}

// unserved holds doctor and /readyz to whether an account has campaigns that wait
// and no worker, and to how many accounts there are such.
func (r *rig) unserved(web *pages, account string, accounts int) {
	r.t.Helper()
	var found bool
	for _, l := range lines(r.octoq("doctor", "--json").out) {
		found = found || strings.Contains(l, `"check":"workers"`) && strings.Contains(l, `"account":"`+account+`"`) && strings.Contains(l, `"level":"fault"`)
	}
	status, page := r.page(web.url+"/readyz", "", "")
	want := map[int]string{0: "ready\n", 1: "wait in 1 accounts that no worker serves", 2: "wait in 2 accounts that no worker serves"}[accounts]
	if status != http.StatusOK || !strings.Contains(page, want) || accounts == 0 && page != want {
		r.t.Errorf("/readyz: got %d %q, want 200 and %q", status, page, want)
	}
	if wanted := accounts > 0 && (account != "default" || accounts == 2); found != wanted {
		r.t.Errorf("doctor finds account %s unserved: got %t, want %t", account, found, wanted)
	}
}
