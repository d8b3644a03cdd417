package redisconn_test

import (
	"context"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/octoq/octoq/internal/redisconn"
	"github.com/octoq/octoq/internal/redistest"
)

// within is how soon a client has to go on after a fail-over.
const within = 5 * time.Second

// goesOn waits until a client's writes reach a server, and says how long that took.
func goesOn(t *testing.T, c *redisconn.Client, server *redistest.Server) {
	t.Helper()
	const key = "k"
	direct, began := server.Client(), time.Now()
	for value := began.String(); ; {
		ctx, cancel := context.WithTimeout(t.Context(), within)
		err := c.Set(ctx, key, value, 0).Err()
		cancel()
		if err == nil && reads(t, direct, key, value) {
			return
		}
		if took := time.Since(began); took > within {
			t.Fatalf("no write has arrived at the new master after %v: %v", took, err)
		}
	}
}

// A client of sentinels follows a fail-over, and so does its subscription.
func TestAClientOfSentinelsFollowsAFailover(t *testing.T) {
	t.Parallel()
	set := redistest.StartSentinels(t)
	c := open(t, set.URL())
	first := set.Master()
	goesOn(t, c, first)
	subscription := c.Subscribe(t.Context(), "channel")
	t.Cleanup(func() { _ = subscription.Close() })
	heard := subscription.Channel()
	first.Kill()
	second := set.AwaitFailover(first)
	goesOn(t, c, second)
	until(t, "the subscription hears", func() bool {
		second.Client().Publish(t.Context(), "channel", "")
		select {
		case <-heard:
			return true
		default:
			return false
		}
	})
}

// A master that is cut off from its sentinels takes writes that are forgotten later:
// the client leaves it once the sentinels have named another one, connections that
// stand included.
func TestAClientOfSentinelsLeavesAMasterThatIsCutOff(t *testing.T) {
	t.Parallel()
	set := redistest.StartSentinels(t)
	first := set.Master()
	c := open(t, set.URL()+"?pool_size=1") // a second connection would lead elsewhere, and give the first away
	goesOn(t, c, first)
	set.Cut(first)
	goesOn(t, c, first) // it still takes writes
	goesOn(t, c, set.AwaitFailover(first))
}

// Where sentinels want a login of their own, they get that one and not Redis's.
func TestSentinelsWithALoginOfTheirOwn(t *testing.T) {
	t.Parallel()
	set := redistest.StartSentinels(t)
	for _, s := range set.Sentinels {
		if err := s.Client().Do(t.Context(), "acl", "setuser", "watcher", "on", ">watched", "+@all").Err(); err != nil {
			t.Fatal(err)
		}
		if err := s.Client().Do(t.Context(), "acl", "setuser", "default", "off").Err(); err != nil {
			t.Fatal(err)
		}
	}
	c := open(t, set.URL()+"?sentinel_username=watcher&sentinel_password=watched")
	if err := c.Set(t.Context(), "k", "v", 0).Err(); err != nil {
		t.Errorf("with their login: %v", err)
	}
	if err := open(t, set.URL()).Ping(t.Context()).Err(); !redisconn.Away(err) || !redis.HasErrorPrefix(err, "NOAUTH") && !redisconn.Away(err) {
		t.Errorf("without: got %v, want that they ask for a login", err)
	}
}

// What is wrong with sentinels is said.
func TestSentinelsThatNameNoMaster(t *testing.T) {
	t.Parallel()
	set := redistest.StartSentinels(t)
	c := open(t, set.URL()+"-of-another")
	want := "no sentinel names the master: they watch none that is called " + redistest.MasterName + "-of-another"
	if err := c.Ping(t.Context()).Err(); err == nil || err.Error() != want || !redisconn.Away(err) {
		t.Errorf("got %v, want %q, and that Redis is away", err, want)
	}
	gone := open(t, "redis-sentinel://"+redistest.FreeAddr(t)+"/m")
	if err := gone.Ping(t.Context()).Err(); err == nil || !redisconn.Away(err) {
		t.Errorf("got %v, want that Redis is away", err)
	}
}
