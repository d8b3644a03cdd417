package sweep

import (
	"context"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/record"
)

// lease is one holder's until it ends, as the ledger's is.
type lease struct {
	mu     sync.Mutex
	holder string
	until  time.Time
}

func (l *lease) lead(who string, ttl time.Duration) func(context.Context) (bool, error) {
	return func(context.Context) (bool, error) {
		l.mu.Lock()
		defer l.mu.Unlock()
		if l.holder != who && time.Now().Before(l.until) {
			return false, nil
		}
		l.holder, l.until = who, time.Now().Add(ttl)
		return true, nil
	}
}

// A sweeper that dies leaves its lease behind: another one sweeps as soon as
// that has ended, and only one at a time.
func TestADeadSweeperIsReplacedWithinItsLease(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const every, ttl = 5 * time.Second, 15 * time.Second
		var l lease
		var mu sync.Mutex
		var swept []string
		run := func(who string) context.CancelFunc {
			_, s := newRecordsAndTasks()
			ctx, cancel := context.WithCancel(t.Context())
			go s.Run(ctx, every, l.lead(who, ttl), func(Findings, error) {
				mu.Lock()
				defer mu.Unlock()
				swept = append(swept, who)
			})
			return cancel
		}
		seen := func() []string {
			synctest.Wait()
			mu.Lock()
			defer mu.Unlock()
			list := swept
			swept = nil
			return list
		}
		kill := run("one")
		<-time.After(time.Second)
		defer run("two")()
		<-time.After(29 * time.Second)
		if got := seen(); len(got) < 5 || slices.Contains(got, "two") {
			t.Errorf("while the first lives: got sweeps of %q, want at least five, all of one", got)
		}
		kill()
		<-time.After(ttl + every)
		if got := seen(); len(got) == 0 || slices.Contains(got, "one") {
			t.Errorf("after it died: got sweeps of %q, want some, all of two", got)
		}
	})
}

// What only a newer octoq can read is counted and left alone.
func TestUnknownVersionsAreCounted(t *testing.T) {
	t.Parallel()
	w, s := newRecordsAndTasks(recordOf("a", campaign.StateComputing, time.Minute), recordOf("b", campaign.StateReady, time.Minute))
	s.Ledger = newer{w}
	for range 2 {
		found, err := s.Sweep(t.Context())
		if err != nil || len(found) != 1 || found[UnknownVersion] != 2 || len(w.put) > 0 {
			t.Errorf("got %v, %v, put %v, want two of an unknown version", found, err, w.put)
		}
	}
}

// newer is a ledger whose records this octoq cannot read.
type newer struct{ *recordsAndTasks }

func (newer) LoadAll(_ context.Context, _ string, ids []string) (record.Loaded, error) {
	return record.Loaded{Unknown: len(ids), At: record.Snapshot{Now: noon()}}, nil
}
