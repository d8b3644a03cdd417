package e2e

import (
	"fmt"
	"testing"
	"time"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/redistest"
	"github.com/octoq/octoq/internal/simulator"
)

// Redis takes over its replica's older data and is the primary again, without a
// restart, as when a failover is turned back: it has forgotten that a campaign
// was created and sent, and is the same process. The campaign is not sent again.
func TestRedisTakesOverOlderData(t *testing.T) {
	t.Parallel()
	r := newRig(t, simulator.Config{})
	replica := redistest.Start(t)
	up := r.rule(simulator.Rule{Call: simulator.CallCreate, Fault: simulator.Fault503})
	r.worker("--backoff", "500ms", "--backoff-max", "500ms", "--poll-first", "500ms")
	r.enqueue(toList("a", ""))
	r.until(30*time.Second, "its create was tried", func() (bool, string) {
		s := r.status("a")
		return s.Attempts.Create >= 2, fmt.Sprintf("%+v", s)
	})
	replica.Follow(r.redis)
	replica.Promote()
	up()
	r.await(30*time.Second, "a", campaign.StateSent)

	r.redis.Follow(replica)
	r.redis.Promote()
	if s := r.await(60*time.Second, "a", campaign.StateDead); !s.Maybe {
		t.Errorf("got %+v, want it maybe_confirmed", s.Failure)
	}
	if sent := len(r.carriedOut(simulator.CallSend)); sent != 1 {
		t.Errorf("sends: got %d, want 1", sent)
	}
}
