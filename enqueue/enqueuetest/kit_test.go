package enqueuetest_test

import (
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/enqueue"
	"github.com/octoq/octoq/enqueue/enqueuetest"
	"github.com/octoq/octoq/internal/redistest"
)

func valid(id string) campaign.Campaign {
	return campaign.Campaign{ID: id, ListName: "l", Text: "Hello, STOP", Type: campaign.TypePremium, Purpose: campaign.PurposeAlert}
}

// onBoth runs a test on the embedded Redis and on a real one.
func onBoth(t *testing.T, test func(*testing.T, *enqueuetest.Kit)) {
	t.Helper()
	t.Run("embedded", func(t *testing.T) { t.Parallel(); test(t, enqueuetest.New(t)) })
	t.Run("redis", func(t *testing.T) {
		t.Parallel()
		test(t, enqueuetest.New(t, enqueuetest.WithRedis(redistest.Start(t).Client())))
	})
}

func TestEnqueuedKeepsTheOrder(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, kit *enqueuetest.Kit) {
		if got := kit.Enqueued(); len(got) != 0 {
			t.Errorf("at first: got %v, want none", got)
		}
		var items []campaign.Campaign
		for i := range 250 { // more than two pages
			items = append(items, valid(fmt.Sprintf("c%03d", i)))
		}
		for _, err := range kit.Client().EnqueueAll(t.Context(), slices.Values(items)) {
			if err != nil {
				t.Fatalf("enqueue: %v", err)
			}
		}
		other := valid("")
		other.Account = "shop"
		at := time.Date(2099, 1, 31, 9, 0, 0, 0, time.UTC)
		receipt, err := kit.Client().Enqueue(t.Context(), other, enqueue.At(at))
		if err != nil {
			t.Fatalf("enqueue: %v", err)
		}
		var want []campaign.Campaign
		for _, item := range items {
			item.Account = campaign.DefaultAccount
			want = append(want, item)
		}
		other.ID, other.NotBefore = receipt.ID, at
		want = append(want, other)
		if diff := cmp.Diff(want, kit.Enqueued()); diff != "" {
			t.Errorf("enqueued (-want +got):\n%s", diff)
		}
		if r, ok := kit.FindIn("shop", receipt.ID); !ok || !r.DueAt.Equal(at) {
			t.Errorf("find in another account: got %+v, %t, want it due at %v", r, ok, at)
		}
		if _, ok := kit.Find(receipt.ID); ok {
			t.Error("found a campaign of account shop in the default one")
		}
	})
}

func TestOnly(t *testing.T) {
	t.Parallel()
	kit := enqueuetest.New(t)
	if got := fatal(t, func(tb testing.TB) { kit.Only(tb) }); !strings.Contains(got, "got 0") {
		t.Errorf("of none: got %q, want it to fail", got)
	}
	mustEnqueue(t, kit, valid("a"))
	if got := kit.Only(t); got.ID != "a" {
		t.Errorf("of one: got %+v, want a", got)
	}
	mustEnqueue(t, kit, valid("b"))
	if got := fatal(t, func(tb testing.TB) { kit.Only(tb) }); !strings.Contains(got, `got 2 ["default/a" "default/b"]`) {
		t.Errorf("of two: got %q, want it to fail and name both", got)
	}
}

// The kit refuses what the real client refuses, because it is the real client.
func TestClientIsTheRealOne(t *testing.T) {
	t.Parallel()
	kit := enqueuetest.New(t)
	if _, err := kit.Client().Enqueue(t.Context(), campaign.Campaign{ID: "x"}); !errors.Is(err, campaign.ErrInvalid) {
		t.Errorf("invalid: got %v, want ErrInvalid", err)
	}
	mustEnqueue(t, kit, valid("a"))
	if _, err := kit.Client().Enqueue(t.Context(), valid("a")); !errors.Is(err, campaign.ErrDuplicate) {
		t.Errorf("twice: got %v, want ErrDuplicate", err)
	}
	own, err := enqueue.New(enqueue.Config{RedisURL: kit.URL()})
	if err != nil {
		t.Fatalf("client on the kit's URL: %v", err)
	}
	defer func() { _ = own.Close() }()
	if _, err := own.Enqueue(t.Context(), valid("b")); err != nil {
		t.Errorf("by a client of its own: %v", err)
	}
	if got := kit.Enqueued(); len(got) != 2 {
		t.Errorf("enqueued: got %d, want 2", len(got))
	}
}

func TestAdvance(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, kit *enqueuetest.Kit) {
		for _, state := range campaign.States() {
			id := "to-" + string(state)
			mustEnqueue(t, kit, valid(id))
			r := kit.Advance(id, state, func(r *campaign.Record) { r.Ticket = "sms_" + id })
			if r.State != state || r.Ticket != "sms_"+id {
				t.Errorf("%s: got state %s and ticket %q", id, r.State, r.Ticket)
			}
		}
		var known *campaign.DuplicateError
		if _, err := kit.Client().Enqueue(t.Context(), valid("to-sent")); !errors.As(err, &known) || known.State != campaign.StateSent || !known.Same {
			t.Errorf("enqueue a sent one: got %v, want it known, sent and the same", err)
		}
		if got, want := len(kit.Enqueued()), len(campaign.States()); got != want {
			t.Errorf("enqueued: got %d, want %d, each once", got, want)
		}
	})
}

func TestAdvanceFails(t *testing.T) {
	t.Parallel()
	bad := func(id string, state campaign.State) string {
		return fatal(t, func(tb testing.TB) {
			kit := enqueuetest.New(tb)
			mustEnqueue(tb, kit, valid("a"))
			kit.Advance("a", campaign.StateSent, nil)
			kit.Advance(id, state, nil)
		})
	}
	if got := bad("unknown", campaign.StateSent); !strings.Contains(got, "not found") {
		t.Errorf("unknown id: got %q, want that it was not found", got)
	}
	if got := bad("a", campaign.StateQueued); !strings.Contains(got, "no way from sent") {
		t.Errorf("back from sent: got %q, want that there is no way", got)
	}
}

func mustEnqueue(tb testing.TB, kit *enqueuetest.Kit, c campaign.Campaign) {
	tb.Helper()
	if _, err := kit.Client().Enqueue(tb.Context(), c); err != nil {
		tb.Fatalf("enqueue %s: %v", c.ID, err)
	}
}

// fatal runs what has to fail its test, and returns what it says.
func fatal(t *testing.T, run func(testing.TB)) string {
	t.Helper()
	failing := &failingT{TB: t}
	done := make(chan struct{})
	go func() { defer close(done); run(failing) }()
	<-done
	if failing.said == "" {
		t.Error("got no failure, want one")
	}
	return failing.said
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

// A campaign gets into a state on a way that a worker could have taken: it does not
// die first, or wait for a person, where that is not asked for.
func TestTheWayIsAWorkers(t *testing.T) {
	t.Parallel()
	kit := enqueuetest.New(t)
	if _, err := kit.Client().Enqueue(t.Context(), campaign.Campaign{
		ID: "a", ListName: "l", Text: "Hello, STOP au 30101", Type: campaign.TypePremium, Purpose: campaign.PurposeWholesale,
	}); err != nil {
		t.Fatal(err)
	}
	for _, e := range kit.Advance("a", campaign.StateSent, nil).Timeline {
		if e.State == campaign.StateDead || e.State == campaign.StateAwaitingApproval {
			t.Errorf("on the way to sent it was %s", e.State)
		}
	}
}
