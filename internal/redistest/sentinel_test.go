package redistest_test

import (
	"testing"

	"github.com/octoq/octoq/internal/redistest"
)

// The sentinels promote a replica when the primary is killed; the primary comes back
// as a replica.
func TestSentinelsFailOver(t *testing.T) {
	t.Parallel()
	set := redistest.StartSentinels(t)
	first := set.Master()
	if first != set.Nodes[0] {
		t.Fatalf("got the master %v, want the first node", first)
	}
	first.Kill()
	second := set.AwaitFailover(first)
	first.Restart()
	second.AwaitReplicas(2)
}

// A primary that is cut off takes writes while the sentinels have promoted another
// one, and forgets them when it is back.
func TestACutOffPrimaryTakesWrites(t *testing.T) {
	t.Parallel()
	set := redistest.StartSentinels(t)
	first := set.Master()
	set.Cut(first)
	second := set.AwaitFailover(first)
	if err := first.Client().Set(t.Context(), "k", "lost", 0).Err(); err != nil {
		t.Errorf("write to the primary that is cut off: %v", err)
	}
	set.Heal(first)
	second.AwaitReplicas(2)
	if got, err := first.Client().Exists(t.Context(), "k").Result(); got != 0 || err != nil {
		t.Errorf("got %d and %v, want the write forgotten", got, err)
	}
}
