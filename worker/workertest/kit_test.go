package workertest_test

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/enqueue/enqueuetest"
	"github.com/octoq/octoq/internal/redistest"
	"github.com/octoq/octoq/worker"
	"github.com/octoq/octoq/worker/workertest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func put(tb testing.TB, kit *enqueuetest.Kit, id string, change func(*campaign.Campaign)) {
	tb.Helper()
	c := campaign.Campaign{ID: id, ListName: id, Text: "Hello, STOP au 30101", Type: campaign.TypePremium, Purpose: campaign.PurposeWholesale}
	if change != nil {
		change(&c)
	}
	if _, err := kit.Client().Enqueue(tb.Context(), c); err != nil {
		tb.Fatalf("enqueue %s: %v", id, err)
	}
}

// Campaigns end as they do in earnest, on an embedded Redis and on a real one.
func TestAllTheWay(t *testing.T) {
	t.Parallel()
	for name, open := range map[string]func(*testing.T) *enqueuetest.Kit{
		"embedded": func(t *testing.T) *enqueuetest.Kit { t.Helper(); return nil },
		"redis": func(t *testing.T) *enqueuetest.Kit {
			t.Helper()
			return enqueuetest.New(t, enqueuetest.WithRedis(redistest.Start(t).Client()))
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var w *workertest.Kit
			kit := open(t)
			if kit == nil { // the worker's own Redis
				w = workertest.Start(t, workertest.Config{})
				kit = enqueuetest.New(t, enqueuetest.WithRedis(w.Redis()))
			} else {
				w = workertest.Start(t, workertest.Config{Redis: kit.Redis()})
			}
			lost := w.Fault(workertest.Fault{Call: campaign.CallCreate, Name: "lost", Times: 1, LoseAnswer: true})
			w.Fault(workertest.Fault{Call: campaign.CallCreate, Name: "dead", HTTPStatus: 400, Code: 303, Message: "no such list"})
			put(t, kit, "fine", nil)
			put(t, kit, "lost", func(c *campaign.Campaign) { c.ListName, c.TagName = "", "lost" })
			put(t, kit, "dead", nil)
			for id, want := range map[string]campaign.State{"fine": campaign.StateSent, "lost": campaign.StateSent, "dead": campaign.StateDead} {
				r := w.Await(t, kit.Client(), id)
				sends := 0
				if want == campaign.StateSent {
					sends = 1
				}
				if r.State != want || w.ConfirmCount(id) != sends {
					t.Errorf("%s: got %s and %d sends, want %s and %d", id, r.State, w.ConfirmCount(id), want, sends)
				}
			}
			if w.CreateCount("lost") != 2 || w.CreateCount("fine") != 1 || w.CreateCount("dead") != 0 || w.Calls(campaign.CallCreate, "dead") != 1 {
				t.Errorf("creates: got %d lost, %d fine, %d dead of %d calls, want 2, 1, 0 of 1",
					w.CreateCount("lost"), w.CreateCount("fine"), w.CreateCount("dead"), w.Calls(campaign.CallCreate, "dead"))
			}
			lost()
			lost() // twice is no error
		})
	}
}

// The worker's own settings count.
func TestConfig(t *testing.T) {
	t.Parallel()
	kit := enqueuetest.New(t)
	w := workertest.Start(t, workertest.Config{
		Redis: kit.Redis(), Account: worker.Account{Confirm: campaign.ConfirmManual}, Contacts: 7, Compute: 50 * time.Millisecond,
	})
	put(t, kit, "a", nil)
	if r := w.AwaitState(t, kit.Client(), "a", campaign.StateAwaitingApproval); r.Contacts != 7 || r.Cost.String() != "0.35 €" {
		t.Errorf("price: got %d contacts and %s, want 7 and 0.35 €", r.Contacts, r.Cost)
	}
	if _, err := kit.Client().Approve(t.Context(), "", "a", campaign.UpTo(campaign.Euro)); err != nil {
		t.Fatalf("approve: %v", err)
	}
	if r := w.Await(t, kit.Client(), "a"); r.State != campaign.StateSent {
		t.Errorf("got %s, want sent", r.State)
	}
	w.Stop()
	w.Stop()
	put(t, kit, "b", nil)
	if r, ok := kit.Find("b"); !ok || r.State != campaign.StateQueued {
		t.Errorf("after Stop: got %s, %t, want it queued", r.State, ok)
	}
}

// Accounts of the worker's configuration are all let in.
func TestAccounts(t *testing.T) {
	t.Parallel()
	kit := enqueuetest.New(t)
	w := workertest.Start(t, workertest.Config{
		Redis:  kit.Redis(),
		Worker: worker.Config{Accounts: map[string]worker.Account{"shop": {PollFirst: 100 * time.Millisecond}, "bar": {}}},
	})
	put(t, kit, "s", func(c *campaign.Campaign) { c.Account = "shop" })
	w.AwaitThat(t, kit.Client(), "shop", "s", func(r campaign.Record) bool { return r.State == campaign.StateSent })
}

// A test that waits for what cannot be fails, and says why.
func TestAwaitFails(t *testing.T) {
	t.Parallel()
	kit := enqueuetest.New(t)
	w := workertest.Start(t, workertest.Config{Redis: kit.Redis()})
	failing := &failingT{TB: t}
	done := make(chan struct{})
	go func() { defer close(done); w.Await(failing, kit.Client(), "unknown") }()
	<-done
	if !strings.Contains(failing.said, "unknown") || !strings.Contains(failing.said, "not found") {
		t.Errorf("got %q, want that the id unknown was not found", failing.said)
	}
}

// failingT is a test that may fail without failing the one it is part of.
type failingT struct {
	testing.TB
	said string
}

func (f *failingT) Fatalf(format string, args ...any) {
	f.said = fmt.Sprintf(format, args...)
	runtime.Goexit()
}
