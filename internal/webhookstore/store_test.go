package webhookstore_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/redis/go-redis/v9"
	"go.uber.org/goleak"

	"github.com/octoq/octoq/internal/event"
	"github.com/octoq/octoq/internal/key"
	"github.com/octoq/octoq/internal/redistest"
	"github.com/octoq/octoq/internal/webhook"
	"github.com/octoq/octoq/internal/webhookstore"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// bench is a store with one webhook.
type bench struct {
	*testing.T
	rdb    redis.UniversalClient
	store  *webhookstore.Store
	id     string
	now    time.Time
	cursor string
	n      int
}

func newBench(t *testing.T) *bench {
	t.Helper()
	return newBenchOn(t, redistest.Start(t).Client())
}

// newBenchOn is a bench on a Redis that is there.
func newBenchOn(t *testing.T, rdb redis.UniversalClient) *bench {
	t.Helper()
	b := &bench{T: t, rdb: rdb, store: webhookstore.New(rdb, time.Hour), id: webhook.NewID(), now: time.Now().UTC().Truncate(time.Millisecond), cursor: "0-0.aa"}
	b.ok(b.store.Add(t.Context(), webhook.Webhook{ID: b.id, URL: "https://example.com/", Enabled: true}, b.cursor))
	return b
}

func (b *bench) ok(err error) {
	b.Helper()
	if err != nil {
		b.Fatal(err)
	}
}

// feed queues events of some campaigns, named e1, e2, …
func (b *bench) feed(campaigns ...string) {
	b.Helper()
	var all []webhook.EventDelivery
	for _, c := range campaigns {
		b.n++
		d, err := webhook.NewDelivery(event.Event{ID: fmt.Sprint("e", b.n), Type: event.Sent, Account: "a", Campaign: c})
		b.ok(err)
		all = append(all, d)
	}
	to := fmt.Sprintf("%d-0.aa", b.n)
	moved, err := b.store.Feed(b.Context(), b.id, b.cursor, to, b.now, all)
	b.ok(err)
	if !moved {
		b.Fatal("the cursor was not moved")
	}
	b.cursor = to
}

// take takes what is due, for a minute, and names it.
func (b *bench) take(most int) ([]webhookstore.Taken, string) {
	b.Helper()
	taken, _, err := b.store.Take(b.Context(), b.id, b.now, b.now.Add(time.Minute), most)
	b.ok(err)
	var names []string
	for _, t := range taken {
		names = append(names, t.Event)
	}
	slices.Sort(names)
	return taken, strings.Join(names, " ")
}

// end settles an event as ended in a state.
func (b *bench) end(t webhookstore.Taken, state webhook.DeliveryState) webhookstore.Settlement {
	b.Helper()
	d := t.EventDelivery
	d.State = state
	s, err := b.store.Settle(b.Context(), b.id, t, d, b.now)
	b.ok(err)
	return s
}

func (b *bench) list(state webhook.DeliveryState, limit int) []string {
	b.Helper()
	var names []string
	for cursor := ""; ; {
		page, err := b.store.Deliveries(b.Context(), b.id, state, cursor, limit)
		b.ok(err)
		for _, d := range page.Items {
			names = append(names, d.Event)
		}
		if cursor = page.Next; cursor == "" {
			return names
		}
	}
}

func (b *bench) want(what, got, want string) {
	b.Helper()
	if got != want {
		b.Errorf("%s: got %q, want %q", what, got, want)
	}
}

// The first of each campaign is taken, once; the next one when that has ended.
func TestLanes(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.feed("x", "x", "xy", "z", "x")
	taken, names := b.take(10)
	b.want("at first", names, "e1 e3 e4")
	// A lane that has lost its events is passed, and forgotten.
	b.ok(b.rdb.ZAdd(t.Context(), key.Webhook(b.id, "due"), redis.Z{Score: 1, Member: "a/lost"}).Err())
	_, names = b.take(10)
	b.want("while those are taken", names, "")
	if b.rdb.ZScore(t.Context(), key.Webhook(b.id, "due"), "a/lost").Err() == nil {
		t.Error("a lane without events is still due")
	}
	for _, one := range taken {
		b.end(one, webhook.Delivered)
	}
	b.now = b.now.Add(time.Millisecond)
	taken, names = b.take(10)
	b.want("once they are delivered", names, "e2")
	b.end(taken[0], webhook.Failed)
	taken, names = b.take(10)
	b.want("once that was given up", names, "e5")
	b.end(taken[0], webhook.Delivered)
	for _, name := range []string{"order", "due"} {
		if b.rdb.Exists(t.Context(), key.Webhook(b.id, name)).Val() != 0 {
			t.Errorf("%s is left although nothing waits", name)
		}
	}
	_, names = b.take(10)
	b.want("at the end", names, "")
	b.want("delivered", strings.Join(b.list(webhook.Delivered, 2), " "), "e5 e4 e3 e1")
	b.want("failed", strings.Join(b.list(webhook.Failed, 2), " "), "e2")
}

