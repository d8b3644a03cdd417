package redistest

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
)

// Cluster is three masters with a replica each, as processes. A node that the others
// do not hear for two seconds is failed over.
type Cluster struct {
	Nodes []*Server // masters first; a fail-over changes which are

	tb      testing.TB
	secured *Secured
	ids     []string // of the nodes
	buses   []*bus   // how the others reach each node
}

const clusterMasters = 3

// StartNodes starts a Cluster that ends with the test. Further arguments are passed
// to each node.
func StartNodes(tb testing.TB, args ...string) *Cluster {
	tb.Helper()
	return startNodes(tb, nil, args)
}

// StartSecuredNodes is StartNodes with TLS between all of them. Such a Cluster cannot
// Cut nodes off.
func StartSecuredNodes(tb testing.TB, secured *Secured, args ...string) *Cluster {
	tb.Helper()
	return startNodes(tb, secured, append([]string{"--tls-cluster", "yes"}, args...))
}

func startNodes(tb testing.TB, secured *Secured, args []string) *Cluster {
	tb.Helper()
	c := &Cluster{tb: tb, secured: secured}
	for range 2 * clusterMasters {
		c.add(args)
	}
	c.giveSlots()
	c.introduce()
	for i := range clusterMasters {
		c.replicate(clusterMasters+i, i)
	}
	c.AwaitUp()
	for _, master := range c.Nodes[:clusterMasters] {
		master.AwaitReplicas(1)
	}
	c.await("list all replicas", listsReplicas)
	return c
}

// add starts a node.
func (c *Cluster) add(args []string) {
	c.tb.Helper()
	link := newBus(c.tb, c.isCut)
	node := newServer(c.tb, append([]string{
		"--cluster-enabled", "yes", "--cluster-node-timeout", "2000", "--cluster-port", link.port,
		"--cluster-announce-bus-port", link.announced, "--cluster-announce-ip", "127.0.0.1",
		"--repl-diskless-sync-delay", "0",
	}, args...)...)
	node.secured = c.secured
	node.configure("masteruser "+peerUser, "masterauth "+peerPassword, "user "+peerUser+" on >"+peerPassword+" ~* &* +@all")
	node.start()
	id, err := node.Client().ClusterMyID(c.tb.Context()).Result()
	if err != nil {
		c.tb.Fatalf("ask a node for its id: %v", err)
	}
	link.setOwner(id)
	c.Nodes, c.ids, c.buses = append(c.Nodes, node), append(c.ids, id), append(c.buses, link)
}

// giveSlots gives each master a third of the slots.
func (c *Cluster) giveSlots() {
	c.tb.Helper()
	const slots = 16384
	for i, master := range c.Nodes[:clusterMasters] {
		client, ctx := master.Client(), c.tb.Context()
		err := errors.Join(
			client.Do(ctx, "cluster", "set-config-epoch", i+1).Err(),
			client.ClusterAddSlotsRange(ctx, i*slots/clusterMasters, (i+1)*slots/clusterMasters-1).Err())
		if err != nil {
			c.tb.Fatalf("give a master its slots: %v", err)
		}
	}
}

// introduce makes all nodes known to each other.
func (c *Cluster) introduce() {
	c.tb.Helper()
	first := c.Nodes[0].Client()
	for i, node := range c.Nodes[1:] {
		host, port, _ := net.SplitHostPort(node.Addr)
		if err := first.Do(c.tb.Context(), "cluster", "meet", host, port, c.buses[i+1].announced).Err(); err != nil {
			c.tb.Fatalf("introduce a node: %v", err)
		}
	}
	c.await("know each other", func(ctx context.Context, client *redis.Client) error {
		info, err := client.ClusterInfo(ctx).Result()
		if err == nil && !strings.Contains(info, fmt.Sprintf("cluster_known_nodes:%d\r\n", len(c.Nodes))) {
			err = errors.New("not all nodes are known")
		}
		return err
	})
}

// replicate makes a node the replica of another one.
func (c *Cluster) replicate(node, master int) {
	c.tb.Helper()
	if err := c.Nodes[node].await(func(ctx context.Context, client *redis.Client) error {
		return client.ClusterReplicate(ctx, c.ids[master]).Err()
	}); err != nil {
		c.tb.Fatalf("make a replica: %v", err)
	}
}

// await waits until all nodes that run are ready.
func (c *Cluster) await(what string, ready func(context.Context, *redis.Client) error) {
	c.tb.Helper()
	for _, node := range c.Nodes {
		if !node.Running() {
			continue
		}
		if err := node.await(ready); err != nil {
			c.tb.Fatalf("nodes %s: %v", what, err)
		}
	}
}

