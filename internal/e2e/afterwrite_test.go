package e2e

import (
	"strings"
	"testing"
	"time"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/simulator"
)

// What follows an operator's write may fail, and turns it into no failure: here
// nothing of asynq's may be touched, so no wake-up is queued, no queue paused, no
// letter removed.
func TestWhatFollowsAWriteDoesNotFailIt(t *testing.T) {
	t.Parallel()
	r := newRig(t, simulator.Config{})
	r.quick("OCTOQ_CONFIRM=manual")
	r.rule(simulator.Rule{Call: simulator.CallCreate, ListName: "dead", Fault: simulator.FaultAnswer, HTTPStatus: 400, Code: 121})
	p := r.worker()
	for _, id := range []string{"approved", "cancelled", "dead"} {
		r.enqueueOne(id)
	}
	r.await(30*time.Second, "approved", campaign.StateAwaitingApproval)
	r.await(30*time.Second, "cancelled", campaign.StateAwaitingApproval)
	r.await(30*time.Second, "dead", campaign.StateDead)
	if code := p.stop(); code != 0 {
		t.Fatalf("worker: got exit code %d, want 0", code)
	}

	user := r.as("resetkeys", "~octoq:*", "~octoq-auth:*")
	for _, args := range [][]string{{"approve", "approved", "--up-to", "100"}, {"cancel", "cancelled"}, {"dead", "purge", "dead"}, {"hold", "set"}} {
		if o := r.must(0, args...); o.err != "" {
			t.Errorf("%v: got %q, want nothing said", args, o.err)
		}
	}
	user.Change("resetkeys")
	user.Change("~octoq:*")
	if o := r.must(0, "hold", "set", "--message", "again"); !strings.Contains(o.err, "it is done, but the audit log lacks a line") {
		t.Errorf("without the audit log: got %q, want that it is done, and not on record", o.err)
	}
	user.Change("allkeys")
	if held := r.held(); len(held) != 1 {
		t.Errorf("holds: got %+v, want one", held)
	}
	if o := r.must(0, "dead", "ls"); !strings.Contains(o.out, "dead") {
		t.Errorf("letters: got %q, want the one that could not be removed", o.out)
	}
	r.must(0, "dead", "purge", "dead")
	if o := r.must(0, "dead", "ls", "--json"); o.out != "" {
		t.Errorf("letters after another purge: got %q, want none", o.out)
	}
	r.must(1, "dead", "purge", "dead")
	r.must(0, "hold", "clear")

	r.worker()
	r.await(2*time.Minute, "approved", campaign.StateSent)
	r.await(2*time.Minute, "cancelled", campaign.StateCancelled)
	r.onceEach()
}
