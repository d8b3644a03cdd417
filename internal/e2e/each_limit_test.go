package e2e

import (
	"fmt"
	"testing"
	"time"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/simulator"
)

// Four workers hold each limit of their account, whether the other one is set or
// not, and nothing holds them back where neither is.
//
//nolint:paralleltest,tparallel // a call arrives later than it was let go: the others wait, lest a second see more
func TestEachLimitHoldsByItself(t *testing.T) {
	const n, workers = 24, 4
	for name, c := range map[string]struct {
		rate, burst, inFlight int
	}{
		"one at a time":   {rate: 0, burst: 5, inFlight: 1},
		"calls in flight": {rate: 0, burst: 5, inFlight: 3},
		"rate":            {rate: 20, burst: 5, inFlight: 0},
		"both":            {rate: 20, burst: 5, inFlight: 2},
		"neither":         {rate: 0, burst: 5, inFlight: 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, simulator.Config{Latency: 100 * time.Millisecond})
			r.setenv(fmt.Sprintf("OCTOQ_RATE=%d", c.rate), fmt.Sprintf("OCTOQ_BURST=%d", c.burst), fmt.Sprintf("OCTOQ_MAX_IN_FLIGHT=%d", c.inFlight))
			r.enqueue(campaigns("each", n, ""))
			for range workers {
				r.start("worker")
			}
			r.until(90*time.Second, "all are sent", func() (bool, string) {
				sent := len(r.carriedOut(simulator.CallSend))
				return sent == n, fmt.Sprint(sent)
			})
			s := r.sim.Stats(time.Second)
			if c.inFlight > 0 && s.MaxInFlight != c.inFlight {
				t.Errorf("calls at once: got %d, want %d", s.MaxInFlight, c.inFlight)
			}
			if got := s.MaxInWindow[login]; c.rate > 0 && got > c.rate+c.burst {
				t.Errorf("calls within a second: got %d, want at most %d", got, c.rate+c.burst)
			}
			if c.inFlight == 0 && s.MaxInFlight < 2 {
				t.Errorf("calls at once: got %d, want several where they are not limited", s.MaxInFlight)
			}
			if got := s.MaxInWindow[login]; c.rate == 0 && c.inFlight == 0 && got < 25 {
				t.Errorf("calls within a second: got %d, want far more where nothing is limited", got)
			}
			r.until(10*time.Second, "all are known as sent", func() (bool, string) {
				counts := r.list()
				return counts[campaign.StateSent] == n, fmt.Sprint(counts)
			})
			r.onceEach()
		})
	}
}