// All keys of webhooks are in one slot of a cluster.
func TestOnACluster(t *testing.T) {
	t.Parallel()
	b := newBenchOn(t, redistest.StartCluster(t))
	b.feed("x", "x", "y")
	taken, names := b.take(9)
	b.want("taken", names, "e1 e3")
	b.end(taken[0], webhook.Delivered)
	b.ok(b.store.Release(t.Context(), b.id, taken[1], b.now))
	if _, err := b.store.Redeliver(t.Context(), b.id, taken[0].Event, b.now); err != nil {
		t.Error(err)
	}
	b.ok(b.store.Disable(t.Context(), b.id, b.now, event.OfWebhook(b.id, 1)))
	if backlog, err := b.store.Backlog(t.Context(), b.id); err != nil || backlog.Waiting != 3 {
		t.Errorf("got %+v and %v, want three that wait", backlog, err)
	}
	b.ok(b.store.Remove(t.Context(), b.id))
}

// What was taken may be taken again when its time is over, or when it is put back. Only
// one of the processes that had it settles it.
func TestWhatWasTakenComesBack(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.feed("x", "x")
	first, _ := b.take(1)
	b.now = b.now.Add(59 * time.Second)
	_, names := b.take(1)
	b.want("within the minute", names, "")
	b.now = b.now.Add(time.Second)
	second, names := b.take(1)
	b.want("after the minute", names, "e1")
	if s := b.end(second[0], webhook.Delivered); !s.Done {
		t.Error("the second one could not settle it")
	}
	if s := b.end(first[0], webhook.Failed); s.Done {
		t.Error("it was settled twice")
	}
	b.want("delivered", strings.Join(b.list(webhook.Delivered, 10), " "), "e1")
	taken, names := b.take(1)
	b.want("the next one", names, "e2")
	b.ok(b.store.Release(t.Context(), b.id, taken[0], b.now))
	_, names = b.take(1)
	b.want("once it was put back", names, "e2")
}

// A cursor is moved once, and an event is queued once, also after it was delivered.
func TestEventsAreQueuedOnce(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.feed("x")
	d, err := webhook.NewDelivery(event.Event{ID: "e9", Account: "a", Campaign: "y"})
	b.ok(err)
	moved, err := b.store.Feed(t.Context(), b.id, "0-0.aa", "5-0.aa", b.now, []webhook.EventDelivery{d})
	if moved || err != nil {
		t.Errorf("from a place that is not the cursor: got %v and %v", moved, err)
	}
	taken, _ := b.take(1)
	b.end(taken[0], webhook.Delivered)
	b.n = 0
	b.feed("x", "x") // e1 once more
	_, names := b.take(9)
	b.want("after the second time", names, "e2")
	moved, err = b.store.Feed(t.Context(), "wh_other", "", "5-0.aa", b.now, []webhook.EventDelivery{d})
	if moved || err != nil || b.rdb.Exists(t.Context(), key.Webhook("wh_other", "order")).Val() != 0 {
		t.Errorf("for no webhook: got %v and %v, and something is kept", moved, err)
	}
}

// An event that is to be tried again waits until then, and those behind it.
func TestWhatIsTriedAgain(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.feed("x", "x", "y")
	taken, _ := b.take(9)
	i := slices.IndexFunc(taken, func(t webhookstore.Taken) bool { return t.Event == "e1" })
	s, err := b.store.Settle(t.Context(), b.id, taken[i], taken[i].After(webhook.Answer{Fault: "down"}, b.now), b.now)
	b.ok(err)
	if !s.Done || !s.FailingSince.Equal(b.now) {
		t.Errorf("got %+v, want that all fails since now", s)
	}
	began := b.now
	b.now = b.now.Add(4 * time.Second)
	_, names := b.take(9)
	b.want("before its time", names, "")
	b.now = b.now.Add(time.Second)
	again, next, err := b.store.Take(t.Context(), b.id, b.now, b.now.Add(time.Minute), 9)
	b.ok(err)
	if len(again) != 1 || again[0].Event != "e1" || again[0].Attempts != 1 || !again[0].FirstAt.Equal(began) || next.IsZero() {
		t.Errorf("at its time: got %+v, next at %s", again, next)
	}
	s, err = b.store.Settle(t.Context(), b.id, again[0], again[0].After(webhook.Answer{Fault: "down"}, b.now), b.now)
	b.ok(err)
	if !s.FailingSince.Equal(began) {
		t.Errorf("got %+v, want that all fails since the first attempt", s)
	}
	if s = b.end(taken[1-i], webhook.Delivered); !s.FailingSince.IsZero() {
		t.Errorf("got %+v, want that a success ends that", s)
	}
	b.want("waiting", strings.Join(b.list(webhook.Waiting, 1), " "), "e1 e2")
}

