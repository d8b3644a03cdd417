package hub_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/redis/go-redis/v9"
	"go.uber.org/goleak"

	"github.com/octoq/octoq/internal/event"
	"github.com/octoq/octoq/internal/hub"
	"github.com/octoq/octoq/internal/key"
	"github.com/octoq/octoq/internal/redistest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// bench is a Redis with accounts that emit events.
type bench struct {
	*testing.T
	rdb     *redis.Client
	now     time.Time
	emitted int
}

func newBench(t *testing.T) *bench {
	t.Helper()
	return &bench{T: t, rdb: redistest.Start(t).Client(), now: time.Now()}
}

// emit writes an event into an outbox, as a script of the ledger does, and returns its id.
func (b *bench) emit(account string, t event.Type) string {
	b.Helper()
	return b.emitAt("*", account, t)
}

func (b *bench) emitAt(at, account string, t event.Type) string {
	b.Helper()
	b.emitted++
	e := event.Event{ID: fmt.Sprintf("e%d", b.emitted), Type: t, Account: account, Campaign: "c"}
	text, err := json.Marshal(e)
	if err == nil {
		err = b.rdb.SAdd(b.Context(), key.Accounts, account).Err()
	}
	if err == nil {
		err = b.rdb.XAdd(b.Context(), &redis.XAddArgs{Stream: key.Outbox(account), ID: at, Values: []any{"event", string(text)}}).Err()
	}
	if err != nil {
		b.Fatal(err)
	}
	return e.ID
}

// round lets a relay look once, when every pause is over.
func (b *bench) round(r *hub.Relay) {
	b.Helper()
	b.now = b.now.Add(time.Minute)
	if err := r.Round(b.Context(), b.now); err != nil {
		b.Fatal(err)
	}
}

// read reads everything behind a cursor in pages of three.
func (b *bench) read(after string, f hub.Filter) (ids []string, next string) {
	b.Helper()
	for {
		page, err := hub.NewReader(b.rdb).Read(b.Context(), after, f, 3, 0)
		if err != nil {
			b.Fatal(err)
		}
		for _, e := range page.Events {
			if e.At.IsZero() {
				b.Errorf("event %s has no time", e.ID)
			}
			ids = append(ids, e.ID)
		}
		if after = page.Next; len(page.Events) < 3 {
			return ids, after
		}
	}
}

func (b *bench) want(got, want []string) {
	b.Helper()
	slices.Sort(got)
	slices.Sort(want)
	if diff := cmp.Diff(want, got); diff != "" {
		b.Errorf("events (-want +got):\n%s", diff)
	}
}

// Each event is copied once, and those of one account in their order.
func TestEventsAreCopiedOnceAndInOrder(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	relay := hub.NewRelay(b.rdb, "one", 0)
	var all, ofA []string
	for i := range 450 { // more than are copied at once
		account := []string{"a", "b"}[i%2]
		id := b.emit(account, event.Sent)
		if all = append(all, id); account == "a" {
			ofA = append(ofA, id)
		}
	}
	for range 4 {
		b.round(relay)
	}
	got, next := b.read("", hub.Filter{Accounts: []string{"a"}})
	if diff := cmp.Diff(ofA, got); diff != "" {
		t.Errorf("events of a in their order (-want +got):\n%s", diff)
	}
	got, _ = b.read("", hub.Filter{})
	b.want(got, all)
	if got, _ = b.read(next, hub.Filter{}); len(got) > 225 {
		t.Errorf("got %d events behind a cursor that is behind all of a", len(got))
	}
	later := b.emit("a", event.Dead)
	b.emit("b", event.Dead)
	b.round(relay)
	got, _ = b.read("", hub.Filter{Types: []event.Type{event.Dead}, Sees: func(account string) bool { return account == "a" }})
	b.want(got, []string{later})
}

// One relay copies at a time; one that was replaced without noticing copies nothing twice.
func TestAReplacedRelayCopiesNothingTwice(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	one, two := hub.NewRelay(b.rdb, "one", 0), hub.NewRelay(b.rdb, "two", 0)
	want := []string{b.emit("a", event.Sent)}
	b.round(one)
	b.round(two) // does not lead
	want = append(want, b.emit("a", event.Sent))
	if err := b.rdb.Del(t.Context(), key.HubLease).Err(); err != nil {
		t.Fatal(err)
	}
	b.round(two) // leads now
	if err := b.rdb.Set(t.Context(), key.HubLease, "one", 0).Err(); err != nil {
		t.Fatal(err)
	}
	want = append(want, b.emit("a", event.Sent))
	b.round(one) // believes that it has led throughout
	b.round(one)
	got, _ := b.read("", hub.Filter{})
	b.want(got, want)
}

