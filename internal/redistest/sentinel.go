package redistest

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
)

// MasterName is what the sentinels of a SentinelSet call the primary they watch.
const MasterName = "octoq-master"

// Replicas and sentinels log in as a user of their own, so that Cut can shut them
// out and leave clients alone. For that, the clients' user needs a password: a
// connection that fails to log in would work as the default user otherwise.
const (
	clientPassword = "client-secret"
	peerUser       = "peer"
	peerPassword   = "peer-secret"
)

// SentinelSet is a primary with two replicas, watched by three sentinels, of which
// two must agree that the primary is down. Two seconds of that lead to a fail-over.
type SentinelSet struct {
	Nodes     []*Server // the first one begins as the primary
	Sentinels []*Server

	tb      testing.TB
	secured *Secured
}

// StartSentinels starts a SentinelSet that ends with the test. Further arguments
// are passed to each node, but not to the sentinels.
func StartSentinels(tb testing.TB, args ...string) *SentinelSet {
	tb.Helper()
	return startSentinels(tb, nil, args)
}

// StartSecuredSentinels is StartSentinels with TLS between all of them.
func StartSecuredSentinels(tb testing.TB, secured *Secured, args ...string) *SentinelSet {
	tb.Helper()
	return startSentinels(tb, secured, args)
}

func startSentinels(tb testing.TB, secured *Secured, args []string) *SentinelSet {
	tb.Helper()
	set := &SentinelSet{tb: tb, secured: secured}
	for range 3 {
		set.Nodes = append(set.Nodes, startNode(tb, secured, args))
	}
	for _, replica := range set.Nodes[1:] {
		replica.Follow(set.Nodes[0])
	}
	set.watch()
	set.await("know each other", func(ctx context.Context, c *redis.SentinelClient) error {
		return errors.Join(c.CkQuorum(ctx, MasterName).Err(), counted(ctx, c, "num-slaves"))
	})
	return set
}

// startNode starts a server that knows the user of its peers.
func startNode(tb testing.TB, secured *Secured, args []string) *Server {
	tb.Helper()
	s := newServer(tb, args...)
	s.secured = secured
	s.password = clientPassword
	s.configure("requirepass "+clientPassword, "masteruser "+peerUser, "masterauth "+peerPassword,
		"user "+peerUser+" on >"+peerPassword+" ~* &* +@all", "repl-diskless-sync-delay 0")
	s.start()
	return s
}

// configure gives a server its configuration file, which it rewrites when its role changes.
func (s *Server) configure(lines ...string) {
	s.tb.Helper()
	s.conf = filepath.Join(s.Dir, "redis.conf")
	if err := os.WriteFile(s.conf, []byte(strings.Join(lines, "\n")+"\n"), 0o600); err != nil {
		s.tb.Fatalf("write a server's configuration: %v", err)
	}
}

// watch starts the sentinels.
func (s *SentinelSet) watch() {
	s.tb.Helper()
	const tries = 5
	for i := range tries {
		err := s.launchSentinels()
		if err == nil {
			return
		}
		for _, sentinel := range s.Sentinels {
			sentinel.Kill()
		}
		if i == tries-1 {
			s.tb.Fatal(err)
		}
	}
}

// launchSentinels starts sentinels that know each other: to find each other by
// themselves takes seconds.
func (s *SentinelSet) launchSentinels() error {
	s.tb.Helper()
	s.Sentinels = nil
	for range 3 {
		sentinel := newServer(s.tb, "--sentinel")
		sentinel.secured = s.secured
		sentinel.Addr = FreeAddr(s.tb)
		s.Sentinels = append(s.Sentinels, sentinel)
	}
	for i, sentinel := range s.Sentinels {
		sentinel.configure(s.sentinelLines(i)...)
		if err := sentinel.launch(); err != nil {
			return err
		}
	}
	return nil
}

func (s *SentinelSet) sentinelLines(self int) []string {
	lines := []string{
		"sentinel myid " + sentinelID(self),
		"sentinel monitor " + MasterName + " " + spaced(s.Nodes[0].Addr) + " 2",
		"sentinel auth-user " + MasterName + " " + peerUser,
		"sentinel auth-pass " + MasterName + " " + peerPassword,
		"sentinel down-after-milliseconds " + MasterName + " 2000",
		"sentinel failover-timeout " + MasterName + " 10000",
	}
	for _, replica := range s.Nodes[1:] {
		lines = append(lines, "sentinel known-replica "+MasterName+" "+spaced(replica.Addr))
	}
	for i, other := range s.Sentinels {
		if i != self {
			lines = append(lines, "sentinel known-sentinel "+MasterName+" "+spaced(other.Addr)+" "+sentinelID(i))
		}
	}
	return lines
}

func sentinelID(i int) string { return strings.Repeat(fmt.Sprint(i+1), 40) }

// spaced is an address as configuration files write it.
func spaced(addr string) string {
	host, port, _ := net.SplitHostPort(addr)
	return host + " " + port
}

