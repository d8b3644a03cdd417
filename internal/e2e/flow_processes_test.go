package e2e

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/simulator"
)

// simulate starts the simulator as a process and points the rig's later
// processes at it. It returns the address of its own pages.
func (r *rig) simulate(args ...string) string {
	r.t.Helper()
	p := r.start(append([]string{"simulate", "--listen", "127.0.0.1:0", "--balance", "1000000"}, args...)...)
	url := r.says(p, `API at (http://\S+)/v1/public`)
	r.setenv("OCTOQ_API_URL=" + url + "/v1/public")
	return url + "/_sim"
}

// findEach asks `octoq status` for every id, a few at a time, and returns how
// many were found in which state.
func (r *rig) findEach(ids []string) map[campaign.State]int {
	r.t.Helper()
	var mu sync.Mutex
	counts := map[campaign.State]int{}
	r.each(ids, func(id string) {
		o := r.octoq("status", id, "--json")
		s, err := readStatus(o)
		mu.Lock()
		defer mu.Unlock()
		if err != nil || s.ID != id || s.Account != campaign.DefaultAccount {
			r.t.Errorf("status %s: got %+v, %v", id, o, err)
		}
		counts[s.State]++
	})
	return counts
}

// Separate processes, list and tag, at a rate of 100 with ten in flight: all
// end as they should, each is found by its id before, during and after, and the
// API never sees more than the limits allow.
func TestSeparateProcesses(t *testing.T) {
	t.Parallel()
	r := newRig(t, simulator.Config{})
	sim := r.simulate("--compute", "300ms", "--latency", "10ms")
	const n, noStop, rehearsed = 196, 2, 2
	text := campaigns("c", n, "") + campaigns("sim", rehearsed, `,"simulation_mode":true`) +
		strings.ReplaceAll(campaigns("bad", noStop, ""), "STOP au 30101", "no mention")
	ids := idsOf("c", n)
	all := append(append(append([]string{}, ids...), idsOf("sim", rehearsed)...), idsOf("bad", noStop)...)

	if o := r.must(0, "enqueue", "--file", r.file("c.jsonl", text)); !strings.Contains(o.out, "200 enqueued, 0 known already, 0 invalid") {
		t.Errorf("enqueue: got %q, want 200 enqueued", o.out)
	}
	if got := r.findEach(all); got[campaign.StateQueued] != len(all) {
		t.Errorf("states before there is a worker: got %v, want all %d queued", got, len(all))
	}

	limits := []string{"--rate", "100", "--max-in-flight", "10", "--burst", "5"}
	for range 2 {
		r.start(append([]string{"worker"}, limits...)...)
	}
	r.until(30*time.Second, "work has begun", func() (bool, string) {
		var s simulator.Stats
		r.getJSON(sim+"/stats", &s)
		return s.Created > 0, fmt.Sprintf("%+v", s)
	})
	during := r.findEach(all)
	t.Logf("states while it went on: %v", during)

	r.until(60*time.Second, "all end", func() (bool, string) {
		counts := r.list()
		return counts[campaign.StateSent] == n && counts[campaign.StateDead] == noStop &&
			counts[campaign.StateSimulated] == rehearsed, fmt.Sprint(counts)
	})
	want := map[campaign.State]int{campaign.StateSent: n, campaign.StateDead: noStop, campaign.StateSimulated: rehearsed}
	if got := r.findEach(all); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("states after all: got %v, want %v", got, want)
	}

	var s simulator.Stats
	r.getJSON(sim+"/stats?window=1s", &s)
	// What is granted keeps to 105. Calls arrive as the machine lets them: where
	// it holds some of them back for 100 ms, ten more may come in one second.
	// TestDefaultLimits leaves no such margin.
	t.Logf("calls within a second: %d", s.MaxInWindow[login])
	if got := s.MaxInWindow[login]; got > 105+10 {
		t.Errorf("calls within a second: got %d, want at most rate 100 and burst 5", got)
	}
	if s.MaxInFlight > 10 {
		t.Errorf("calls at once: got %d, want at most 10", s.MaxInFlight)
	}
	if s.MaxInFlight < 2 {
		t.Errorf("calls at once: got %d, want several: the test has to try the limit", s.MaxInFlight)
	}
	if len(s.SendsByList) != n/2 || len(s.SendsByTag) != n/2 || s.Sent != n || len(s.SentTwice) > 0 {
		t.Errorf("sends: got %d lists, %d tags, %d tickets, %v twice, want %d, %d, %d, none",
			len(s.SendsByList), len(s.SendsByTag), s.Sent, s.SentTwice, n/2, n/2, n)
	}
	var log []simulator.Call
	r.getJSON(sim+"/log?call=send&carried_out=true", &log)
	times := map[string]int{}
	for _, c := range log {
		times[c.ListName+"/"+c.TagName]++
	}
	for name, n := range times {
		if n != 1 {
			t.Errorf("sends of %s in the log: got %d, want 1", name, n)
		}
	}
	if len(times) != n {
		t.Errorf("lists and tags sent to, by the log: got %d, want %d", len(times), n)
	}
}

func idsOf(prefix string, n int) []string {
	ids := make([]string, n)
	for i := range ids {
		ids[i] = fmt.Sprint(prefix, i)
	}
	return ids
}

// With the defaults two workers never have more than one call in flight between
// them, nor more than rate and burst in a second.
func TestDefaultLimits(t *testing.T) {
	t.Parallel()
	r := newRig(t, simulator.Config{Latency: 50 * time.Millisecond})
	const n = 12
	r.enqueue(campaigns("d", n, ""))
	for range 2 {
		r.start("worker")
	}
	r.until(60*time.Second, "all are sent", func() (bool, string) {
		counts := r.list()
		return counts[campaign.StateSent] == n, fmt.Sprint(counts)
	})
	s := r.sim.Stats(time.Second)
	if s.MaxInFlight != 1 {
		t.Errorf("calls at once: got %d, want 1", s.MaxInFlight)
	}
	if got := s.MaxInWindow[login]; got > 10 {
		t.Errorf("calls within a second: got %d, want at most rate 5 and burst 5", got)
	}
	r.onceEach()
}
