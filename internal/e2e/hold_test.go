package e2e

import (
	"net/http"
	"testing"
	"time"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/record"
	"github.com/octoq/octoq/internal/simulator"
)

// stopped are the queues that stand still during a hold.
func stopped() []string { return []string{"default.create", "default.status", "default.confirm"} }

// Credentials that turn bad hold the account: everybody can see it, nobody
// dies or loses an attempt, and all is well again when they are.
func TestBadCredentialsHoldTheAccount(t *testing.T) {
	t.Parallel()
	const n = 40
	r := newRig(t, simulator.Config{ComputeTime: 200 * time.Millisecond})
	r.quick()
	web := r.web()
	workers := []*process{r.worker(), r.worker()}
	r.enqueue(campaigns("c", n, ""))
	r.awaitSent(30*time.Second, 3)
	if err := r.sim.SetCredentials(simulator.Credentials{Disabled: true}); err != nil {
		t.Fatal(err)
	}
	r.awaitHold(record.HoldAccount, 101)
	web.awaitPaused(stopped()...)
	seen := web.metrics()
	if v, _ := seen.sum("octoq_hold", `account="default"`, `reason="account"`, `code="101"`); v != 1 {
		t.Errorf("octoq_hold: got %v, want 1", v)
	}
	if v, _ := seen.sum("octoq_queue_paused", `account="default"`); v != 3 {
		t.Errorf("octoq_queue_paused: got %v, want 3", v)
	}
	r.onlyBalance(r.quiet(), 2)
	if counts := r.list(); counts[campaign.StateDead] > 0 || counts[campaign.StateSent] == n {
		t.Errorf("during the hold: got %v, want nobody dead and some not sent yet", counts)
	}
	if err := r.sim.SetCredentials(simulator.Credentials{}); err != nil {
		t.Fatal(err)
	}
	r.awaitSent(60*time.Second, n)
	r.awaitFree()
	web.awaitPaused()
	if _, samples := web.metrics().sum("octoq_hold"); samples > 0 {
		t.Errorf("octoq_hold after the hold: got %d samples, want none", samples)
	}
	r.firstTime()
	r.onceEach()
	for _, w := range workers {
		if code := w.stop(); code != 0 {
			t.Errorf("a worker's exit code: got %d, want 0", code)
		}
	}
}

// A hold by hand stops every call until it is cleared, and stops the clock of
// the campaigns' deadlines.
func TestHoldByHand(t *testing.T) {
	t.Parallel()
	const deadline = 6 * time.Second
	r := newRig(t, simulator.Config{})
	r.quick("OCTOQ_DEADLINE=" + deadline.String())
	r.worker()
	mend := r.rule(simulator.Rule{Call: simulator.CallCreate, ListName: "late", Fault: simulator.Fault500})
	r.enqueue(toList("late", ""))
	r.until(20*time.Second, "the create of late was tried", func() (bool, string) {
		return count(r.sim.Log())[simulator.CallCreate] > 0, ""
	})
	r.must(0, "hold", "set", "--message", "looking into it")
	holds := r.held()
	if len(holds) != 1 || holds[0].Reason != record.HoldOperator || holds[0].Message != "looking into it" {
		t.Errorf("hold ls: got %+v, want one by hand", holds)
	}
	mend()
	r.enqueue(campaigns("c", 6, ""))
	last := r.quiet()
	r.during(deadline+time.Second, "nothing is called", func() (bool, string) {
		counts := count(r.callsAfter(last))
		return len(counts) == 0, tail(r.octoq("hold", "ls").out, 500)
	})
	r.must(0, "hold", "clear")
	r.awaitSent(30*time.Second, 7)
	r.must(3, "hold", "clear")
	r.onceEach()
}

// Resuming one of the paused queues on asynq's page lifts the hold.
func TestResumeInMonitorLiftsTheHold(t *testing.T) {
	t.Parallel()
	r := newRig(t, simulator.Config{})
	r.quick()
	web := r.web()
	r.worker()
	r.must(0, "hold", "set")
	web.awaitPaused(stopped()...)
	r.enqueue(campaigns("c", 4, ""))
	web.must(http.StatusNoContent, http.MethodPost, "/queues/default.status:resume")
	r.awaitFree()
	web.awaitPaused()
	r.awaitSent(30*time.Second, 4)
}

// A queue that an operator paused stays paused through a hold and its end.
func TestOperatorsOwnPauseStays(t *testing.T) {
	t.Parallel()
	r := newRig(t, simulator.Config{})
	r.quick()
	web := r.web()
	r.worker()
	r.enqueue(toList("a", ""))
	r.await(30*time.Second, "a", campaign.StateSent)
	web.must(http.StatusNoContent, http.MethodPost, "/queues/default.status:pause")
	r.must(0, "hold", "set")
	web.awaitPaused(stopped()...)
	r.must(0, "hold", "clear")
	web.awaitPaused("default.status")
	r.enqueue(toList("b", ""))
	r.await(30*time.Second, "b", campaign.StateComputing)
	last := r.quiet()
	r.during(2*time.Second, "b stays", func() (bool, string) {
		calls := r.callsAfter(last)
		return len(calls) == 0, ""
	})
	web.awaitPaused("default.status")
	web.must(http.StatusNoContent, http.MethodPost, "/queues/default.status:resume")
	r.await(30*time.Second, "b", campaign.StateSent)
}
