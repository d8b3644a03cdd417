package e2e

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/record"
	"github.com/octoq/octoq/internal/simulator"
)

// quick makes all waits short and the limits wide, but not so wide that
// everything is over before a test can interfere.
func (r *rig) quick(more ...string) {
	r.setenv("OCTOQ_RATE=25", "OCTOQ_BURST=5", "OCTOQ_MAX_IN_FLIGHT=5",
		"OCTOQ_POLL_FIRST=100ms", "OCTOQ_POLL_MAX=1s", "OCTOQ_BACKOFF=200ms", "OCTOQ_BACKOFF_MAX=1s",
		"OCTOQ_PROBE=1s", "OCTOQ_PROBE_MAX=2s")
	r.setenv(more...)
}

// held lists the accounts on hold, by octoq hold ls.
func (r *rig) held() []record.Hold {
	r.t.Helper()
	var holds []record.Hold
	for line := range strings.Lines(r.must(0, "hold", "ls", "--json").out) {
		var h record.Hold
		if err := json.Unmarshal([]byte(line), &h); err != nil {
			r.t.Fatalf("hold ls: %v in %q", err, line)
		}
		holds = append(holds, h)
	}
	return holds
}

// awaitHold waits for a hold of the default account.
func (r *rig) awaitHold(reason record.HoldReason, code int) {
	r.t.Helper()
	r.until(30*time.Second, fmt.Sprintf("a hold for %s %d", reason, code), func() (bool, string) {
		holds := r.held()
		ok := len(holds) == 1 && holds[0].Account == campaign.DefaultAccount && holds[0].Reason == reason && holds[0].Code == code
		return ok, fmt.Sprintf("%+v", holds)
	})
}

// awaitFree waits until no account is on hold.
func (r *rig) awaitFree() {
	r.t.Helper()
	r.until(30*time.Second, "no hold", func() (bool, string) {
		holds := r.held()
		return len(holds) == 0, fmt.Sprintf("%+v", holds)
	})
}

// awaitSent waits until at least n campaigns are sent.
func (r *rig) awaitSent(timeout time.Duration, n int, more ...string) {
	r.t.Helper()
	r.until(timeout, fmt.Sprintf("%d are sent", n), func() (bool, string) {
		counts := r.list(more...)
		return counts[campaign.StateSent] >= n, fmt.Sprint(counts)
	})
}

// records are all campaigns that a worker has touched or that wait.
func (r *rig) records(more ...string) []status {
	r.t.Helper()
	var all []status
	for line := range strings.Lines(r.must(0, append([]string{"list", "--json", "--limit", "0"}, more...)...).out) {
		var s status
		if err := json.Unmarshal([]byte(line), &s); err != nil {
			r.t.Fatalf("list: %v in %q", err, line)
		}
		all = append(all, s)
	}
	return all
}

// firstTime fails for each campaign that was sent and needed more than one
// create or confirm: refusals of the account are no attempts.
func (r *rig) firstTime() {
	r.t.Helper()
	for _, s := range r.records() {
		if s.State == campaign.StateSent && (s.Attempts.Create != 1 || s.Attempts.Confirm != 1 || s.Run != 1) {
			r.t.Errorf("%s: got run %d, attempts %+v, want one create and one confirm", s.ID, s.Run, s.Attempts)
		}
	}
}

// quiet waits until the API has no call in flight, and returns the number of
// the last call there was.
func (r *rig) quiet() int64 {
	r.t.Helper()
	var last int64
	r.until(20*time.Second, "no call is in flight", func() (bool, string) {
		calls := r.sim.Log()
		last = 0
		for _, c := range calls {
			if !c.Ended {
				return false, fmt.Sprintf("%+v", c)
			}
			last = c.Seq
		}
		return true, ""
	})
	return last
}

// callsAfter are the calls that came after the one with a number.
func (r *rig) callsAfter(seq int64) []simulator.Call {
	var calls []simulator.Call
	for _, c := range r.sim.Log() {
		if c.Seq > seq {
			calls = append(calls, c)
		}
	}
	return calls
}

// count counts calls by their name.
func count(calls []simulator.Call) map[string]int {
	counts := map[string]int{}
	for _, c := range calls {
		counts[c.Call]++
	}
	return counts
}

// onlyBalance fails unless the only calls after seq ask for the balance; it
// looks until there were n of them.
func (r *rig) onlyBalance(seq int64, n int) {
	r.t.Helper()
	var counts map[string]int
	r.until(30*time.Second, fmt.Sprintf("%d balance calls", n), func() (bool, string) {
		counts = count(r.callsAfter(seq))
		return counts[simulator.CallBalance] >= n, fmt.Sprint(counts)
	})
	delete(counts, simulator.CallBalance)
	if len(counts) > 0 {
		r.t.Errorf("calls during the hold beside balance: got %v, want none", counts)
	}
}

// during fails if a condition does not hold all the while.
func (r *rig) during(d time.Duration, what string, cond func() (bool, string)) {
	r.t.Helper()
	end := time.Now().Add(d)
	r.until(d+20*time.Second, what, func() (bool, string) {
		if ok, seen := cond(); !ok {
			r.t.Fatalf("%s: not all the while: %s", what, tail(seen, 3000))
		}
		return time.Now().After(end), ""
	})
}

// firstTimeBut fails if more than n calls were needed beyond one create and
// one confirm for each campaign.
func (r *rig) firstTimeBut(n int) {
	r.t.Helper()
	more := 0
	for _, s := range r.records() {
		more += s.Attempts.Create - 1 + max(s.Attempts.Confirm-1, 0)
	}
	if more > n {
		r.t.Errorf("creates and confirms beyond the first: got %d, want at most %d", more, n)
	}
}

func contains(list []string, s string) bool { return slices.Contains(list, s) }
