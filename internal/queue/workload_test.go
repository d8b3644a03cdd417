package queue_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/octoq/octoq/internal/queue"
	"github.com/octoq/octoq/internal/redistest"
)

// onBothKinds runs a test on one server and on a cluster.
func onBothKinds(t *testing.T, do func(t *testing.T, rdb redis.UniversalClient)) {
	t.Helper()
	for name, start := range map[string]func(t *testing.T) redis.UniversalClient{
		"server":  func(t *testing.T) redis.UniversalClient { t.Helper(); return redistest.Start(t).Client() },
		"cluster": func(t *testing.T) redis.UniversalClient { t.Helper(); return redistest.StartCluster(t) },
	} {
		t.Run(name, func(t *testing.T) { t.Parallel(); do(t, start(t)) })
	}
}

// Whatever an account has to do is seen: at once what others may have put there, and by a
// whole look everything.
func TestLookSeesWhatThereIsToDo(t *testing.T) {
	t.Parallel()
	const hour = 3600
	onBothKinds(t, func(t *testing.T, rdb redis.UniversalClient) {
		due := time.Now().Truncate(time.Second).Add(time.Hour)
		sorted := func(score int64) func(key string) error {
			return func(key string) error {
				return rdb.ZAdd(t.Context(), key, redis.Z{Score: float64(score), Member: "m"}).Err()
			}
		}
		list := func(key string) error { return rdb.LPush(t.Context(), key, "m").Err() }
		for _, c := range []struct {
			key         string
			put         func(key string) error
			open, quick bool
			due         bool
		}{
			{"asynq:{%s.create}:pending", list, true, true, false},
			{"asynq:{%s.status}:pending", list, true, true, false},
			{"asynq:{%s.dead}:pending", list, true, true, false},
			{"octoq:{%s.create}:alerts", list, true, true, false},
			{"octoq:{%s}:hold", list, true, true, false},
			{"octoq:{%s}:state:ready", list, true, false, false},
			{"asynq:{%s.create}:active", list, true, false, false},
			{"asynq:{%s.confirm}:active", list, true, false, false},
			{"asynq:{%s.cancel}:archived", list, true, false, false},
			{"asynq:{%s.create}:scheduled", sorted(due.Unix()), false, true, true},
			{"asynq:{%s.confirm}:scheduled", sorted(due.Unix()), false, false, true},
			{"asynq:{%s.create}:retry", sorted(due.Unix()), false, false, true},
			{"asynq:{%s.dead}:retry", sorted(due.Unix()), false, false, true},
			{"asynq:{%s.dead}:scheduled", sorted(due.Unix() + hour), false, false, false}, // a letter
			{"octoq:{%s}:meta", list, false, false, false},
		} {
			looker := queue.NewLooker(rdb)
			var accounts []*queue.WorkloadKeys
			for i := range 103 {
				name := fmt.Sprintf("a%d", i)
				accounts = append(accounts, queue.NewWorkloadKeys(name, []string{"octoq:{" + name + "}:hold"}, []string{"octoq:{" + name + "}:state:ready"}))
			}
			key := fmt.Sprintf(c.key, "a101")
			if err := c.put(key); err != nil {
				t.Fatal(err)
			}
			for _, whole := range []bool{false, true} {
				found, err := looker.Look(t.Context(), accounts, make([]time.Time, len(accounts)), whole)
				if err != nil {
					t.Fatal(err)
				}
				want := queue.Workload{Open: c.open && (whole || c.quick)}
				if c.due && (whole || c.quick) {
					want.Due = due
				}
				for i, got := range found {
					if i == 101 && got != want || i != 101 && got != (queue.Workload{}) {
						t.Errorf("%s, whole look %v: got %+v for account %d, want %+v for 101 alone", c.key, whole, got, i, want)
					}
				}
			}
			if err := rdb.Del(t.Context(), key).Err(); err != nil {
				t.Fatal(err)
			}
		}
	})
}

// A task that is due sooner than the one that is known, and one that is gone, are seen by
// the next look.
func TestLookSeesAnEarlierTask(t *testing.T) {
	t.Parallel()
	onBothKinds(t, func(t *testing.T, rdb redis.UniversalClient) {
		at := func(seconds int) time.Time {
			return time.Now().Truncate(time.Hour).Add(time.Duration(seconds) * time.Second)
		}
		looker, a := queue.NewLooker(rdb), queue.NewWorkloadKeys("a", nil, nil)
		known := time.Time{}
		look := func(when string, want time.Time) {
			t.Helper()
			found, err := looker.Look(t.Context(), []*queue.WorkloadKeys{a}, []time.Time{known}, false)
			if err != nil {
				t.Fatal(err)
			}
			if known = found[0].Due; found[0].Open || !known.Equal(want) {
				t.Errorf("%s: got %+v, want due at %v", when, found[0], want)
			}
		}
		set := func(member string, at time.Time) {
			t.Helper()
			if err := rdb.ZAdd(t.Context(), "asynq:{a.create}:scheduled", redis.Z{Score: float64(at.Unix()), Member: member}).Err(); err != nil {
				t.Fatal(err)
			}
		}
		look("nothing", time.Time{})
		set("late", at(7200))
		look("one", at(7200))
		set("early", at(7000))
		look("an earlier one", at(7000))
		set("later", at(9000))
		look("a later one", at(7000))
		rdb.ZRem(t.Context(), "asynq:{a.create}:scheduled", "early")
		look("the earlier one is gone", at(7200))
		rdb.Del(t.Context(), "asynq:{a.create}:scheduled")
		look("all are gone", time.Time{})
	})
}

// A watcher hears the wake-ups of its account alone, and beside a server of the account.
func TestAWatcherHearsItsAccount(t *testing.T) {
	t.Parallel()
	c := redistest.Start(t).Client()
	w := queue.NewWaker(c)
	t.Cleanup(func() { _ = w.Close() })
	woken, other := make(chan struct{}, 100), make(chan struct{}, 100)
	stop := w.Watch(t.Context(), account, func() { woken <- struct{}{} })
	t.Cleanup(w.Watch(t.Context(), "other", func() { other <- struct{}{} }))
	<-w.Unheard()
	eventually(t, "both are subscribed", func() bool {
		return len(c.PubSubChannels(t.Context(), "octoq:wake:*").Val()) == 10
	})
	g := newGot()
	server := serverOf(t, queue.ServerConfig{Redis: c, Waker: w, Account: account, Stage: "create", Concurrency: 1, Handler: g.handle})
	put(t, c, time.Time{}, first("a"))
	<-woken
	g.await(t, 1)
	server.Stop()
	put(t, c, time.Time{}, first("b"))
	<-woken
	if len(other) > 0 {
		t.Error("the watcher of another account: got a wake-up, want none")
	}
	stop()
	eventually(t, "one is subscribed", func() bool {
		return len(c.PubSubChannels(t.Context(), "octoq:wake:*").Val()) == 5
	})
}