// Another run of Redis may have forgotten the end: what was published within an hour is published
// again, under the same ids, and a reader that goes on from its cursor misses nothing.
func TestAnotherRunIsToldAndReadingGoesBack(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t, "--appendonly", "yes", "--appendfsync", "always")
	b := &bench{T: t, rdb: server.Client(), now: time.Now()}
	old := b.emitAt(fmt.Sprint(time.Now().Add(-2*time.Hour).UnixMilli()), "a", event.Sent)
	recent := b.emit("a", event.Sent)
	relay := hub.NewRelay(b.rdb, "one", 0)
	b.round(relay)
	got, next := b.read("", hub.Filter{})
	b.want(got, []string{old, recent})

	server.Restart()
	late := b.emit("a", event.Sent)
	b.round(relay) // learns of it
	b.round(relay)
	got, _ = b.read("", hub.Filter{Types: []event.Type{event.Sent}})
	slices.Sort(got)
	if n := len(got); n < 4 {
		t.Errorf("got %d events, want those of the last hour again", n)
	}
	b.want(slices.Compact(got), []string{old, recent, late})
	if got, _ = b.read("", hub.Filter{Types: []event.Type{event.RedisChanged}}); len(got) != 1 {
		t.Errorf("got %d events of the change of Redis, want 1", len(got))
	}
	if got, _ = b.read(next, hub.Filter{}); !slices.Contains(got, recent) || !slices.Contains(got, late) {
		t.Errorf("a reader from before the change got %v, want all of the last hour", got)
	}
}

// Events are kept as long as was asked for. A later reader learns so, and where to go on.
func TestOldEventsGo(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	const keep = 24 * time.Hour
	b.emit("a", event.Sent)
	b.emit("a", event.Sent)
	relay, reader := hub.NewRelay(b.rdb, "one", keep), hub.NewReader(b.rdb)
	b.round(relay)
	first, err := reader.Read(t.Context(), "", hub.Filter{}, 1, 0)
	if err != nil {
		t.Fatal(err)
	}
	_, last := b.read("", hub.Filter{})
	b.now = b.now.Add(2 * keep)
	b.round(relay)
	if _, err := reader.Read(t.Context(), last, hub.Filter{}, 10, 0); err != nil {
		t.Errorf("a reader that had read all got %v, want nothing new", err)
	}
	_, err = reader.Read(t.Context(), first.Next, hub.Filter{}, 10, 0)
	gone, ok := errors.AsType[*hub.GoneError](err)
	if !ok {
		t.Fatalf("got %v, want that the events are gone", err)
	}
	if n := b.rdb.XLen(t.Context(), key.HubEvents).Val(); n != 0 {
		t.Errorf("got %d events that are kept, want 0", n)
	}
	if _, err := reader.Read(t.Context(), gone.Oldest, hub.Filter{}, 10, 0); err != nil {
		t.Errorf("from the oldest on: got %v", err)
	}
}

// What was copied leaves its outbox after two hours, and not before.
func TestOutboxesAreEmptied(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.emit("a", event.Sent)
	relay := hub.NewRelay(b.rdb, "one", 0)
	b.round(relay)
	length := func() int64 { return b.rdb.XLen(t.Context(), key.Outbox("a")).Val() }
	if length() != 1 {
		t.Errorf("the outbox was emptied at once")
	}
	b.now = b.now.Add(3 * time.Hour)
	b.emit("a", event.Sent)
	b.round(relay)
	if n := length(); n != 1 {
		t.Errorf("got %d events in the outbox after three hours, want the newest", n)
	}
}

// What others have written into the stream keeps no reader from what is behind it.
func TestWhatIsNoEventIsPassed(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	relay := hub.NewRelay(b.rdb, "one", 0)
	first := b.emit("a", event.Sent)
	b.round(relay)
	for _, text := range []string{"{", "", `{"id":7}`} {
		if err := b.rdb.XAdd(t.Context(), &redis.XAddArgs{Stream: key.HubEvents, Values: []any{"event", text}}).Err(); err != nil {
			t.Fatal(err)
		}
	}
	last := b.emit("a", event.Dead)
	b.round(relay)
	got, _ := b.read("", hub.Filter{})
	b.want(got, []string{first, last})
}

// A reader that waits gets an event when it comes.
func TestReadWaits(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	reader := hub.NewReader(b.rdb)
	end, err := reader.End(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	found := make(chan hub.EventPage)
	go func() {
		page, err := reader.Read(ctx, end, hub.Filter{}, 10, 20*time.Second)
		if err != nil {
			t.Error(err)
		}
		found <- page
	}()
	id := b.emit("a", event.Sent)
	ended := make(chan struct{})
	running, stop := context.WithCancel(t.Context())
	go func() {
		hub.NewRelay(b.rdb, "one", 0).Run(running, func(err error) { t.Error(err) })
		close(ended)
	}()
	page := <-found
	if len(page.Events) != 1 || page.Events[0].ID != id {
		t.Errorf("got %+v, want the one event", page)
	}
	stop()
	<-ended
	if n := b.rdb.Exists(t.Context(), key.HubLease).Val(); n != 0 {
		t.Error("a relay that ends keeps its lease")
	}
}

// A text that no reader gave is no cursor.
func TestCursors(t *testing.T) {
	t.Parallel()
	rdb := redis.NewClient(&redis.Options{Addr: "127.0.0.1:1"})
	defer func() { _ = rdb.Close() }()
	for _, cursor := range []string{"x", "1", "1-1", "a-1.aa", "-1-1.aa", "1-1.xyz", "99999999999999999999-1.aa"} {
		if _, err := hub.NewReader(rdb).Read(t.Context(), cursor, hub.Filter{}, 1, 0); !errors.Is(err, hub.ErrCursor) {
			t.Errorf("%q: got %v, want that it is no cursor", cursor, err)
		}
	}
}
