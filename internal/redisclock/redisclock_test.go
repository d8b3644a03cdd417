package redisclock_test

import (
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/octoq/octoq/internal/redisclock"
	"github.com/octoq/octoq/internal/redistest"
)

// The time is that of Redis, at once and in a pipeline.
func TestTheTimeOfRedis(t *testing.T) {
	t.Parallel()
	c := redistest.Start(t).Client()
	var later func() (time.Time, error)
	if _, err := c.Pipelined(t.Context(), func(p redis.Pipeliner) error {
		later = redisclock.Ask(t.Context(), p, "k")
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	for _, ask := range []func() (time.Time, error){redisclock.Ask(t.Context(), c, "k"), later} {
		if now, err := ask(); err != nil || time.Since(now).Abs() > time.Minute {
			t.Errorf("got %v and %v, want about now", now, err)
		}
	}
}

// It is the node that has the key which is asked: another one is not, although it is
// the only one that is there.
func TestTheTimeIsThatOfTheNodeOfAKey(t *testing.T) {
	t.Parallel()
	nodes := redistest.StartNodes(t)
	c := nodes.Client()
	before := commands(t, nodes.MasterOf("k"))
	const times = 50
	for range times {
		if _, err := redisclock.Ask(t.Context(), c, "k")(); err != nil {
			t.Fatal(err)
		}
	}
	if asked := commands(t, nodes.MasterOf("k")) - before; asked < times {
		t.Errorf("the node with the key ran %d commands, want %d at least", asked, times)
	}
}

func commands(t *testing.T, s *redistest.Server) int64 { t.Helper(); return s.Commands(t.Context()) }
