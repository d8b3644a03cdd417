package redistest_test

import (
	"fmt"
	"testing"

	"github.com/octoq/octoq/internal/redistest"
)

// A slot moves to another master with all its keys, and clients find them there.
func TestASlotMoves(t *testing.T) {
	t.Parallel()
	c := redistest.StartNodes(t)
	client := c.Client()
	for i := range 50 {
		if err := client.Set(t.Context(), fmt.Sprintf("{k}:%d", i), i, 0).Err(); err != nil {
			t.Fatal(err)
		}
	}
	from := c.MasterOf("{k}")
	masters := c.Masters()
	if len(masters) != 3 {
		t.Fatalf("got %d masters, want 3", len(masters))
	}
	for _, to := range masters {
		if to == from {
			continue
		}
		if err := c.MoveSlot("{k}", to); err != nil {
			t.Fatal(err)
		}
		if now := c.MasterOf("{k}"); now != to {
			t.Errorf("got %v as the master of the slot, want %s", now, to.Addr)
		}
		if n, err := to.Client().DBSize(t.Context()).Result(); err != nil || n < 50 {
			t.Errorf("got %d keys at the new master, %v, want all 50", n, err)
		}
	}
	for i := range 50 {
		if got, err := client.Get(t.Context(), fmt.Sprintf("{k}:%d", i)).Int(); err != nil || got != i {
			t.Errorf("key %d: got %d, %v", i, got, err)
		}
	}
}

// A replica takes over from a master that lives, as is asked of it.
func TestAReplicaTakesOver(t *testing.T) {
	t.Parallel()
	for name, how := range map[string][]any{"in good order": nil, "without asking": {"takeover"}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := redistest.StartNodes(t)
			before := c.MasterOf("k")
			now := c.TakeOver("k", how...)
			if now == before || c.MasterOf("k") != now {
				t.Errorf("got %v as the master, want %s in the place of %s", c.MasterOf("k"), now.Addr, before.Addr)
			}
			now.AwaitReplicas(1)
		})
	}
}
