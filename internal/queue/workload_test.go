package queue_test

import (
	"context"
	"fmt"
	"sync/atomic"
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

// further are the keys of an account that are not those of its queues.
func further(account string) queue.FurtherKeys {
	of := "octoq:{" + account + "}:"
	return queue.FurtherKeys{
		Often: []string{of + "hold"}, Sometimes: []string{of + "quotes"}, Records: []string{of + "state:ready", of + "state:queued"},
		Schedules: of + "schedules",
	}
}

// shown is what a Workload says to others.
func shown(w queue.Workload) queue.Workload {
	return queue.Workload{Open: w.Open, Waits: w.Waits, Ticks: w.Ticks, Due: w.Due, Unknown: w.Unknown}
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
			waits       bool
			ticks       bool
			due         bool
		}{
			{key: "asynq:{%s.create}:pending", put: list, open: true, quick: true},
			{key: "asynq:{%s.status}:pending", put: list, open: true, quick: true},
			{key: "asynq:{%s.dead}:pending", put: list, open: true, quick: true},
			{key: "octoq:{%s.create}:alerts", put: list, open: true, quick: true},
			{key: "octoq:{%s}:hold", put: list, open: true, quick: true},
			{key: "octoq:{%s}:schedules", put: list, ticks: true, quick: true},
			{key: "octoq:{%s}:state:ready", put: list, waits: true},
			{key: "octoq:{%s}:quotes", put: list, open: true},
			{key: "asynq:{%s.create}:active", put: list, open: true},
			{key: "asynq:{%s.confirm}:active", put: list, open: true},
			{key: "asynq:{%s.cancel}:archived", put: list, open: true},
			{key: "asynq:{%s.create}:scheduled", put: sorted(due.Unix()), due: true, quick: true},
			{key: "asynq:{%s.confirm}:scheduled", put: sorted(due.Unix()), due: true},
			{key: "asynq:{%s.create}:retry", put: sorted(due.Unix()), due: true},
			{key: "asynq:{%s.dead}:retry", put: sorted(due.Unix()), due: true},
			{key: "asynq:{%s.dead}:scheduled", put: sorted(due.Unix() + hour)}, // a letter
			{key: "octoq:{%s}:meta", put: list},
		} {
			looker := queue.NewLooker(rdb)
			var accounts []*queue.WorkloadKeys
			for i := range 103 {
				name := fmt.Sprintf("a%d", i)
				accounts = append(accounts, queue.NewWorkloadKeys(name, further(name)))
			}
			key := fmt.Sprintf(c.key, "a101")
			if err := c.put(key); err != nil {
				t.Fatal(err)
			}
			for _, whole := range []bool{false, true} {
				found, err := looker.Look(t.Context(), accounts, make([]queue.Workload, len(accounts)), whole)
				if err != nil {
					t.Fatal(err)
				}
				var want queue.Workload
				if whole || c.quick {
					want = queue.Workload{Open: c.open, Waits: c.waits, Ticks: c.ticks}
				}
				if c.due && (whole || c.quick) {
					want.Due = due
				}
				for i, got := range found {
					if i == 101 && shown(got) != want || i != 101 && got != (queue.Workload{}) {
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
		looker, a := queue.NewLooker(rdb), queue.NewWorkloadKeys("a", queue.FurtherKeys{})
		known := queue.Workload{}
		look := func(when string, want time.Time) {
			t.Helper()
			found, err := looker.Look(t.Context(), []*queue.WorkloadKeys{a}, []queue.Workload{known}, false)
			if err != nil {
				t.Fatal(err)
			}
			if known = found[0]; shown(known) != (queue.Workload{Due: want}) {
				t.Errorf("%s: got %+v, want due at %v", when, known, want)
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

// counting counts the commands that it hands on.
type counting struct{ n *atomic.Int64 }

func (counting) DialHook(next redis.DialHook) redis.DialHook { return next }

func (c counting) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error { c.n.Add(1); return next(ctx, cmd) }
}

func (c counting) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return func(ctx context.Context, cmds []redis.Cmder) error { c.n.Add(int64(len(cmds))); return next(ctx, cmds) }
}

// Accounts that wait cost what those cost that have nothing to do, and yet whatever else
// comes is seen. What has gone is seen by a close look.
func TestWhatIsKnownIsNotAskedForAgain(t *testing.T) {
	t.Parallel()
	rdb := redistest.Start(t).Client()
	due := time.Now().Truncate(time.Second).Add(time.Hour)
	const waiting = 100
	keys, known := make([]*queue.WorkloadKeys, waiting), make([]queue.Workload, waiting)
	for i := range keys {
		name := fmt.Sprintf("a%d", i)
		keys[i] = queue.NewWorkloadKeys(name, further(name))
		rdb.ZAdd(t.Context(), "octoq:{"+name+"}:state:ready", redis.Z{Member: "c"})
		rdb.HSet(t.Context(), "octoq:{"+name+"}:schedules", "s", "…")
		rdb.ZAdd(t.Context(), "asynq:{"+name+".confirm}:scheduled", redis.Z{Score: float64(due.Unix()), Member: "c"})
	}
	looker, n := queue.NewLooker(rdb), &atomic.Int64{}
	look := func(when string, commands int64, want queue.Workload) {
		t.Helper()
		before := n.Load()
		found, err := looker.Look(t.Context(), keys, known, true)
		if err != nil {
			t.Fatal(err)
		}
		if known = found; shown(found[7]) != want {
			t.Errorf("%s: got %+v, want %+v", when, found[7], want)
		}
		if got := n.Load() - before; got > commands {
			t.Errorf("%s: got %d commands, want %d at most", when, got, commands)
		}
	}
	rdb.AddHook(counting{n})
	waits := queue.Workload{Waits: true, Ticks: true, Due: due}
	look("the first time", 2000, waits)
	look("again", 1, waits)
	rdb.ZAdd(t.Context(), "asynq:{a7.status}:retry", redis.Z{Score: float64(due.Unix() - 60), Member: "d"})
	look("another step waits", 2000, queue.Workload{Waits: true, Ticks: true, Due: due.Add(-time.Minute)})
	rdb.LPush(t.Context(), "asynq:{a7.cancel}:active", "d")
	look("a step is in hand", 2000, queue.Workload{Open: true, Waits: true, Ticks: true, Due: due.Add(-time.Minute)})
	rdb.Del(t.Context(), "asynq:{a7.cancel}:active", "asynq:{a7.status}:retry", "octoq:{a7}:state:ready", "octoq:{a7}:schedules", "asynq:{a7.confirm}:scheduled")
	known[7].Unknown = true
	look("in doubt, and all has gone", 6, queue.Workload{})
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
	put(t, c, time.Time{}, first("a"))
	<-woken // which comes behind what Redis said of the subscriptions
	select {
	case <-w.Unheard():
	default:
	}
	g := newGot()
	server := serverOf(t, queue.ServerConfig{Redis: c, Waker: w, Account: account, Stage: "create", Concurrency: 1, Handler: g.handle})
	g.await(t, 1)
	put(t, c, time.Time{}, first("b"))
	<-woken
	g.await(t, 2)
	if len(w.Unheard()) > 0 {
		t.Error("a server of a watched account: got a new subscription, for which all accounts are looked at; want none")
	}
	server.Stop()
	put(t, c, time.Time{}, first("c"))
	<-woken
	if len(other) > 0 {
		t.Error("the watcher of another account: got a wake-up, want none")
	}
	stop()
	eventually(t, "one is subscribed", func() bool {
		return len(c.PubSubChannels(t.Context(), "octoq:wake:*").Val()) == 5
	})
}
