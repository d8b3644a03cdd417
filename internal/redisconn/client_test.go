package redisconn_test

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/octoq/octoq/internal/redisconn"
	"github.com/octoq/octoq/internal/redistest"
)

const soon = 5 * time.Second

// open is a client of an address, which is closed with the test.
func open(t *testing.T, url string) *redisconn.Client {
	t.Helper()
	address, err := redisconn.Parse(url)
	if err != nil {
		t.Fatal(err)
	}
	address.Options.ContextTimeoutEnabled = true
	c := redisconn.New(address)
	t.Cleanup(func() { _ = c.Close() })
	return c
}

// pair is a primary with a replica, and an address that leads to the primary.
func pair(t *testing.T) (primary, replica *redistest.Server, address *redistest.Address) {
	t.Helper()
	primary, replica = redistest.Start(t), redistest.Start(t)
	replica.Follow(primary)
	return primary, replica, redistest.NewAddress(t, primary)
}

// until waits for a condition.
func until(t *testing.T, what string, cond func() bool) {
	t.Helper()
	end := time.After(soon)
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for !cond() {
		select {
		case <-end:
			t.Fatalf("%s: not within %v", what, soon)
		case <-tick.C:
		}
	}
}

// reads reports whether a client reads a value.
func reads(t *testing.T, c redis.Cmdable, key, want string) bool {
	t.Helper()
	got, err := c.Get(t.Context(), key).Result()
	return err == nil && got == want
}

// A client that only reads follows its address to the new primary, and so do its
// pipelines and subscriptions.
func TestAReaderFollows(t *testing.T) {
	t.Parallel()
	primary, replica, address := pair(t)
	c := open(t, address.URL())
	if err := c.Set(t.Context(), "k", "old", 0).Err(); err != nil {
		t.Fatal(err)
	}
	subscription := c.Subscribe(t.Context(), "channel")
	t.Cleanup(func() { _ = subscription.Close() })
	heard := subscription.Channel()
	until(t, "the pipeline reads", func() bool {
		_, err := c.Pipelined(t.Context(), func(p redis.Pipeliner) error { p.Get(t.Context(), "k"); return nil })
		return err == nil
	})
	address.Move(replica)
	replica.Promote()
	// The old primary follows an address without a server: it never hears of the new value.
	follow(t, primary, "127.0.0.1", redistest.FreePort(t))
	if err := replica.Client().Set(t.Context(), "k", "new", 0).Err(); err != nil {
		t.Fatal(err)
	}
	until(t, "the client reads from the new primary", func() bool { return reads(t, c, "k", "new") })
	until(t, "its pipeline does", func() bool {
		var get *redis.StringCmd
		_, err := c.Pipelined(t.Context(), func(p redis.Pipeliner) error { get = p.Get(t.Context(), "k"); return nil })
		return err == nil && get.Val() == "new"
	})
	until(t, "its subscription does", func() bool {
		n, err := replica.Client().Publish(t.Context(), "channel", "").Result()
		return err == nil && n > 0
	})
	if _, open := <-heard; !open {
		t.Error("the subscription was closed, want it to go on")
	}
}

func follow(t *testing.T, s *redistest.Server, host, port string) {
	t.Helper()
	if err := s.Client().ReplicaOf(t.Context(), host, port).Err(); err != nil {
		t.Fatalf("make it a replica: %v", err)
	}
}

// Whoever waits for an answer when the server turns out to be a replica learns that, and
// not that a connection is closed.
func TestAReplicaIsNamedToWhoWaits(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	c := open(t, server.URL())
	sub := c.Subscribe(t.Context(), "channel")
	if _, err := sub.Receive(t.Context()); err != nil {
		t.Fatal(err)
	}
	follow(t, server, "127.0.0.1", "1")
	_, err := sub.ReceiveTimeout(t.Context(), soon)
	if !redisconn.OfReplica(err) || !redisconn.Away(err) || !strings.Contains(err.Error(), "read-only replica") {
		t.Errorf("got %v, want a read-only replica named", err)
	}
}