// counted is nil once a sentinel counts two replicas.
func counted(ctx context.Context, c *redis.SentinelClient, field string) error {
	master, err := c.Master(ctx, MasterName).Result()
	if err == nil && (master[field] != "2" || master["flags"] != "master") {
		err = fmt.Errorf("%s is %s, flags are %s", field, master[field], master["flags"])
	}
	return err
}

// await waits until all sentinels that run are ready.
func (s *SentinelSet) await(what string, ready func(context.Context, *redis.SentinelClient) error) {
	s.tb.Helper()
	for _, sentinel := range s.Sentinels {
		if !sentinel.Running() {
			continue
		}
		err := sentinel.await(func(ctx context.Context, c *redis.Client) error {
			asked := redis.NewSentinelClient(c.Options())
			defer func() { _ = asked.Close() }()
			return ready(ctx, asked)
		})
		if err != nil {
			s.tb.Fatalf("sentinels %s: %v", what, err)
		}
	}
}

// URL is the set as a URL for octoq.
func (s *SentinelSet) URL() string {
	addrs := make([]string, 0, len(s.Sentinels))
	for _, sentinel := range s.Sentinels {
		addrs = append(addrs, sentinel.Addr)
	}
	return s.Nodes[0].scheme() + "-sentinel://" + s.Nodes[0].login() + strings.Join(addrs, ",") + "/" + MasterName
}

// Master is the node that the sentinels which run agree on.
func (s *SentinelSet) Master() *Server {
	s.tb.Helper()
	return s.awaitMaster(nil)
}

// AwaitFailover waits until all sentinels that run name another master than before,
// and it takes writes, and returns it.
func (s *SentinelSet) AwaitFailover(before *Server) *Server {
	s.tb.Helper()
	now := s.awaitMaster(before)
	if err := now.await(replication("role:master")); err != nil {
		s.tb.Fatalf("fail over to %s: %v", now.Addr, err)
	}
	return now
}

// awaitMaster waits until all sentinels that run name one master, and another one
// than before.
func (s *SentinelSet) awaitMaster(before *Server) *Server {
	s.tb.Helper()
	var now *Server
	end := time.Now().Add(failoverWithin)
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for ; now == nil && time.Now().Before(end); <-tick.C {
		named := map[*Server]bool{}
		s.await("name the master", func(ctx context.Context, c *redis.SentinelClient) error {
			master, err := c.Master(ctx, MasterName).Result()
			if err != nil {
				return err
			}
			node := serverAt(s.Nodes, net.JoinHostPort(master["ip"], master["port"]))
			if master["flags"] != "master" { // it is down, or being replaced
				node = before
			}
			named[node] = true
			return nil
		})
		for node := range named {
			if len(named) == 1 && node != before && node != nil {
				now = node
			}
		}
	}
	if now == nil {
		s.tb.Fatalf("the sentinels do not agree on a new master within %v", failoverWithin)
	}
	return now
}

// failoverWithin is how long a fail-over may take.
const failoverWithin = 30 * time.Second

func serverAt(all []*Server, addr string) *Server {
	for _, s := range all {
		if s.Addr == addr {
			return s
		}
	}
	return nil
}

// Cut shuts a node off from the other nodes and from the sentinels. Clients reach
// it, and it takes their writes, until Heal.
func (s *SentinelSet) Cut(node *Server) {
	s.tb.Helper()
	node.shutPeersOut()
}

// Heal ends what Cut did.
func (s *SentinelSet) Heal(node *Server) {
	s.tb.Helper()
	node.letPeersIn()
}

func (s *Server) shutPeersOut() {
	s.tb.Helper()
	c := s.Client()
	// Peers stay connected and are refused, so that they are heard at once when they
	// are let in again: a sentinel renews a connection after 15 seconds at the earliest.
	err := c.ACLSetUser(s.tb.Context(), peerUser, "-@all").Err()
	if err == nil {
		err = c.ClientKillByFilter(s.tb.Context(), "TYPE", "replica").Err()
	}
	if err != nil {
		s.tb.Fatalf("shut the peers of %s out: %v", s.Addr, err)
	}
}

func (s *Server) letPeersIn() {
	s.tb.Helper()
	if err := s.Client().ACLSetUser(s.tb.Context(), peerUser, "+@all").Err(); err != nil {
		s.tb.Fatalf("let the peers of %s in: %v", s.Addr, err)
	}
}

// AwaitReplicas waits until a primary has n replicas that are up to date.
func (s *Server) AwaitReplicas(n int) {
	s.tb.Helper()
	if err := s.await(func(ctx context.Context, c *redis.Client) error {
		info, err := c.Info(ctx, "replication").Result()
		if err == nil && strings.Count(info, "state=online") < n {
			err = fmt.Errorf("fewer than %d replicas", n)
		}
		return err
	}); err != nil {
		s.tb.Fatal(err)
	}
}
