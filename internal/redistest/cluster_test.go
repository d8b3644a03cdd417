package redistest_test

import (
	"testing"
	"time"

	"github.com/octoq/octoq/internal/redistest"
)

// A cluster replaces a master that was killed, and one that is cut off.
func TestClusterFailsOver(t *testing.T) {
	t.Parallel()
	for name, how := range map[string]struct {
		lose, regain func(*redistest.Cluster, *redistest.Server)
	}{
		"killed": {
			func(_ *redistest.Cluster, s *redistest.Server) { s.Kill() },
			func(_ *redistest.Cluster, s *redistest.Server) { s.Restart() },
		},
		"cut off": {(*redistest.Cluster).Cut, (*redistest.Cluster).Heal},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := redistest.StartNodes(t)
			if err := c.Client().Set(t.Context(), "k", "v", 0).Err(); err != nil {
				t.Fatal(err)
			}
			first := c.MasterOf("k")
			how.lose(c, first)
			second := c.AwaitFailover("k", first)
			writes(t, c)
			how.regain(c, first)
			second.AwaitReplicas(1)
			c.AwaitUp()
		})
	}
}

// writes waits until a client that was just made can write: one that asks the node
// first that is cut off gets the answer that the cluster is down, and goes on asking that one.
func writes(t *testing.T, c *redistest.Cluster) {
	t.Helper()
	tick := time.NewTicker(250 * time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(20 * time.Second); ; <-tick.C {
		err := c.Client().Set(t.Context(), "k", "w", 0).Err()
		if err == nil {
			return
		}
		if time.Now().After(end) {
			t.Fatal(err)
		}
	}
}
