package e2e

import (
	"syscall"
	"testing"
	"time"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/redistest"
	"github.com/octoq/octoq/internal/simulator"
)

// A worker ends within the API timeout plus ten seconds of SIGTERM, whatever
// Redis does meanwhile and whether or not calls are in flight. What it could not
// write down, another worker finds.
func TestStopIsBoundedWhateverRedisDoes(t *testing.T) {
	t.Parallel()
	const timeout = 3 * time.Second
	for name, take := range map[string]func(*redistest.Server){
		"well":   func(*redistest.Server) {},
		"frozen": (*redistest.Server).Freeze,
		"dead":   (*redistest.Server).Kill,
	} {
		for _, busy := range []bool{false, true} {
			work := map[bool]string{false: "idle", true: "busy"}[busy]
			t.Run(name+" and "+work, func(t *testing.T) {
				t.Parallel()
				r := newRig(t, simulator.Config{}, "--appendonly", "yes", "--appendfsync", "always")
				remove := func() {}
				w := r.worker("--api-timeout", timeout.String(), "--max-in-flight", "3")
				if busy {
					remove = r.rule(simulator.Rule{Call: simulator.CallCreate, Fault: simulator.FaultHang})
					r.enqueue(campaigns("c", 20, ""))
					r.underWay(simulator.CallCreate, "c0")
				}
				take(r.redis)
				w.signal(syscall.SIGTERM)
				began := time.Now()
				code := w.wait(2 * time.Minute)
				took := time.Since(began)
				t.Logf("ended after %v", took.Round(time.Millisecond))
				if most := timeout + 10*time.Second; took > most {
					t.Errorf("ended after %v, want at most %v", took, most)
				}
				if code != 0 {
					t.Errorf("exit code: got %d, want 0", code)
				}
				if name == "dead" || !busy {
					return
				}
				r.redis.Thaw()
				remove()
				r.worker("--rate", "50")
				r.awaitSent(2*time.Minute, 20)
				if counts := r.list(); counts[campaign.StateSent] != 20 {
					t.Errorf("campaigns: got %v, want all sent", counts)
				}
				r.onceEach()
			})
		}
	}
}