// An event is sent again by hand, before those of its campaign that came later.
func TestRedeliver(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.feed("x", "x", "x")
	for _, state := range []webhook.DeliveryState{webhook.Failed, webhook.Delivered} {
		taken, _ := b.take(1)
		b.end(taken[0], state)
	}
	for _, id := range []string{"e1", "e2"} {
		d, err := b.store.Redeliver(t.Context(), b.id, id, b.now)
		if err != nil || d.State != webhook.Waiting {
			t.Errorf("%s: got %+v and %v", id, d, err)
		}
	}
	if _, err := b.store.Redeliver(t.Context(), b.id, "e7", b.now); !errors.Is(err, webhookstore.ErrNoDelivery) {
		t.Errorf("an unknown event: got %v", err)
	}
	var order []string
	for range 3 {
		taken, names := b.take(9)
		order = append(order, names)
		b.end(taken[0], webhook.Delivered)
	}
	b.want("order", strings.Join(order, " "), "e1 e2 e3")
	if all := b.list(webhook.Failed, 9); len(all) != 0 {
		t.Errorf("got %v failed, want none any more", all)
	}
	if n := len(b.list(webhook.Delivered, 9)); n != 3 {
		t.Errorf("got %d delivered, want 3", n)
	}
	for name, want := range map[string]int64{"failed": 0, "delivered": 3} {
		if n := b.rdb.ZCard(t.Context(), key.Webhook(b.id, name)).Val(); n != want {
			t.Errorf("%s: got %d places, want %d", name, n, want)
		}
	}
}

// A thousand that were delivered are kept, and what failed for as long as events are.
func TestWhatIsKept(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.feed("bad", "bad")
	for range 2 {
		taken, _ := b.take(1)
		b.end(taken[0], webhook.Failed)
	}
	b.want("failed", strings.Join(b.list(webhook.Failed, 1), " "), "e2 e1")
	b.now = b.now.Add(time.Hour - time.Second)
	const more = 1_010
	campaigns := make([]string, more)
	for i := range campaigns {
		campaigns[i] = fmt.Sprint("c", i)
	}
	b.feed(campaigns...)
	taken, _ := b.take(more)
	for _, one := range taken {
		b.end(one, webhook.Delivered)
	}
	if n := len(b.list(webhook.Failed, 100)); n != 2 {
		t.Errorf("got %d failed within the hour, want 2", n)
	}
	b.now = b.now.Add(2 * time.Second)
	b.feed("last")
	taken, _ = b.take(1)
	b.end(taken[0], webhook.Delivered)
	delivered := b.list(webhook.Delivered, 300)
	if len(delivered) != 1_000 || delivered[0] != fmt.Sprint("e", b.n) || len(b.list(webhook.Failed, 100)) != 0 {
		t.Errorf("got %d delivered and %d failed, want the last 1,000 and none", len(delivered), len(b.list(webhook.Failed, 100)))
	}
	if n := b.rdb.HLen(t.Context(), key.Webhook(b.id, "deliveries")).Val(); n != 1_000 {
		t.Errorf("got %d events, want those 1,000", n)
	}
}

