package redisconn_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/octoq/octoq/internal/redisconn"
	"github.com/octoq/octoq/internal/redistest"
)

// A client of a cluster goes on soon after a fail-over, whether the master is gone or
// merely cut off.
func TestAClientOfAClusterFollowsAFailover(t *testing.T) {
	t.Parallel()
	for name, lose := range map[string]func(*redistest.Cluster, *redistest.Server){
		"killed":  func(_ *redistest.Cluster, s *redistest.Server) { s.Kill() },
		"cut off": (*redistest.Cluster).Cut,
		"frozen":  func(_ *redistest.Cluster, s *redistest.Server) { s.Freeze() },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			nodes := redistest.StartNodes(t)
			c := open(t, nodes.URL())
			first := nodes.MasterOf("k")
			goesOn(t, c, first)
			lose(nodes, first)
			goesOn(t, c, nodes.AwaitFailover("k", first))
		})
	}
}

// A client learns the nodes from any of them, and writes to all.
func TestAClientOfAClusterReachesAllNodes(t *testing.T) {
	t.Parallel()
	nodes := redistest.StartNodes(t)
	c := open(t, "redis-cluster://"+nodes.Nodes[4].Addr+","+redistest.FreeAddr(t))
	if _, ok := c.UniversalClient.(*redis.ClusterClient); !ok || c.Address().Kind != redisconn.Cluster {
		t.Fatalf("got a %T", c.UniversalClient)
	}
	for i := range 30 {
		if err := c.Set(t.Context(), fmt.Sprint(i), "v", 0).Err(); err != nil {
			t.Fatal(err)
		}
	}
	for i, node := range nodes.Nodes[:3] {
		if n, err := node.Client().DBSize(t.Context()).Result(); n == 0 || err != nil {
			t.Errorf("node %d has %d keys, %v", i, n, err)
		}
	}
}

// What a cluster answers while slots change hands is an outage, and none of a program.
func TestSlotsThatChangeHandsAreAnOutage(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{
		"MOVED 1 127.0.0.1:1": true, "ASK 1 127.0.0.1:1": true, "TRYAGAIN Multiple keys": true, "CLUSTERDOWN The cluster is down": true,
		"ERR Script attempted to access a non local key in a cluster node": true, "CROSSSLOT Keys in request": false, "WRONGTYPE TASK x": false,
	} {
		if got := redisconn.Away(refusal(text)); got != want {
			t.Errorf("%s: got %v, want %v", text, got, want)
		}
	}
	if redisconn.Away(errors.New("MOVED 1 127.0.0.1:1")) {
		t.Error("got an outage, though Redis did not say it")
	}
}

// refusal is an answer of Redis.
type refusal string

func (r refusal) Error() string { return string(r) }
func (refusal) RedisError()     {}

// A caller that waits for a master that is frozen goes on with the new one, however long the
// client would wait for an answer.
func TestWhoWaitsForAFrozenMasterGoesOn(t *testing.T) {
	t.Parallel()
	nodes := redistest.StartNodes(t)
	c := open(t, nodes.URL()+"?read_timeout=60s")
	first := nodes.MasterOf("k")
	goesOn(t, c, first)
	first.Freeze()
	answered := make(chan error, 1)
	go func() { answered <- c.Set(t.Context(), "k", "v", 0).Err() }()
	nodes.AwaitFailover("k", first)
	select {
	case err := <-answered:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(within):
		t.Errorf("no answer within %v", within)
	}
}
