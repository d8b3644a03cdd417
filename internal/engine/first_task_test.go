package engine

import (
	"errors"
	"strings"
	"testing"

	"github.com/redis/go-redis/v9"

	"github.com/octoq/octoq/internal/key"
	"github.com/octoq/octoq/internal/redistest"
)

// On a cluster the first task goes only when a replica has the record; where the master
// has no replica there is nothing to wait for, and on one server neither.
func TestAFirstTaskIsKeptUntilAReplicaHasTheRecord(t *testing.T) {
	t.Parallel()
	nodes := redistest.StartNodes(t)
	c := nodes.Client()
	f := newFirstTask(c, "shop")
	if err := f.acknowledgeable(t.Context(), "c1"); err == nil || !strings.Contains(err.Error(), "its record is gone") {
		t.Errorf("without a record: got %v, want that it is gone", err)
	}
	if err := c.HSet(t.Context(), key.Record("shop", "c1"), "r", "1").Err(); err != nil {
		t.Fatal(err)
	}
	if err := f.acknowledgeable(t.Context(), "c1"); err != nil {
		t.Errorf("with a replica: %v", err)
	}
	nodes.Cut(nodes.MasterOf(key.Meta("shop")))
	if err := f.acknowledgeable(t.Context(), "c1"); !errors.Is(err, errNoReplica) {
		t.Errorf("cut off: got %v, want that no replica has it", err)
	}
}

func TestAFirstTaskWithNothingToWaitFor(t *testing.T) {
	t.Parallel()
	single := redistest.StartCluster(t)
	if err := single.HSet(t.Context(), key.Record("shop", "c1"), "r", "1").Err(); err != nil {
		t.Fatal(err)
	}
	for name, rdb := range map[string]redis.UniversalClient{"a master without a replica": single, "one server": redistest.Start(t).Client()} {
		if err := newFirstTask(rdb, "shop").acknowledgeable(t.Context(), "c1"); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}
