package e2e

import (
	"fmt"
	"strconv"
	"testing"
	"time"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/simulator"
)

// Each of the less usual ends of a campaign.
func TestLessUsualEnds(t *testing.T) {
	t.Parallel()
	r := newRig(t, simulator.Config{})
	r.quick("OCTOQ_LOST_TICKET=park")
	dear := 100.0
	for _, rule := range []simulator.Rule{
		{Call: simulator.CallCreate, ListName: "lost", Fault: simulator.FaultDropAfter, Times: 1},
		{Call: simulator.CallCreate, ListName: "slow", Fault: simulator.FaultNeverReady},
		{Call: simulator.CallCreate, ListName: "dear", Fault: simulator.FaultCost, Cost: &dear},
		{Call: simulator.CallCreate, ListName: "failed", Fault: simulator.FaultFailed},
		{Call: simulator.CallCreate, ListName: "odd", Fault: simulator.FaultAnswer, HTTPStatus: 404, Message: "Not here."},
	} {
		r.rule(rule)
	}
	r.known()
	expires := time.Now().Add(4 * time.Second)
	r.enqueue(toList("lost", "") + toList("sim", `,"simulation_mode":true`) +
		toList("slow", fmt.Sprintf(`,"expires_at":%q`, expires.Format(time.RFC3339))) +
		toList("dear", `,"max_cost":99.99`) + toList("cheap", `,"max_cost":1000000`) + toList("failed", "") + toList("odd", ""))

	r.wantDead("lost", campaign.FailLostTicket, 1)
	r.wantDead("failed", campaign.FailComputation, 1)
	if s := r.wantDead("odd", campaign.FailUnknown, 0); s.Failure.HTTPStatus != 404 {
		t.Errorf("odd: got %+v, want the HTTP status of the answer", s.Failure)
	}
	if s := r.await(30*time.Second, "sim", campaign.StateSimulated); s.Ticket == "" || s.Attempts.Status > 0 {
		t.Errorf("sim: got %+v, want a ticket and nothing after it", s)
	}
	r.await(30*time.Second, "cheap", campaign.StateSent)
	if s := r.wantDead("slow", campaign.FailExpired, 1); s.Failure.At.Before(expires.Add(-time.Second)) {
		t.Errorf("slow: died at %v, want not before %v", s.Failure.At, expires)
	}
	s := r.await(30*time.Second, "dear", campaign.StateAwaitingApproval)
	if want := 100 * campaign.Euro; s.Cost != want || s.Contacts == 0 {
		t.Errorf("dear: got %d contacts for %v, want some for %v", s.Contacts, s.Cost, want)
	}
	r.must(0, "approve", "dear", "--cost", "100", "--contacts", strconv.Itoa(s.Contacts))
	r.await(30*time.Second, "dear", campaign.StateSent)
	if stats := r.sim.Stats(0); stats.Sent != 2 || stats.Simulated != 1 {
		t.Errorf("the API has %d sent and %d simulated, want 2 and 1", stats.Sent, stats.Simulated)
	}
	r.onceEach()
}

// wantDead waits until a campaign is dead and fails unless it died of that,
// with as many tickets created for it.
func (r *rig) wantDead(id string, class campaign.FailureClass, tickets int) status {
	r.t.Helper()
	s := r.await(30*time.Second, id, campaign.StateDead)
	if s.Failure == nil || s.Failure.Class != class || s.Maybe {
		r.t.Errorf("%s: got %+v, want it dead of %s and not maybe_confirmed", id, s.Failure, class)
	}
	if n := r.carriedOutFor(simulator.CallCreate, id); n != tickets {
		r.t.Errorf("%s: got %d creates carried out, want %d", id, n, tickets)
	}
	return s
}