// What is changed at once by two is changed by one after the other; what is removed
// leaves nothing.
func TestChanges(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	ctx := t.Context()
	inner := 0
	w, err := b.store.Change(ctx, b.id, b.now, func(w *webhook.Webhook) error {
		if inner++; inner == 1 { // another one is quicker
			_, err := b.store.Change(ctx, b.id, b.now, func(w *webhook.Webhook) error { w.URL = "https://example.org/"; return nil })
			b.ok(err)
		}
		w.Accounts = []string{"a"}
		return nil
	})
	if err != nil || inner != 2 || w.URL != "https://example.org/" || len(w.Accounts) != 1 {
		t.Errorf("got %+v and %v after %d tries, want both changes", w, err, inner)
	}
	refused := errors.New("no")
	if _, err := b.store.Change(ctx, b.id, b.now, func(*webhook.Webhook) error { return refused }); !errors.Is(err, refused) {
		t.Errorf("got %v, want the reason", err)
	}
	kept, err := b.store.Get(ctx, b.id)
	if diff := cmp.Diff(w, kept); diff != "" || err != nil {
		t.Errorf("kept (-want +got):\n%s%v", diff, err)
	}
	b.feed("x", "y")
	taken, _ := b.take(2)
	b.end(taken[0], webhook.Delivered)
	b.ok(b.store.Remove(ctx, b.id))
	if err := b.store.Remove(ctx, b.id); !errors.Is(err, webhookstore.ErrNoWebhook) {
		t.Errorf("removed twice: got %v", err)
	}
	if s := b.end(taken[1], webhook.Delivered); s.Done {
		t.Error("an event of a webhook that is gone was settled")
	}
	if left := b.rdb.Keys(ctx, "*").Val(); len(left) != 0 {
		t.Errorf("got %v, want nothing left", left)
	}
}

// Once a webhook is switched on again, or leads elsewhere, all that waits is due; no other
// change does that.
func TestSwitchingOffAndOn(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	ctx := t.Context()
	b.feed("x", "y")
	taken, _ := b.take(2)
	for _, one := range taken {
		_, err := b.store.Settle(ctx, b.id, one, one.After(webhook.Answer{Fault: "down"}, b.now), b.now)
		b.ok(err)
	}
	b.ok(b.store.Disable(ctx, b.id, b.now, event.OfWebhook(b.id, 1)))
	b.ok(b.store.Disable(ctx, b.id, b.now, event.OfWebhook(b.id, 1)))
	if n := b.rdb.XLen(ctx, key.HubEvents).Val(); n != 1 {
		t.Errorf("got %d events, want that it was switched off, once", n)
	}
	set := func(enabled bool, url string) {
		_, err := b.store.Change(ctx, b.id, b.now, func(w *webhook.Webhook) error { w.Enabled, w.URL = enabled, url; return nil })
		b.ok(err)
	}
	set(false, "https://example.org/")
	_, names := b.take(9)
	b.want("off", names, "")
	set(true, "https://example.org/")
	_, names = b.take(9)
	b.want("on", names, "e1 e2")
	if _, err := b.store.Change(ctx, b.id, b.now, func(w *webhook.Webhook) error { w.Accounts = []string{"a"}; return nil }); err != nil {
		t.Fatal(err)
	}
	_, names = b.take(9)
	b.want("changed otherwise", names, "")
	set(true, "https://example.com/")
	_, names = b.take(9)
	b.want("with another URL", names, "e1 e2")
	if backlog, err := b.store.Backlog(ctx, b.id); err != nil || !backlog.FailingSince.IsZero() || backlog.Waiting != 2 {
		t.Errorf("got %+v and %v, want two that wait, and that nothing has failed since", backlog, err)
	}
}

func TestThereAreFiftyWebhooksAtMost(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	for i := range 49 {
		b.ok(b.store.Add(t.Context(), webhook.Webhook{ID: fmt.Sprint("wh_", i), CreatedAt: b.now.Add(time.Duration(-i) * time.Second)}, ""))
	}
	if err := b.store.Add(t.Context(), webhook.Webhook{ID: "wh_more"}, ""); !errors.Is(err, webhookstore.ErrTooMany) {
		t.Errorf("got %v, want that there are as many", err)
	}
	all, err := b.store.All(t.Context())
	b.ok(err)
	b.ok(b.rdb.HSet(t.Context(), key.Webhooks, "wh_foreign", "{").Err())
	if rest, err := b.store.All(t.Context()); err == nil || len(rest) != len(all) {
		t.Errorf("beside one that cannot be read: got %d and %v, want the others, and an error", len(rest), err)
	}
	if len(all) != 50 || all[1].ID != "wh_48" || all[49].ID != "wh_0" {
		t.Errorf("got %d, want 50 by age", len(all))
	}
	if _, err := b.store.Deliveries(t.Context(), b.id, webhook.Failed, "!", 1); !errors.Is(err, webhookstore.ErrDeliveryCursor) {
		t.Errorf("got %v, want that it is no cursor", err)
	}
}
