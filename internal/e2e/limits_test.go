package e2e

import (
	"fmt"
	"testing"
	"time"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/simulator"
)

// A flood of creates neither keeps an earlier campaign from being confirmed
// within 15 s nor wastes the limit.
func TestFloodOfCreates(t *testing.T) {
	t.Parallel()
	const (
		rate    = 5
		patient = 15 * time.Second
		measure = 30 * time.Second
		piece   = 10 * time.Second
	)
	r := newRig(t, simulator.Config{ComputeTime: 500 * time.Millisecond, Latency: 20 * time.Millisecond})
	r.worker()
	r.worker()
	r.enqueue(toList("earlier", ""))
	began := time.Now()
	r.enqueue(campaigns("flood", 2000, ""))

	r.until(patient+10*time.Second, "the earlier campaign is confirmed", func() (bool, string) {
		return r.carriedOutFor(simulator.CallSend, "earlier") == 1, fmt.Sprintf("%+v", r.calls("", "earlier"))
	})
	sent := r.calls(simulator.CallSend, "earlier")
	if took := sent[len(sent)-1].Time.Sub(began); took > patient {
		t.Errorf("confirm of the earlier campaign: got it after %v, want at most %v", took, patient)
	}

	// The first seconds are the burst's and the start's.
	from := began.Add(2 * time.Second)
	r.until(measure+30*time.Second, "the limit was watched long enough", func() (bool, string) {
		return time.Now().After(from.Add(measure)), ""
	})
	calls := r.calls("", "")
	if got, want := between(calls, from, from.Add(measure)), 0.95*rate*measure.Seconds(); float64(got) < want {
		t.Errorf("calls in %v: got %d, want at least %.1f", measure, got, want)
	}
	for at := from; !at.Add(piece).After(from.Add(measure)); at = at.Add(time.Second) {
		// One call more or less is where the piece happens to be cut.
		if got, want := between(calls, at, at.Add(piece)), 0.95*rate*piece.Seconds()-1; float64(got) < want {
			t.Errorf("calls in the %v from second %.0f on: got %d, want at least %.1f", piece, at.Sub(began).Seconds(), got, want)
		}
	}
	s := r.sim.Stats(time.Second)
	if got := s.MaxInWindow[login]; got > rate+5 {
		t.Errorf("calls within a second: got %d, want at most %d", got, rate+5)
	}
	if s.MaxInFlight != 1 {
		t.Errorf("calls at once: got %d, want 1", s.MaxInFlight)
	}
	if counts := r.list("--state", string(campaign.StateDead)); counts[campaign.StateDead] != 0 {
		t.Errorf("dead campaigns: got %d, want none", counts[campaign.StateDead])
	}
	r.onceEach()
}

func between(calls []simulator.Call, from, to time.Time) int {
	n := 0
	for _, c := range calls {
		if !c.Time.Before(from) && c.Time.Before(to) {
			n++
		}
	}
	return n
}
