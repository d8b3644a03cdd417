package engine

import (
	"errors"
	"strings"
	"testing"

	"github.com/redis/go-redis/v9"

	"github.com/octoq/octoq/internal/key"
	"github.com/octoq/octoq/internal/ledger"
	"github.com/octoq/octoq/internal/redistest"
)

// firstTaskOf is that of account shop, whose ledger exists.
func firstTaskOf(t *testing.T, rdb redis.UniversalClient) firstTask {
	t.Helper()
	store, err := ledger.New(rdb, ledger.Options{})
	if err == nil {
		_, err = store.Observe(t.Context(), "shop")
	}
	if err != nil {
		t.Fatal(err)
	}
	return newFirstTask(rdb, store, "shop")
}

// On a cluster the first task goes only when a replica has the record; where the master
// has no replica there is nothing to wait for, and on one server neither.
func TestAFirstTaskIsKeptUntilAReplicaHasTheRecord(t *testing.T) {
	t.Parallel()
	nodes := redistest.StartNodes(t)
	c := nodes.Client()
	f := firstTaskOf(t, c)
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

// A master that has just taken over does not list its replica at first, and one that is cut
// off by then never does.
func TestAFirstTaskIsKeptWhereAMasterHasJustTakenOver(t *testing.T) {
	t.Parallel()
	nodes := redistest.StartNodes(t)
	c := nodes.Client()
	f := firstTaskOf(t, c)
	if err := c.HSet(t.Context(), key.Record("shop", "c1"), "r", "1").Err(); err != nil {
		t.Fatal(err)
	}
	if err := f.acknowledgeable(t.Context(), "c1"); err != nil {
		t.Fatalf("with a replica: %v", err)
	}
	nodes.Cut(nodes.TakeOver(key.Meta("shop")))
	if err := f.acknowledgeable(t.Context(), "c1"); !errors.Is(err, errNoReplica) {
		t.Errorf("cut off behind a take-over: got %v, want that no replica has it", err)
	}
}

func TestAFirstTaskWithNothingToWaitFor(t *testing.T) {
	t.Parallel()
	single := redistest.StartCluster(t)
	if err := single.HSet(t.Context(), key.Record("shop", "c1"), "r", "1").Err(); err != nil {
		t.Fatal(err)
	}
	for name, rdb := range map[string]redis.UniversalClient{"a master without a replica": single, "one server": redistest.Start(t).Client()} {
		if err := firstTaskOf(t, rdb).acknowledgeable(t.Context(), "c1"); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}