// The first connection that leads to another server takes all others along, even
// while the old server still counts as a primary.
func TestOneNewConnectionTakesAllAlong(t *testing.T) {
	t.Parallel()
	primary, replica, address := pair(t)
	c := open(t, address.URL())
	several(t, c)
	if n := clients(t, primary); n < 3 {
		t.Fatalf("the pool has %d connections, want some", n)
	}
	replica.Promote()
	address.Move(replica)
	_ = c.Subscribe(t.Context(), "channel").Close() // this opens one
	until(t, "none is left at the old server", func() bool { return clients(t, primary) == 0 })
}

// several makes the pool open some connections.
func several(t *testing.T, c *redisconn.Client) {
	t.Helper()
	var calls sync.WaitGroup
	for range 4 {
		calls.Go(func() { c.BLPop(t.Context(), time.Second, "nothing") })
	}
	calls.Wait()
}

// clients counts the connections of octoq's clients at a server.
func clients(t *testing.T, s *redistest.Server) int {
	t.Helper()
	own := s.Client()
	list, err := own.ClientList(t.Context()).Result()
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for line := range strings.Lines(list) {
		if !strings.Contains(line, "cmd=client") && !strings.Contains(line, "flags=S") && !strings.Contains(line, "flags=M") {
			n++
		}
	}
	return n
}

// A user without the right to INFO is served, and a client of one follows too.
func TestAUserWithoutInfoFollows(t *testing.T) {
	t.Parallel()
	primary, replica, address := pair(t)
	for _, s := range []*redistest.Server{primary, replica} {
		if err := s.Client().Do(t.Context(), "acl", "setuser", "plain", "on", ">secret", "~*", "&*", "+@all", "-@dangerous").Err(); err != nil {
			t.Fatal(err)
		}
	}
	c := open(t, strings.Replace(address.URL(), "//", "//plain:secret@", 1))
	if err := c.Set(t.Context(), "k", "old", 0).Err(); err != nil {
		t.Fatal(err)
	}
	replica.Promote()
	address.Move(replica)
	follow(t, primary, "127.0.0.1", redistest.FreePort(t))
	if err := replica.Client().Set(t.Context(), "k", "new", 0).Err(); err != nil {
		t.Fatal(err)
	}
	until(t, "it reads from the new primary", func() bool { return reads(t, c, "k", "new") })
}

// A caller that waits for a Redis that is frozen gets an error when the client is given up,
// and so does one that asks afterwards.
func TestAbandonEndsEveryWait(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	c := open(t, server.URL()+"?read_timeout=1h")
	if err := c.Ping(t.Context()).Err(); err != nil {
		t.Fatal(err)
	}
	server.Freeze()
	defer server.Thaw()
	waits := make(chan error, 1)
	go func() { waits <- c.Get(context.Background(), "k").Err() }()
	until(t, "the client waits", func() bool { return c.PoolStats().IdleConns == 0 })
	c.Abandon()
	select {
	case err := <-waits:
		if err == nil {
			t.Error("got no error, want one")
		}
	case <-time.After(soon):
		t.Fatal("still waits")
	}
	if err := c.Ping(t.Context()).Err(); err == nil {
		t.Error("a command afterwards: got no error, want one")
	}
}

func TestCheck(t *testing.T) {
	t.Parallel()
	primary, replica, _ := pair(t)
	locked := redistest.Start(t)
	if err := locked.Client().ConfigSet(t.Context(), "requirepass", "hidden").Err(); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		rdb  redis.UniversalClient
		want string
	}{
		"a primary":      {open(t, primary.URL()), ""},
		"a replica":      {open(t, replica.URL()), "Redis is a read-only replica: writes go to another server"},
		"away":           {open(t, "redis://127.0.0.1:1"), "Redis does not answer"},
		"a refusal":      {open(t, locked.URL()), "Redis refuses to serve: NOAUTH"},
		"a cluster node": {redistest.StartCluster(t), ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := redisconn.Check(t.Context(), c.rdb)
			if got := errText(err); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func errText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}
