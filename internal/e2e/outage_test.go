package e2e

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/record"
	"github.com/octoq/octoq/internal/simulator"
)

// A Retry-After that one worker is given is waited for by all of them.
func TestRetryAfterIsWaitedForByAll(t *testing.T) {
	t.Parallel()
	const n, pause = 40, 7 * time.Second
	// Calls granted before the others heard of it may still arrive.
	const inFlight = time.Second
	r := newRig(t, simulator.Config{})
	r.quick()
	r.worker()
	r.worker()
	r.enqueue(campaigns("c", n, ""))
	r.awaitSent(30*time.Second, 2)
	r.rule(simulator.Rule{Fault: simulator.Fault429, RetryAfter: int(pause.Seconds()), Times: 1})
	r.awaitSent(60*time.Second, n)
	calls := r.sim.Log()
	at := slices.IndexFunc(calls, func(c simulator.Call) bool { return c.HTTPStatus == 429 })
	if at < 0 {
		t.Fatal("no call was answered 429")
	}
	var early, after int
	for _, c := range calls[at+1:] {
		switch since := c.Time.Sub(calls[at].Time); {
		case since < inFlight:
			early++
		case since < pause:
			t.Errorf("%v after the 429: got a %s call, want none for %v", since, c.Call, pause)
		default:
			after++
		}
	}
	if early > 5 || after < n {
		t.Errorf("calls just after the 429 and after the pause: got %d and %d, want at most 5, and the rest", early, after)
	}
	r.firstTimeBut(1)
	r.onceEach()
}

// A list that is always answered 500, beside others that pass, dies at its
// deadline, not before, and holds nobody.
func TestAHopelessCampaignDiesAtItsDeadline(t *testing.T) {
	t.Parallel()
	const n, deadline = 12, 5 * time.Second
	r := newRig(t, simulator.Config{})
	r.quick("OCTOQ_DEADLINE=" + deadline.String())
	r.worker()
	r.rule(simulator.Rule{ListName: "broken", Fault: simulator.Fault500})
	r.enqueue(toList("broken", "") + campaigns("c", n, ""))
	s := r.await(60*time.Second, "broken", campaign.StateDead)
	f := s.Failure
	if f == nil || f.Class != campaign.FailDeadline || f.HTTPStatus != 500 || f.Attempts < 3 || s.Maybe {
		t.Fatalf("broken: got failure %+v, want deadline after some 500s", f)
	}
	first := time.Time{}
	for _, c := range r.sim.Log() {
		if c.ListName == "broken" && first.IsZero() {
			first = c.Time
		}
	}
	if lived := f.At.Sub(first); lived < deadline-100*time.Millisecond || lived > deadline+15*time.Second {
		t.Errorf("died %v after its first call, want soon after %v", lived, deadline)
	}
	if counts := r.list(); counts[campaign.StateSent] != n {
		t.Errorf("the others: got %v, want %d sent", counts, n)
	}
	if holds := r.held(); len(holds) > 0 {
		t.Errorf("holds: got %+v, want none", holds)
	}
	r.onceEach()
}

// While the API answers nothing but 500, it gets a probe now and then and not
// a try for each campaign; the same if the balance alone works.
func TestAnOutageIsProbedNowAndThen(t *testing.T) {
	t.Parallel()
	const n, outage, partial = 80, time.Minute, 10 * time.Second
	const most = int(outage/time.Second) + 2 // quick's probes are a second apart
	r := newRig(t, simulator.Config{})
	r.quick()
	r.worker()
	r.enqueue(campaigns("c", n, ""))
	r.awaitSent(30*time.Second, 2)
	all := r.rule(simulator.Rule{Fault: simulator.Fault500})
	r.awaitHold(record.HoldUnavailable, 0)
	r.during(2*time.Second, "grants given before the hold run out", func() (bool, string) { return true, "" })
	last := r.quiet()
	r.during(outage, "the outage", func() (bool, string) { return true, "" })
	if counts := count(r.callsAfter(last)); counts[simulator.CallBalance] < 3 || counts[simulator.CallBalance] > most || len(counts) > 1 {
		t.Errorf("calls in %v of an outage: got %v, want a few for the balance and no other", outage, counts)
	}
	for _, call := range []string{simulator.CallCreate, simulator.CallStatus, simulator.CallSend} {
		r.rule(simulator.Rule{Call: call, Fault: simulator.Fault500})
	}
	all()
	last = r.quiet()
	r.during(partial, "the outage but for the balance", func() (bool, string) { return true, "" })
	counts := count(r.callsAfter(last))
	tries := counts[simulator.CallCreate] + counts[simulator.CallStatus] + counts[simulator.CallSend]
	if tries == 0 || tries > 12 || counts[simulator.CallBalance] < tries {
		t.Errorf("calls in %v of an outage but for the balance: got %v, want one after each balance", partial, counts)
	}
	r.sim.ClearRules()
	r.until(90*time.Second, "all are sent", func() (bool, string) {
		counts := r.list()
		return counts[campaign.StateSent] == n, fmt.Sprint(counts)
	})
	r.awaitFree()
	r.onceEach()
}
