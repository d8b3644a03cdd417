package doctor

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
)

// fixCluster is what to do about slots that no node serves.
const fixCluster = "Give every slot a node that is up: redis-cli --cluster check HOST:PORT names the missing ones, redis-cli --cluster fix HOST:PORT assigns them."

// allSlots is how many slots a cluster has.
const allSlots = 16384

// shape is what a cluster is made of.
type shape struct {
	slots        int
	masters      int
	alone        []string // masters without a replica that is up
	fullCoverage string   // the setting, "" where it may not be read
}

// node is one master and what was found on it.
type node struct {
	addr     string
	findings []Finding
}

// ofCluster looks at a cluster as a whole and at each of its masters.
func ofCluster(ctx context.Context, c *redis.ClusterClient, now func() time.Time) []Finding {
	s, err := shapeOf(ctx, c)
	if err != nil {
		return []Finding{fault(CheckCluster, "the nodes of the cluster cannot be listed: "+err.Error(), "Allow the user of octoq the command CLUSTER.")}
	}
	nodes, err := masters(ctx, c, now)
	found := []Finding{s.finding()}
	if err != nil {
		found = append(found, fault(CheckCluster, "a master does not answer: "+err.Error(), fixCluster))
	}
	return append(found, merged(nodes)...)
}

func shapeOf(ctx context.Context, c *redis.ClusterClient) (shape, error) {
	ranges, err := c.ClusterSlots(ctx).Result() //nolint:staticcheck // Redis 6.2 knows nothing else
	if err != nil {
		return shape{}, err
	}
	replicas := map[string]int{}
	var s shape
	for _, r := range ranges {
		s.slots += r.End - r.Start + 1
		if len(r.Nodes) > 0 {
			replicas[r.Nodes[0].Addr] = len(r.Nodes) - 1
		}
	}
	s.masters = len(replicas)
	for addr, n := range replicas {
		if n == 0 {
			s.alone = append(s.alone, addr)
		}
	}
	slices.Sort(s.alone)
	if values, err := c.ConfigGet(ctx, "cluster-require-full-coverage").Result(); err == nil {
		s.fullCoverage = values["cluster-require-full-coverage"]
	}
	return s, nil
}

// finding says how well the cluster would get over the loss of a node.
func (s shape) finding() Finding {
	what := fmt.Sprintf("cluster of %d masters, %d of %d slots served", s.masters, s.slots, allSlots)
	switch s.fullCoverage {
	case "yes":
		what += "; while a slot is not, none is (cluster-require-full-coverage yes)"
	case "no":
		what += "; while a slot is not, the others are (cluster-require-full-coverage no)"
	}
	switch {
	case s.slots < allSlots:
		return fault(CheckCluster, what, fixCluster)
	case len(s.alone) > 0:
		return warning(CheckCluster, what+"; without a replica: "+strings.Join(s.alone, ", "), "Give each master a replica that takes over: until a lost one is back, its accounts stand still.")
	default:
		return ok(CheckCluster, what+", each master with a replica")
	}
}

// masters looks at each master.
func masters(ctx context.Context, c *redis.ClusterClient, now func() time.Time) ([]node, error) {
	var mu sync.Mutex
	var all []node
	err := c.ForEachMaster(ctx, func(ctx context.Context, master *redis.Client) error {
		n := node{addr: master.Options().Addr}
		f, err := look(ctx, master)
		if err != nil {
			return fmt.Errorf("%s: %w", n.addr, err)
		}
		n.findings = []Finding{clock(ctx, master, now), version(f), role(f), eviction(f), memory(f), persistence(f)}
		mu.Lock()
		defer mu.Unlock()
		all = append(all, n)
		return nil
	})
	slices.SortFunc(all, func(a, b node) int { return cmp.Compare(a.addr, b.addr) })
	return all, err
}

// merged are the findings of all masters: one for all of them where they agree that all
// is well, one for each that has something else.
func merged(nodes []node) []Finding {
	if len(nodes) == 0 {
		return nil
	}
	var all []Finding
	for i := range nodes[0].findings {
		first, worse := nodes[0].findings[i], false
		for _, n := range nodes {
			f := n.findings[i]
			if f.Level != OK {
				f.What, worse = n.addr+": "+f.What, true
				all = append(all, f)
			}
		}
		if !worse {
			first.What = fmt.Sprintf("%s (the first of %d masters, which are all well)", first.What, len(nodes))
			all = append(all, first)
		}
	}
	return all
}
