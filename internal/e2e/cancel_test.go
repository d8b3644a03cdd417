package e2e

import (
	"strings"
	"testing"
	"time"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/simulator"
)

// forever is so far away that nothing of it happens in a test.
const forever = `,"not_before":"2099-01-31T09:00:00Z"`

// Before there is any worker a campaign is cancelled there and then, also one
// that is scheduled for the far future; no worker ever creates it.
func TestCancelWithoutWorker(t *testing.T) {
	t.Parallel()
	r := newRig(t, simulator.Config{})
	r.enqueue(toList("now", "") + toList("later", forever) + toList("other", ""))
	for _, id := range []string{"now", "later"} {
		if o := r.must(0, "cancel", id); !strings.Contains(o.out, "is cancelled") {
			t.Errorf("cancel %s: got %q, want that it is cancelled", id, o.out)
		}
		if s := r.status(id); s.State != campaign.StateCancelled {
			t.Errorf("%s: got state %s, want cancelled", id, s.State)
		}
		r.must(0, "cancel", id) // once more is no error
		if o := r.octoqIn(toList(id, ""), "enqueue", "--file", "-", "--json"); o.code != 4 || !strings.Contains(o.out, `"state":"cancelled"`) {
			t.Errorf("enqueue %s again: got exit code %d and %s, want 4 and its state", id, o.code, o.out)
		}
	}
	r.worker("--rate", "100", "--burst", "50", "--max-in-flight", "10")
	r.await(30*time.Second, "other", campaign.StateSent)
	for _, id := range []string{"now", "later"} {
		if calls := r.calls("", id); len(calls) > 0 {
			t.Errorf("%s: got calls %+v, want none", id, calls)
		}
		if s := r.status(id); s.State != campaign.StateCancelled {
			t.Errorf("%s: got state %s, want cancelled still", id, s.State)
		}
	}
}

// cancelCase is a campaign that is brought into a state and then cancelled.
type cancelCase struct {
	name  string
	rules []simulator.Rule // of its list only
	more  string           // further fields
	ready func(r *rig, id string)
	code  int    // of cancel --wait
	text  string // in what it prints
	end   campaign.State
	// ticket says that the API's cancel must have been called for it.
	ticket bool
}

func cancelCases() []cancelCase {
	inFlight := func(call string) func(*rig, string) {
		return func(r *rig, id string) { r.t.Helper(); r.underWay(call, id) }
	}
	in := func(s campaign.State) func(*rig, string) {
		return func(r *rig, id string) { r.t.Helper(); r.await(30*time.Second, id, s) }
	}
	tried := func(call string) func(*rig, string) {
		return func(r *rig, id string) {
			r.t.Helper()
			r.until(30*time.Second, call+" was tried", func() (bool, string) {
				s := r.status(id)
				return s.Attempts.Create > 0, string(s.State)
			})
		}
	}
	slow := func(call string, carryOut bool) []simulator.Rule {
		return []simulator.Rule{{Call: call, Fault: simulator.FaultLatency, LatencyMS: 2500, CarryOut: carryOut, Times: 1}}
	}
	never := []simulator.Rule{{Call: simulator.CallCreate, Fault: simulator.FaultNeverReady}}
	const cancelled, done = "is cancelled", campaign.StateCancelled
	return []cancelCase{
		{name: "scheduled", more: forever, ready: in(campaign.StateQueued), text: cancelled, end: done},
		{name: "create-in-flight", rules: slow("create", false), ready: inFlight("create"), text: cancelled, end: done, ticket: true},
		{name: "create-carried-out", rules: slow("create", true), ready: inFlight("create"), text: cancelled, end: done, ticket: true},
		{
			name:  "create-backs-off",
			rules: []simulator.Rule{{Call: simulator.CallCreate, Fault: simulator.Fault503}},
			ready: tried("create"), text: cancelled, end: done,
		},
		{name: "computing", rules: never, ready: in(campaign.StateComputing), text: cancelled, end: done, ticket: true},
		{name: "status-in-flight", rules: slow("status", false), ready: inFlight("status"), text: cancelled, end: done, ticket: true},
		{
			name: "awaiting-approval", more: `,"confirm":"manual"`, ready: in(campaign.StateAwaitingApproval),
			text: cancelled, end: done, ticket: true,
		},
		{
			name: "cancel-lost", more: `,"confirm":"manual"`, ready: in(campaign.StateAwaitingApproval),
			rules: []simulator.Rule{{Call: simulator.CallCancel, Fault: simulator.FaultDropAfter, Times: 1}},
			text:  cancelled, end: done, ticket: true,
		},
		{
			name: "confirm-in-flight", rules: slow("send", false), ready: inFlight("send"),
			code: 1, text: "cannot cancel campaign default/confirm-in-flight: it is confirming", end: campaign.StateSent,
		},
		{name: "sent", ready: in(campaign.StateSent), code: 1, text: "cannot cancel campaign default/sent: it is sent", end: campaign.StateSent},
		{
			name: "dead", rules: []simulator.Rule{{Call: simulator.CallCreate, Fault: simulator.FaultAnswer, HTTPStatus: 400, Code: 303}},
			ready: in(campaign.StateDead), code: 1, text: "cannot cancel campaign default/dead: it is dead", end: campaign.StateDead,
		},
		{
			name: "simulated", more: `,"simulation_mode":true`, ready: in(campaign.StateSimulated),
			code: 1, text: "cannot cancel campaign default/simulated: it is simulated", end: campaign.StateSimulated,
		},
	}
}

