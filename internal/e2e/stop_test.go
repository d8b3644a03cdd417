package e2e

import (
	"fmt"
	"syscall"
	"testing"
	"time"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/simulator"
)

// SIGTERM lets the call in flight finish, hands everything else back at once,
// and the worker exits 0; another worker goes on meanwhile.
func TestStopHandsBack(t *testing.T) {
	t.Parallel()
	const n = 20
	r := newRig(t, simulator.Config{})
	r.rule(simulator.Rule{Call: simulator.CallCreate, ListName: "slow", Fault: simulator.FaultLatency, LatencyMS: 12000, CarryOut: true})
	// This one takes everything, and its only slot is the slow call's.
	leaving := r.worker("--rate", "50", "--max-in-flight", "1", "--concurrency", "50")
	r.enqueue(toList("slow", ""))
	r.underWay(simulator.CallCreate, "slow")
	r.enqueue(campaigns("c", n, ""))
	r.until(7*time.Second, "the leaving worker holds all tasks", func() (bool, string) {
		active := r.active("default.create")
		return active == n+1, fmt.Sprintf("%d tasks are active", active)
	})
	staying := r.worker("--rate", "50", "--max-in-flight", "5")

	leaving.signal(syscall.SIGTERM)
	began := time.Now()
	r.until(7*time.Second, "another worker goes on", func() (bool, string) {
		created := len(r.carriedOut(simulator.CallCreate)) - 1
		return created == n, fmt.Sprintf("%d created", created)
	})
	t.Logf("all were created %v after the signal", time.Since(began).Round(time.Millisecond))
	select {
	case <-leaving.Done:
		t.Error("the leaving worker has ended, want it to wait for its call")
	default:
	}
	if code := leaving.wait(40 * time.Second); code != 0 {
		t.Errorf("exit code: got %d, want 0", code)
	}
	if s := r.status("slow"); s.Ticket == "" || s.Attempts.Create != 1 {
		t.Errorf("the call in flight was not settled: got %+v", s)
	}
	r.until(30*time.Second, "all are sent", func() (bool, string) {
		counts := r.list()
		return counts[campaign.StateSent] == n+1, fmt.Sprint(counts)
	})
	if created := r.carriedOutFor(simulator.CallCreate, "slow"); created != 1 {
		t.Errorf("creates of the slow campaign: got %d, want 1", created)
	}
	r.onceEach()
	if code := staying.stop(); code != 0 {
		t.Errorf("exit code of the idle worker: got %d, want 0", code)
	}
}

// active is how many tasks of a queue are in workers' hands.
func (r *rig) active(queue string) int {
	r.t.Helper()
	n, err := r.redis.Client().LLen(r.t.Context(), "asynq:{"+queue+"}:active").Result()
	if err != nil {
		r.t.Fatalf("count the active tasks of %s: %v", queue, err)
	}
	return int(n)
}

// A second signal ends the worker at once, and nothing is lost by it.
func TestSecondSignal(t *testing.T) {
	t.Parallel()
	for _, second := range []syscall.Signal{syscall.SIGTERM, syscall.SIGINT} {
		t.Run(second.String(), func(t *testing.T) {
			t.Parallel()
			r := newRig(t, simulator.Config{})
			remove := r.rule(simulator.Rule{Call: simulator.CallCreate, Fault: simulator.FaultHang})
			w := r.worker("--api-timeout", "60s")
			r.enqueue(toList("hangs", ""))
			r.underWay(simulator.CallCreate, "hangs")
			w.signal(syscall.SIGTERM)
			r.says(w, "worker stops")
			w.signal(second)
			if code := w.wait(10 * time.Second); code == 0 { // long before the call's and the stop's end
				t.Errorf("exit code: got 0, want that of a process that was ended")
			}
			remove()
			if s := r.status("hangs"); s.State != campaign.StateCreating {
				t.Errorf("got state %s, want creating", s.State)
			}
		})
	}
}
