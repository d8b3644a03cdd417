package redisconn

import (
	"context"
	"errors"
	"net"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"
)

// maxRedirects is how often a command is sent again, with pauses that grow to half a
// second: about as long as it takes to move a small slot.
const maxRedirects = 8

// ofCluster makes the client one of a cluster.
func (c *Client) ofCluster(a *Address) {
	o := a.Options
	c.topology = &topology{seeds: a.hosts, open: func(addr string) *redis.Client { return redis.NewClient(c.askOptions(o, addr)) }, left: c.links.cutFrom}
	c.links.where = func(_ context.Context, addr string) (string, error) { return c.topology.whole(addr), nil }
	cluster := redis.NewClusterClient(&redis.ClusterOptions{
		Addrs: a.hosts, ClusterSlots: c.topology.slots, ClusterStateReloadInterval: followEvery, Dialer: o.Dialer, DialerRetryBackoff: o.DialerRetryBackoff, DialerRetries: 1,
		ClientName: o.ClientName, Protocol: o.Protocol, Username: o.Username, Password: o.Password, TLSConfig: o.TLSConfig,
		MaxRedirects: maxRedirects, MinRetryBackoff: o.MinRetryBackoff, MaxRetryBackoff: o.MaxRetryBackoff,
		DialTimeout: o.DialTimeout, ReadTimeout: o.ReadTimeout, WriteTimeout: o.WriteTimeout, ContextTimeoutEnabled: o.ContextTimeoutEnabled,
		MaxConcurrentDials: o.MaxConcurrentDials, PoolFIFO: o.PoolFIFO, PoolSize: o.PoolSize, PoolTimeout: o.PoolTimeout,
		MinIdleConns: o.MinIdleConns, MaxIdleConns: o.MaxIdleConns, MaxActiveConns: o.MaxActiveConns,
		ConnMaxIdleTime: o.ConnMaxIdleTime, ConnMaxLifetime: o.ConnMaxLifetime, ConnMaxLifetimeJitter: o.ConnMaxLifetimeJitter,
		PipelinePoolSize: o.PipelinePoolSize, PipelineReadBufferSize: o.PipelineReadBufferSize, PipelineWriteBufferSize: o.PipelineWriteBufferSize,
		// Otherwise go-redis asks for a table of all commands, and sends a PING to every node.
		DisableRoutingPolicies: true,
	})
	c.links.watch = func(ctx context.Context) { reload(ctx, cluster, followEvery) }
	c.UniversalClient = cluster
}

// askOptions are those of a connection on which a node is asked for the topology.
func (c *Client) askOptions(o *redis.Options, addr string) *redis.Options {
	dial := redis.NewDialer(&redis.Options{DialTimeout: askDial, TLSConfig: o.TLSConfig})
	return &redis.Options{
		Addr: addr, Dialer: c.links.by(dial), Username: o.Username, Password: o.Password, Protocol: 2,
		DialTimeout: askDial, ReadTimeout: askWithin, WriteTimeout: askWithin, PoolTimeout: askWithin,
		DialerRetries: 1, MaxRetries: -1, PoolSize: 1, PipelinePoolSize: -1, ContextTimeoutEnabled: true, DisableIdentity: true,
	}
}

// reload keeps a cluster's client up to date, until ctx ends: by itself it learns of a
// fail-over from nodes that answer, and a caller that waits for one that does not goes on
// waiting.
func reload(ctx context.Context, c *redis.ClusterClient, every time.Duration) {
	repeat(ctx, every, c.ReloadState)
}

// topology asks the nodes of a cluster which node serves which slots. It believes a node that
// says the cluster is well, which one that was cut off does not; where none does, it
// takes what there is.
type topology struct {
	seeds []string
	open  func(addr string) *redis.Client
	left  func(addr string) // ends the connections to what is no master any more

	mu      sync.Mutex
	closed  bool
	asked   *redis.Client // of the node that was asked last
	at      string        // its address
	masters []string
	lost    []string                 // masters that are none any more
	known   atomic.Pointer[[]string] // nodes, for callers that do not hold the lock; nil at first
}

