package presence

import (
	"context"
	"errors"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/google/go-cmp/cmp"
	"github.com/redis/go-redis/v9"
	"go.uber.org/goleak"

	"github.com/octoq/octoq/internal/key"
	"github.com/octoq/octoq/internal/redistest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func counted(t *testing.T, rdb redis.UniversalClient, want map[string]int) {
	t.Helper()
	got, err := Workers(t.Context(), rdb, []string{"shop", "bank", "empty"})
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("workers: %v (-want +got):\n%s", err, diff)
	}
}

func TestWorkersOfAccounts(t *testing.T) {
	t.Parallel()
	rdb := redistest.Start(t).Client()
	counted(t, rdb, map[string]int{})
	one, two := NewProcess(rdb, []string{"shop", "bank"}), NewProcess(rdb, []string{"shop"})
	for _, p := range []*Process{one, two, one} {
		if err := p.Renew(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	counted(t, rdb, map[string]int{"shop": 2, "bank": 1})
	if ttl := rdb.PTTL(t.Context(), key.Worker(one.id)).Val(); ttl <= 0 || ttl > time.Minute {
		t.Errorf("a process that is killed is known for %v, want a minute at most", ttl)
	}
	ctx, stop := context.WithCancel(t.Context())
	stop()
	one.Run(ctx, func(err error) { t.Error(err) })
	counted(t, rdb, map[string]int{"shop": 1})
	if n := rdb.SCard(t.Context(), key.Workers).Val(); n != 1 {
		t.Errorf("processes: got %d, want 1", n)
	}
	if n, err := Workers(t.Context(), rdb, nil); len(n) != 0 || err != nil {
		t.Errorf("of no account: got %v, %v", n, err)
	}
}

// A process that was killed serves nothing when its time is over, and is
// forgotten by the next that comes.
func TestKilledProcess(t *testing.T) {
	t.Parallel()
	m := miniredis.RunT(t)
	rdb := redis.NewClient(&redis.Options{Addr: m.Addr()})
	t.Cleanup(func() { _ = rdb.Close() })
	killed := NewProcess(rdb, []string{"shop"})
	if err := killed.Renew(t.Context()); err != nil {
		t.Fatal(err)
	}
	m.FastForward(lifetime - time.Second)
	counted(t, rdb, map[string]int{"shop": 1})
	m.FastForward(time.Second)
	counted(t, rdb, map[string]int{})
	if err := NewProcess(rdb, []string{Everything}).Renew(t.Context()); err != nil {
		t.Fatal(err)
	}
	counted(t, rdb, map[string]int{"shop": 1, "bank": 1, "empty": 1})
	if n := rdb.SCard(t.Context(), key.Workers).Val(); n != 1 {
		t.Errorf("processes: got %d, want 1", n)
	}
	if err := killed.Renew(t.Context()); err != nil { // it was only frozen
		t.Fatal(err)
	}
	counted(t, rdb, map[string]int{"shop": 2, "bank": 1, "empty": 1})
}

// Renewals go on until the process ends, and trouble is handed on.
func TestRenewals(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		rdb := redis.NewClient(&redis.Options{Dialer: refuse, MaxRetries: -1, DialerRetries: 1})
		ctx, stop := context.WithTimeout(t.Context(), 4*renewEvery+time.Second)
		defer stop()
		troubles := 0
		NewProcess(rdb, []string{"shop"}).Run(ctx, func(error) { troubles++ })
		if troubles != 4 {
			t.Errorf("got %d troubles in %v, want 4", troubles, 4*renewEvery)
		}
		_ = rdb.Close()
	})
}

func refuse(context.Context, string, string) (net.Conn, error) { return nil, errors.New("refused") }

// A Redis that takes no writes is called that, not a transaction that was discarded.
func TestFullRedisIsNamed(t *testing.T) {
	t.Parallel()
	rdb := redistest.Start(t).Client()
	if err := rdb.ConfigSet(t.Context(), "maxmemory", "1kb").Err(); err != nil {
		t.Fatal(err)
	}
	if err := NewProcess(rdb, []string{"shop"}).Renew(t.Context()); err == nil || !strings.Contains(err.Error(), "OOM ") {
		t.Errorf("got %v, want the error of a full Redis", err)
	}
}

// An account sleeps when it does so in every worker that serves it, and as long as one says so.
func TestSleepingAccounts(t *testing.T) {
	t.Parallel()
	rdb := redistest.Start(t).Client()
	asleep := []string{"shop", "bank"}
	one := NewChanging(rdb, func() []string { return []string{"shop", "bank", "club"} }, func() []string { return asleep }, nil)
	two := NewProcess(rdb, []string{"bank"})
	sleep := func(want ...string) {
		t.Helper()
		var got []string
		for _, account := range []string{"shop", "bank", "club", "empty"} {
			sleeps, err := Asleep(t.Context(), rdb, account)
			if err != nil {
				t.Fatal(err)
			}
			if sleeps {
				got = append(got, account)
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("accounts asleep (-want +got):\n%s", diff)
		}
	}
	renew := func(p *Process) {
		t.Helper()
		if err := p.Renew(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	sleep()
	renew(one)
	sleep("shop", "bank")
	renew(two)
	sleep("shop")
	asleep = nil
	renew(one)
	sleep()
	asleep = []string{"bank"}
	renew(one)
	if ttl := rdb.PTTL(t.Context(), key.WorkerAsleep(one.id)).Val(); ttl <= 0 || ttl > time.Minute {
		t.Errorf("what a killed process said of sleep holds for %v, want a minute at most", ttl)
	}
	two.leave(t.Context())
	sleep("bank")
	one.leave(t.Context())
	sleep()
	if left := rdb.Keys(t.Context(), "octoq:worker*").Val(); len(left) > 0 {
		t.Errorf("processes that have left leave %v", left)
	}
}
