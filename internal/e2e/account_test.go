package e2e

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/enqueue"
	"github.com/octoq/octoq/internal/simulator"
)

// accountLine is a line of octoq account ls --json.
type accountLine struct {
	Account                            string
	Workers, Waiting, Unfinished, Dead int
	Schedules                          int
	Named                              bool
}

// accounts are the lines of octoq account ls, by account.
func (r *rig) accounts() map[string]accountLine {
	r.t.Helper()
	all := map[string]accountLine{}
	for _, text := range lines(r.must(0, "account", "ls", "--json").out) {
		var l accountLine
		if err := json.Unmarshal([]byte(text), &l); err != nil {
			r.t.Fatalf("%s: %v", text, err)
		}
		all[l.Account] = l
	}
	return all
}

// stays wants octoq account rm to be refused for a reason.
func (r *rig) stays(account, reason string, more ...string) {
	r.t.Helper()
	o := r.must(1, append([]string{"account", "rm", account}, more...)...)
	if !strings.Contains(o.err, reason) {
		r.t.Errorf("account rm %s: got %q, want %q in it", account, o.err, reason)
	}
	if _, listed := r.accounts()[account]; !listed {
		r.t.Errorf("account %s is gone, want it listed", account)
	}
}

// An account is removed once nothing of it is left to do, and not before: not with a
// worker, a campaign that has not ended, a letter or a schedule. Its ids stay taken.
func TestAnAccountIsRemovedWhenItIsDone(t *testing.T) {
	t.Parallel()
	r := newRig(t, simulator.Config{})
	r.quick()
	w := r.worker()
	r.enqueue(toList("sent", "") + toList("waits", `,"confirm":"manual"`) + noStop("dies"))
	r.await(30*time.Second, "sent", campaign.StateSent)
	r.await(30*time.Second, "waits", campaign.StateAwaitingApproval)
	r.await(30*time.Second, "dies", campaign.StateDead)
	r.must(0, "schedule", "add", "weekly", "--cron", "0 9 * * 1", "--zone", "UTC", "--list-name", "all", "--text", "Hi, STOP au 30101", "--type", "sms_premium", "--purpose", "alert")
	if got := r.accounts()["default"]; got.Workers != 1 || got.Unfinished != 1 || got.Dead != 1 || got.Schedules != 1 || !got.Named {
		t.Errorf("account ls: got %+v, want 1 of each, and that the settings name it", got)
	}

	r.stays("default", "workers that serve it: 1")
	if code := w.stop(); code != 0 {
		t.Fatalf("the worker ended with %d", code)
	}
	r.stays("default", "campaigns that have not ended: 1", "--cancel-queued")
	w = r.worker()
	r.must(0, "cancel", "waits", "--wait", "20s")
	w.stop()
	r.stays("default", "dead campaigns: 1")
	r.must(0, "dead", "purge", "dies")
	r.stays("default", "schedules: 1", "--cancel-queued")
	r.must(0, "schedule", "rm", "weekly")

	if o := r.must(0, "account", "rm", "default"); !strings.Contains(o.out, "account default is removed") {
		t.Errorf("account rm: got %q", o.out)
	}
	r.setenv("OCTOQ_API_LOGIN=", "OCTOQ_API_KEY=")
	if got := r.accounts(); len(got) > 0 {
		t.Errorf("account ls: got %+v, want none", got)
	}
	r.must(3, "account", "rm", "default")
	r.must(4, "enqueue", "--file", r.file("again.jsonl", toList("sent", "")))
	r.must(4, "enqueue", "--file", r.file("purged.jsonl", noStop("dies")))
	r.onceEach()
}

// What was enqueued for a mistyped account is cancelled with it. A producer that runs on
// brings the account back as soon as it enqueues into it once more.
func TestAMistypedAccountIsRemoved(t *testing.T) {
	t.Parallel()
	r := newRig(t, simulator.Config{})
	web := r.web()
	client, err := enqueue.New(enqueue.Config{RedisURL: r.redis.URL()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = client.Close() })
	item := func(id string) campaign.Campaign {
		return campaign.Campaign{ID: id, Account: "shpo", ListName: "l", Text: "Hello, STOP au 30101", Type: campaign.TypePremium, Purpose: campaign.PurposeWholesale}
	}
	later, alert := item("later"), item("alert")
	later.NotBefore, alert.Purpose = time.Now().Add(time.Hour), campaign.PurposeAlert
	for _, c := range []campaign.Campaign{item("now"), later, alert} {
		if _, err := client.Enqueue(t.Context(), c); err != nil {
			t.Fatal(err)
		}
	}
	if got := r.accounts()["shpo"]; got.Waiting != 3 || got.Named {
		t.Errorf("account ls: got %+v, want 3 that wait", got)
	}
	r.stays("shpo", "tasks that wait: 3")
	if o := r.must(0, "account", "rm", "shpo", "--cancel-queued", "--reason", "mistyped", "--json"); !strings.Contains(o.out, `"cancelled":3`) {
		t.Errorf("account rm: got %q, want 3 cancelled", o.out)
	}
	if got, listed := r.accounts()["shpo"]; listed {
		t.Errorf("account ls: got %+v, want it gone", got)
	}
	if n, samples := web.metrics().sum("octoq_workers", `account="shpo"`); samples > 0 {
		t.Errorf("octoq_workers: got %v of it, want none", n)
	}
	for _, id := range []string{"now", "later", "alert"} {
		rec, err := client.Get(t.Context(), "shpo", id)
		if err != nil || rec.State != campaign.StateCancelled {
			t.Errorf("%s: got %s, %v, want it cancelled", id, rec.State, err)
		}
	}
	if _, err := client.Enqueue(t.Context(), item("once-more")); err != nil {
		t.Fatal(err)
	}
	if got := r.accounts()["shpo"]; got.Waiting != 1 {
		t.Errorf("when it is used again: got %+v, want it back", got)
	}
	if out := r.must(0, "audit").out; !strings.Contains(out, "account.rm") {
		t.Errorf("audit: got %q, want the removal in it", out)
	}
}