// listsReplicas is nil once a node names a replica of each master.
func listsReplicas(ctx context.Context, client *redis.Client) error {
	ranges, err := client.ClusterSlots(ctx).Result() //nolint:staticcheck // octoq asks for the same
	for _, r := range ranges {
		if len(r.Nodes) < 2 {
			return errors.New("a master is listed without its replica")
		}
	}
	return err
}

// AwaitUp waits until all nodes that run say that the cluster serves all slots.
func (c *Cluster) AwaitUp() {
	c.tb.Helper()
	c.await("are up", isClusterUp)
}

// URL is the cluster as a URL for octoq.
func (c *Cluster) URL() string {
	addrs := make([]string, 0, len(c.Nodes))
	for _, node := range c.Nodes {
		addrs = append(addrs, node.Addr)
	}
	return c.Nodes[0].scheme() + "-cluster://" + strings.Join(addrs, ",")
}

// Client is a client of the cluster that is closed with the test.
func (c *Cluster) Client() *redis.ClusterClient {
	c.tb.Helper()
	opts := &redis.ClusterOptions{}
	if c.secured != nil {
		opts.TLSConfig = c.secured.config(c.tb)
	}
	for _, node := range c.Nodes {
		opts.Addrs = append(opts.Addrs, node.Addr)
	}
	client := redis.NewClusterClient(opts)
	c.tb.Cleanup(func() { _ = client.Close() })
	return client
}

// MasterOf is the node that serves a key now, as the majority sees it.
func (c *Cluster) MasterOf(key string) *Server {
	c.tb.Helper()
	seen := map[*Server]int{}
	for i, node := range c.Nodes {
		if node.Running() && !c.buses[i].isCut() {
			seen[c.masterSeenBy(node, key)]++
		}
	}
	for master, n := range seen {
		if master != nil && n > len(c.Nodes)/2 {
			return master
		}
	}
	return nil
}

// masterSeenBy is the node that another one believes to serve a key, nil if it does
// not answer.
func (c *Cluster) masterSeenBy(node *Server, key string) *Server {
	c.tb.Helper()
	const patience = 500 * time.Millisecond // one that is frozen has no say
	opts, ctx := node.options(), c.tb.Context()
	opts.ReadTimeout, opts.MaxRetries = patience, -1
	client := redis.NewClient(opts)
	defer func() { _ = client.Close() }()
	slot, err := client.ClusterKeySlot(ctx, key).Result()
	if err != nil {
		return nil
	}
	ranges, err := client.ClusterSlots(ctx).Result() //nolint:staticcheck // octoq asks for the same
	if err != nil {
		return nil
	}
	for _, r := range ranges {
		if r.Start <= int(slot) && int(slot) <= r.End && len(r.Nodes) > 0 {
			return serverAt(c.Nodes, r.Nodes[0].Addr)
		}
	}
	return nil
}

// AwaitFailover waits until another node than before serves a key, and all slots
// are served, and returns it. It is for a master that was killed or cut off.
func (c *Cluster) AwaitFailover(key string, before *Server) *Server {
	c.tb.Helper()
	var now *Server
	err := c.witness(before).await(func(context.Context, *redis.Client) error {
		if now = c.MasterOf(key); now == nil || now == before {
			return errSame
		}
		return nil
	})
	if err == nil {
		err = now.await(isClusterUp)
	}
	if err != nil {
		c.tb.Fatalf("fail over from %s: %v", before.Addr, err)
	}
	return now
}

var errSame = errors.New("no fail-over yet")

// witness is a node that runs and is another one.
func (c *Cluster) witness(not *Server) *Server {
	for _, node := range c.Nodes {
		if node != not && node.Running() {
			return node
		}
	}
	return not
}

// Cut shuts a node off from all others. Clients reach it, and it takes their writes
// until it notices, after two seconds, that it is alone.
func (c *Cluster) Cut(node *Server) {
	c.tb.Helper()
	c.busOf(node).setCut(true)
	for _, link := range c.buses {
		link.drop()
	}
	node.shutPeersOut()
}

// Heal ends what Cut did.
func (c *Cluster) Heal(node *Server) {
	c.tb.Helper()
	c.busOf(node).setCut(false)
	node.letPeersIn()
}

// isCut reports whether a node, by its id, is shut off.
func (c *Cluster) isCut(id string) bool {
	for _, link := range c.buses {
		if link.ownerIs(id) && link.isCut() {
			return true
		}
	}
	return false
}

func (c *Cluster) busOf(node *Server) *bus {
	for i, n := range c.Nodes {
		if n == node {
			return c.buses[i]
		}
	}
	c.tb.Fatalf("%s is no node of this cluster", node.Addr)
	return nil
}