// slots is go-redis's question.
func (t *topology) slots(ctx context.Context) ([]redis.ClusterSlot, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	var found []redis.ClusterSlot
	var faults []error
	for _, addr := range t.candidates() {
		slots, well, err := t.ask(ctx, addr)
		if err != nil {
			faults = append(faults, err)
			continue
		}
		if well || found == nil {
			found = slots
		}
		if well {
			break
		}
	}
	if found == nil {
		return nil, reasonOf(faults)
	}
	t.note(found)
	return found, nil
}

// reasonOf is the first fault that is more than silence.
func reasonOf(faults []error) error {
	for _, err := range faults {
		if _, answered := errors.AsType[redis.Error](err); answered || errors.Is(err, errTLS) {
			return err
		}
	}
	return errors.Join(faults[:min(1, len(faults))]...)
}

// candidates are the addresses to ask, in this order.
func (t *topology) candidates() []string {
	var all []string
	for _, addr := range slices.Concat([]string{t.at}, t.nodes(), t.seeds) {
		if addr != "" && !slices.Contains(all, addr) {
			all = append(all, addr)
		}
	}
	return all
}

// ask asks one node.
func (t *topology) ask(ctx context.Context, addr string) (slots []redis.ClusterSlot, well bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, askWithin)
	defer cancel()
	node, err := t.node(addr)
	if err != nil {
		return nil, false, err
	}
	info, err := node.ClusterInfo(ctx).Result()
	if err == nil {
		slots, err = node.ClusterSlots(ctx).Result() //nolint:staticcheck // Redis 6.2 knows nothing else
	}
	if err != nil {
		return nil, false, err
	}
	for _, s := range slots {
		for i := range s.Nodes {
			s.Nodes[i].Addr = completed(s.Nodes[i].Addr, addr)
		}
	}
	return slots, strings.Contains(info, "cluster_state:ok"), nil
}

// completed is a node's address with the host or port of the node that was asked,
// where that one does not know its own.
func completed(addr, asked string) string {
	host, port, err := net.SplitHostPort(addr)
	askedHost, askedPort, askedErr := net.SplitHostPort(asked)
	if err != nil || askedErr != nil {
		return addr
	}
	if host == "" {
		host = askedHost
	}
	if port == "0" {
		port = askedPort
	}
	return net.JoinHostPort(host, port)
}

// whole is a node's address with its host, which go-redis drops if that is the
// machine itself.
func (t *topology) whole(addr string) string {
	if !strings.HasPrefix(addr, ":") {
		return addr
	}
	for _, known := range slices.Concat(t.nodes(), t.seeds) {
		if strings.HasSuffix(known, addr) {
			return known
		}
	}
	return addr
}

func (t *topology) nodes() []string {
	if known := t.known.Load(); known != nil {
		return *known
	}
	return nil
}

// node is a client of the node at an address, in the place of the one before.
func (t *topology) node(addr string) (*redis.Client, error) {
	if t.closed {
		return nil, redis.ErrClosed
	}
	if t.asked == nil || t.at != addr {
		if t.asked != nil {
			_ = t.asked.Close()
		}
		t.asked, t.at = t.open(addr), addr
	}
	return t.asked, nil
}

// note keeps the nodes, and gives up the connections to those that were
// masters, each time: one that is frozen takes new ones.
func (t *topology) note(found []redis.ClusterSlot) {
	var nodes, masters []string
	for _, s := range found {
		for i, node := range s.Nodes {
			nodes = append(nodes, node.Addr)
			if i == 0 {
				masters = append(masters, node.Addr)
			}
		}
	}
	t.lost = slices.DeleteFunc(append(t.lost, t.masters...), func(addr string) bool { return slices.Contains(masters, addr) })
	slices.Sort(t.lost)
	t.lost = slices.Compact(t.lost)
	for _, addr := range t.lost {
		if addr != t.at {
			t.left(addr)
		}
	}
	t.masters = masters
	known := slices.Concat(nodes, t.lost) // a node that is down is not named
	t.known.Store(&known)
}

func (t *topology) close() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.closed = true
	if t.asked == nil {
		return nil
	}
	return t.asked.Close()
}