// A cancel in any state before confirming ends in cancelled, by the API's own
// cancel when there is a ticket; after that it is refused with exit code 1.
func TestCancelInEveryState(t *testing.T) {
	t.Parallel()
	shared := newRig(t, simulator.Config{})
	shared.worker("--rate", "100", "--burst", "50", "--max-in-flight", "20", "--poll-first", "500ms")
	for _, c := range cancelCases() {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r := shared.on(t)
			for _, rule := range c.rules {
				rule.ListName = c.name
				r.rule(rule)
			}
			r.enqueue(toList(c.name, c.more))
			c.ready(r, c.name)
			r.cancelled(c)
		})
	}
	t.Run("unknown", func(t *testing.T) {
		t.Parallel()
		if o := shared.on(t).must(3, "cancel", "nobody"); len(lines(o.err)) != 1 || !strings.Contains(o.err, "not found") {
			t.Errorf("got %q, want one line that it was not found", o.err)
		}
	})
}

// cancelled cancels a campaign and looks at what became of it, here and at the API.
func (r *rig) cancelled(c cancelCase) {
	r.t.Helper()
	o := r.must(c.code, "cancel", c.name, "--wait", "40s")
	if printed := o.out + o.err; !strings.Contains(printed, c.text) || len(lines(printed)) != 1 {
		r.t.Errorf("got %q, want one line with %q", printed, c.text)
	}
	r.must(c.code, "cancel", c.name) // once more, without waiting
	s := r.await(30*time.Second, c.name, c.end)
	sends, cancels := r.carriedOutFor(simulator.CallSend, c.name), r.carriedOutFor(simulator.CallCancel, c.name)
	wantSends, wantCancels := 0, 0
	if c.end == campaign.StateSent {
		wantSends = 1
	}
	if c.ticket {
		wantCancels = 1
		if s.Ticket == "" {
			r.t.Errorf("got no ticket on the record, want one: %+v", s)
		}
	}
	if sends != wantSends || cancels != wantCancels {
		r.t.Errorf("carried out: got %d sends and %d cancels, want %d and %d", sends, cancels, wantSends, wantCancels)
	}
}

// A campaign that is priced, and whose confirm was put off by a 429, is
// cancelled too.
func TestCancelWhenReady(t *testing.T) {
	t.Parallel()
	r := newRig(t, simulator.Config{})
	r.rule(simulator.Rule{Call: simulator.CallSend, Fault: simulator.Fault429, RetryAfter: 4, Times: 1})
	r.worker("--rate", "100", "--burst", "50", "--max-in-flight", "10", "--poll-first", "500ms")
	r.enqueue(toList("ready", ""))
	r.await(30*time.Second, "ready", campaign.StateReady)
	r.until(10*time.Second, "the confirm was refused", func() (bool, string) {
		s := r.status("ready")
		return s.Attempts.Confirm == 1 && s.State == campaign.StateReady, string(s.State)
	})
	r.cancelled(cancelCase{name: "ready", text: "is cancelled", end: campaign.StateCancelled, ticket: true})
}
