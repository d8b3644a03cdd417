package e2e

import (
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/simulator"
)

// A worker that gets SIGHUP puts the budgets and rules of its file in force, goes on
// sending, and leaves all as it is where the file has a fault.
func TestAWorkerReadsItsFileAgain(t *testing.T) {
	t.Parallel()
	r := newRig(t, simulator.Config{Contacts: 20, PricePerContact: 0.05}) // 1.00 each
	r.fast()
	file := r.file("octoq.yaml", "budgets:\n  - {name: all, per: month, amount: 500}\n")
	w := r.worker("--config", file)
	hangUp := func(text, says string) {
		t.Helper()
		r.file("octoq.yaml", text)
		before := strings.Count(w.Log(), says)
		w.signal(syscall.SIGHUP)
		r.until(20*time.Second, says, func() (bool, string) { return strings.Count(w.Log(), says) > before, w.Log() })
	}
	const inForce = "the settings of accounts are in force"
	hangUp("approve_above: 20\nbudgets:\n  - {name: all, per: month, amount: 1, over: ask}\n", inForce)
	if b := r.budgets()["all"]; b.Amount != campaign.Euro || b.Source != "config" {
		t.Errorf("after a reload: got %+v, want 1.00 €", b)
	}
	if o := r.must(0, "rules", "show", "--json"); !strings.Contains(o.out, `"approve_above":20`) {
		t.Errorf("rules: got %s, want approve_above 20", o.out)
	}
	r.enqueue(campaigns("r", 2, ""))
	r.until(30*time.Second, "one is sent, and one asks", func() (bool, string) {
		counts := r.list()
		return counts[campaign.StateSent] == 1 && counts[campaign.StateAwaitingApproval] == 1, r.must(0, "list").out
	})
	hangUp("budgets:\n  - {name: all, per: year, amount: 900}\n", "budgets and rules of the settings are not all in force")
	hangUp("budgets: [", "the settings cannot be read again")
	if b := r.budgets()["all"]; b.Amount != campaign.Euro {
		t.Errorf("after a file with a fault: got %+v, want what was in force", b)
	}
	hangUp("lost_ticket: park\nbudgets:\n  - {name: all, per: month, amount: 900}\n", inForce)
	if b := r.budgets()["all"]; b.Amount != 900*campaign.Euro {
		t.Errorf("with another setting beside it: got %+v, want 900.00 €", b)
	}
	if code := w.stop(); code != 0 {
		t.Errorf("the worker ended with %d, want 0", code)
	}
}
