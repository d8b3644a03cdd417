package dispatch_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/redis/go-redis/v9"

	"github.com/octoq/octoq/internal/event"
	"github.com/octoq/octoq/internal/hub"
	"github.com/octoq/octoq/internal/key"
	"github.com/octoq/octoq/internal/webhook"
)

// An event arrives once, signed, and only what a webhook is for.
func TestEventsArriveSigned(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	all, some := newReceiver(t), newReceiver(t)
	r.happens("a", "early", event.Sent) // before there was a webhook
	r.hook(all, nil)
	r.hook(some, func(w *webhook.Webhook) { w.Types, w.Accounts = []event.Type{event.Dead}, []string{"a"} })
	sent := r.happens("a", "one", event.Sent)
	dead := r.happens("a", "two", event.Dead)
	other := r.happens("b", "two", event.Dead)
	r.after(0)
	if diff := cmp.Diff(map[string]bool{sent: true, dead: true, other: true}, set(all.ids())); diff != "" || len(all.ids()) != 3 {
		t.Errorf("all events (-want +got):\n%s of %v", diff, all.ids())
	}
	if diff := cmp.Diff([]string{dead}, some.ids()); diff != "" {
		t.Errorf("some events (-want +got):\n%s", diff)
	}
	for _, g := range append(all.requests(), some.requests()...) {
		if !g.signed || g.id != g.event.ID || g.event.At.IsZero() {
			t.Errorf("got %+v, want it signed, and its id as webhook-id", g)
		}
	}
}

func set(ids []string) map[string]bool {
	all := map[string]bool{}
	for _, id := range ids {
		all[id] = true
	}
	return all
}

// Events of a campaign come in their order. While one fails those behind it wait, and
// other campaigns pass them.
func TestOnePoisonedEventBlocksItsCampaignAlone(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	to := newReceiver(t)
	w := r.hook(to, nil)
	poison := r.happens("a", "bad", event.AwaitingApproval)
	var mended atomic.Bool
	to.behave(func(w http.ResponseWriter, _ *http.Request, e event.Event) {
		if e.ID == poison && !mended.Load() {
			w.WriteHeader(http.StatusInternalServerError)
		}
	})
	behind := []string{r.happens("a", "bad", event.Dead), r.happens("a", "bad", event.Sent)}
	var others []string
	for i := range 30 {
		others = append(others, r.happens("a", fmt.Sprintf("good-%d", i), event.Sent), r.happens("a", fmt.Sprintf("good-%d", i), event.OrphanSent))
	}
	elsewhere := r.happens("b", "bad", event.Sent) // of another account
	r.after(0)
	got := slices.DeleteFunc(to.ids(), func(id string) bool { return id == poison })
	if diff := cmp.Diff(set(append(others, elsewhere)), set(got)); diff != "" {
		t.Errorf("while one fails (-want +got):\n%s", diff)
	}
	r.inOrder(to)
	if n := len(r.deliveries(w.ID, webhook.Waiting)); n != 3 {
		t.Errorf("got %d that wait, want the one that fails and two behind it", n)
	}
	mended.Store(true)
	before := len(to.ids())
	r.after(5 * time.Second)
	if diff := cmp.Diff(append([]string{poison}, behind...), to.ids()[before:]); diff != "" {
		t.Errorf("once it is mended (-want +got):\n%s", diff)
	}
	if n := len(r.deliveries(w.ID, webhook.Delivered)); n != 64 {
		t.Errorf("got %d delivered, want all 64", n)
	}
}

// inOrder checks that the first coming of each event is behind that of the earlier ones
// of its campaign.
func (r *rig) inOrder(to *receiver) {
	r.Helper()
	last, seen := map[string]int{}, map[string]bool{}
	for _, g := range to.requests() {
		if seen[g.event.ID] {
			continue
		}
		seen[g.event.ID] = true
		var n int
		if _, err := fmt.Sscanf(g.event.ID, "evt_%d", &n); err != nil {
			r.Fatal(err)
		}
		lane := g.event.Account + "/" + g.event.Campaign
		if n < last[lane] {
			r.Errorf("%s came behind evt_%d of the same campaign", g.event.ID, last[lane])
		}
		last[lane] = n
	}
}

// A receiver that answers 500, hangs, redirects, sends a gigabyte or breaks off gets each
// event, those of a campaign in their order.
func TestEveryKindOfTrouble(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	to, elsewhere := newReceiver(t), newReceiver(t)
	w := r.hook(to, nil)
	var mu sync.Mutex
	attempts, taken := map[string]int{}, map[string]bool{}
	to.behave(func(w http.ResponseWriter, req *http.Request, e event.Event) {
		mu.Lock()
		attempts[e.ID]++
		again := attempts[e.ID] > 1
		taken[e.ID] = again || e.Campaign == "gigabyte" || e.Campaign == "well"
		mu.Unlock()
		switch {
		case again:
		case e.Campaign == "refuses":
			w.WriteHeader(http.StatusInternalServerError)
		case e.Campaign == "hangs":
			<-req.Context().Done()
		case e.Campaign == "redirects":
			http.Redirect(w, req, elsewhere.URL, http.StatusPermanentRedirect)
		case e.Campaign == "breaks off":
			panic(http.ErrAbortHandler)
		case e.Campaign == "gigabyte":
			for piece, n := make([]byte, 1<<16), 0; n < 1<<30; n += len(piece) {
				if _, err := w.Write(piece); err != nil {
					return
				}
			}
		}
	})
	var ids []string
	for range 3 {
		for _, campaign := range []string{"refuses", "hangs", "redirects", "breaks off", "gigabyte", "well"} {
			ids = append(ids, r.happens("a", campaign, event.Sent))
		}
	}
	for range 8 {
		r.after(5 * time.Second)
	}
	mu.Lock()
	defer mu.Unlock()
	for _, id := range ids {
		if !taken[id] {
			t.Errorf("%s was not taken, after %d attempts", id, attempts[id])
		}
	}
	r.inOrder(to)
	if n := len(r.deliveries(w.ID, webhook.Delivered)); n != len(ids) || len(elsewhere.ids()) > 0 {
		t.Errorf("got %d delivered, and %d where it redirects, want %d and none", n, len(elsewhere.ids()), len(ids))
	}
}

// A receiver that is down is tried after ever longer pauses; then all arrive.
func TestAReceiverThatIsDown(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	to := newReceiver(t)
	r.hook(to, nil)
	to.behave(status(http.StatusServiceUnavailable))
	id := r.happens("a", "c", event.Sent)
	r.after(0)
	r.after(3 * time.Second)
	if n := len(to.ids()); n != 1 {
		t.Errorf("got %d attempts within the first pause, want 1", n)
	}
	r.after(2 * time.Second)
	r.after(30 * time.Second)
	if n := len(to.ids()); n != 3 {
		t.Errorf("got %d attempts, want one after 5 and one after 30 seconds more", n)
	}
	to.behave(nil)
	r.after(2 * time.Minute)
	r.after(time.Hour)
	if diff := cmp.Diff([]string{id, id, id, id}, to.ids()); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
	for _, g := range to.requests() {
		if !g.signed {
			t.Errorf("got %+v, want each attempt signed", g)
		}
	}
}

// An event that failed for three days is given up, and the next of its campaign follows;
// where others succeed meanwhile the webhook stays on. By hand it is sent again.
func TestAnEventIsGivenUp(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	to := newReceiver(t)
	w := r.hook(to, nil)
	bad := r.happens("a", "bad", event.AwaitingApproval)
	next := r.happens("a", "bad", event.Sent)
	to.behave(func(w http.ResponseWriter, _ *http.Request, e event.Event) {
		if e.ID == bad {
			w.WriteHeader(http.StatusInternalServerError)
		}
	})
	for range 76 {
		r.after(time.Hour)
		r.happens("a", "good", event.Held)
	}
	failed := r.deliveries(w.ID, webhook.Failed)
	if len(failed) != 1 || failed[0].Event != bad || failed[0].Status != 500 || failed[0].Attempts < 10 {
		t.Errorf("got %+v failed, want the one", failed)
	}
	if !slices.Contains(to.ids(), next) {
		t.Error("the next event of the campaign has not come")
	}
	if kept, err := r.store.Get(t.Context(), w.ID); err != nil || !kept.Enabled {
		t.Errorf("got %+v and %v, want the webhook on", kept, err)
	}
	to.behave(nil)
	if _, err := r.store.Redeliver(t.Context(), w.ID, bad, r.clock.read()); err != nil {
		t.Fatal(err)
	}
	before := len(to.ids())
	r.after(time.Second)
	if !slices.Contains(to.ids()[before:], bad) || len(r.deliveries(w.ID, webhook.Failed)) != 0 {
		t.Errorf("got %v, want it sent again, and no longer failed", to.ids()[before:])
	}
}

// A webhook to which nothing succeeds for three days is switched off, with an event.
// What waits, and what comes meanwhile, is sent once it is on again.
func TestAWebhookIsSwitchedOff(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	to, watch := newReceiver(t), newReceiver(t)
	w := r.hook(to, nil)
	r.hook(watch, func(w *webhook.Webhook) { w.Types = []event.Type{event.WebhookDisabled} })
	to.behave(status(http.StatusBadGateway))
	first := r.happens("a", "one", event.Sent)
	for i := range 75 {
		r.after(time.Hour)
		if i == 40 {
			r.happens("a", "two", event.Sent)
		}
	}
	kept, err := r.store.Get(t.Context(), w.ID)
	if err != nil || kept.Enabled || kept.DisabledAt.IsZero() {
		t.Fatalf("got %+v and %v, want it off", kept, err)
	}
	r.after(time.Second)
	if all := watch.requests(); len(all) != 1 || all[0].event.Type != event.WebhookDisabled || all[0].event.Data.Webhook != w.ID {
		t.Errorf("others got %+v, want one event that it is off", all)
	}
	before := len(to.ids())
	late := r.happens("a", "three", event.Sent)
	r.after(24 * time.Hour)
	if n := len(to.ids()); n != before {
		t.Errorf("got %d requests while it is off", n-before)
	}
	to.behave(nil)
	if _, err := r.store.Change(t.Context(), w.ID, r.clock.read(), func(w *webhook.Webhook) error { w.Enabled = true; return nil }); err != nil {
		t.Fatal(err)
	}
	r.after(time.Second)
	if got := set(to.ids()[before:]); !got[late] || !got["evt_2"] || got[first] {
		t.Errorf("once it is on again: got %v, want what waited and what came meanwhile, not what was given up", got)
	}
}

// At most eight requests to one webhook are under way, and a receiver that hangs does not
// keep others waiting.
func TestHowMuchIsUnderWayAtOnce(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	hangs, well := newReceiver(t), newReceiver(t)
	r.hook(hangs, nil)
	r.hook(well, nil)
	var now, most atomic.Int32
	open := make(chan struct{})
	release := sync.OnceFunc(func() { close(open) })
	defer release()
	hangs.behave(func(http.ResponseWriter, *http.Request, event.Event) {
		for n, before := now.Add(1), most.Load(); n > before && !most.CompareAndSwap(before, n); before = most.Load() {
		}
		defer now.Add(-1)
		<-open
	})
	const n = 40
	for i := range n {
		r.happens("a", fmt.Sprint("c", i), event.Sent)
	}
	r.clock.advance(time.Second)
	r.until("the other receiver has all", func() bool {
		if err := r.Round(t.Context()); err != nil {
			t.Fatal(err)
		}
		r.clock.advance(250 * time.Millisecond)
		return len(well.ids()) == n
	})
	r.until("eight are under way", func() bool { return now.Load() == 8 })
	release()
	r.Wait()
	r.after(0)
	if len(hangs.ids()) != n || most.Load() != 8 {
		t.Errorf("got %d events, %d at once, want %d and 8", len(hangs.ids()), most.Load(), n)
	}
}

// A process that dies with requests under way loses nothing: the next one sends them
// again once they are no longer the other's.
func TestAnotherProcessGoesOn(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	to := newReceiver(t)
	w := r.hook(to, nil)
	var ids []string
	for i := range 20 {
		ids = append(ids, r.happens("a", fmt.Sprint("c", i%5), event.Sent))
	}
	if err := r.Round(t.Context()); err != nil { // queues them, and moves the cursor
		t.Fatal(err)
	}
	r.Wait()
	// The dead process had taken the next ones, and sent nothing.
	taken, _, err := r.store.Take(t.Context(), w.ID, r.clock.read(), r.clock.read().Add(30*time.Second), 100)
	if err != nil || len(taken) == 0 {
		t.Fatalf("got %d taken and %v", len(taken), err)
	}
	other := r.dispatcher("two", r.key)
	if err := other.Round(t.Context()); err != nil {
		t.Fatal(err)
	}
	before := len(to.ids())
	ids = append(ids, r.happens("a", "new", event.Sent))
	r.settle(other)
	if len(to.ids()) != before {
		t.Error("two processes send at once")
	}
	if err := r.rdb.Del(t.Context(), key.WebhookLease).Err(); err != nil {
		t.Fatal(err)
	}
	r.clock.advance(31 * time.Second)
	r.settle(other)
	r.rounds(r.Dispatcher) // has lost the lease, and knows it now
	for d, want := range map[string]int{"one": 0, "two": 1} {
		if n, err := counted(r.counted[d], "octoq_webhook_waiting"); n != want || err != nil {
			t.Errorf("%s: got %d and %v, want %d webhook whose queue it counts", d, n, err, want)
		}
	}
	if diff := cmp.Diff(set(ids), set(to.ids())); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
	r.inOrder(to)
}

// counted is how many series a registry has of a metric.
func counted(g prometheus.Gatherer, name string) (int, error) {
	families, err := g.Gather()
	for _, f := range families {
		if f.GetName() == name {
			return len(f.GetMetric()), err
		}
	}
	return 0, err
}

// Run sends until it is stopped. What a stop breaks off is put back at once.
func TestAStopPutsBack(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	to := newReceiver(t)
	w := r.hook(to, nil)
	running, stop := context.WithCancel(t.Context())
	defer stop()
	to.behave(func(_ http.ResponseWriter, req *http.Request, _ event.Event) {
		_, _ = io.Copy(io.Discard, req.Body)
		<-req.Context().Done()
	})
	id := r.happens("a", "c", event.Sent)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		r.Dispatcher.Run(running)
	}()
	r.until("a request is under way", func() bool { return len(to.ids()) == 1 })
	stop()
	<-ended
	if n := r.rdb.Exists(t.Context(), key.WebhookLease).Val(); n != 0 {
		t.Error("the lease was kept")
	}
	waiting := r.deliveries(w.ID, webhook.Waiting)
	if len(waiting) != 1 || waiting[0].Attempts != 0 {
		t.Errorf("got %+v, want it to wait, without an attempt: its receiver has done nothing wrong", waiting)
	}
	to.behave(nil)
	other := r.dispatcher("two", r.key)
	r.settle(other)
	if diff := cmp.Diff([]string{id, id}, to.ids()); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
}

// After a change of the secret both sign. Under another key nothing is sent, and said so;
// what waits goes on with the former one.
func TestKeysAndSecretsThatChange(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	to := newReceiver(t) // it knows the first secret alone
	w := r.hook(to, nil)
	if _, err := r.store.Change(t.Context(), w.ID, r.clock.read(), func(w *webhook.Webhook) error { w.Rotate(r.key, r.clock.read()); return nil }); err != nil {
		t.Fatal(err)
	}
	r.happens("a", "one", event.Sent)
	r.after(0)
	if all := to.requests(); len(all) != 1 || !all[0].signed {
		t.Errorf("got %+v, want it signed by the former secret too", all)
	}
	r.clock.advance(24 * time.Hour)
	r.happens("a", "two", event.Sent)
	r.after(0)
	if all := to.requests(); len(all) != 2 || all[1].signed {
		t.Errorf("got %+v, want it signed by the new secret alone", all)
	}
	foreign, err := webhook.NewKey(strings.Repeat("x", 40))
	if err != nil {
		t.Fatal(err)
	}
	if err := r.rdb.Del(t.Context(), key.WebhookLease).Err(); err != nil {
		t.Fatal(err)
	}
	other := r.dispatcher("two", foreign)
	r.happens("a", "three", event.Sent)
	err = other.Round(t.Context())
	if err == nil || !strings.Contains(err.Error(), "another OCTOQ_WEBHOOK_KEY") || len(to.requests()) != 2 {
		t.Errorf("got %v and %d requests, want that the key is another one", err, len(to.requests()))
	}
	if err := r.rdb.Del(t.Context(), key.WebhookLease).Err(); err != nil {
		t.Fatal(err)
	}
	r.after(time.Minute)
	if len(to.requests()) != 3 {
		t.Errorf("got %d requests, want the third one by the former key", len(to.requests()))
	}
}

// Events that were removed before they were read stop nothing: a webhook goes on from
// the oldest that is kept.
func TestEventsThatAreGone(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	to := newReceiver(t)
	r.happens("a", "before", event.Sent)
	r.hook(to, nil)
	r.happens("a", "lost", event.Sent)
	r.happens("a", "lost", event.Dead)
	if err := hub.NewRelay(r.rdb, "relay", 24*time.Hour).Round(t.Context(), time.Now().Add(48*time.Hour)); err != nil { // removes what is old
		t.Fatal(err)
	}
	kept := r.happens("a", "kept", event.Sent)
	r.after(0)
	if diff := cmp.Diff([]string{kept}, to.ids()); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
	if all := strings.Join(r.faults, "\n"); !strings.Contains(all, "removed before they were read") {
		t.Errorf("got reports of %q, want that events are missing", all)
	}
}

// When Redis has forgotten the latest second, or is another run, each event comes all the
// same, and what was delivered shortly before is not sent again.
func TestAnotherRunOfRedis(t *testing.T) {
	t.Parallel()
	r := newRig(t, "--appendonly", "yes", "--appendfsync", "always")
	to := newReceiver(t)
	r.hook(to, nil)
	first := r.happens("a", "c", event.AwaitingApproval)
	r.after(0)
	r.redis.Restart()
	second := r.happens("a", "c", event.Sent)
	again := event.Event{ID: first, Type: event.AwaitingApproval, At: r.clock.read(), Account: "a", Campaign: "c"}
	r.write(again) // a relay copies the last hour once more
	r.after(10 * time.Second)
	if diff := cmp.Diff([]string{first, second}, to.ids()); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
}

// With many events no more than a bound are in a webhook's queue. The others wait in the
// stream, and come later.
func TestAQueueIsBounded(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	to := newReceiver(t)
	w := r.hook(to, nil)
	to.behave(status(http.StatusInternalServerError))
	const n, bound = 20_300, 20_000
	if _, err := r.rdb.Pipelined(t.Context(), func(p redis.Pipeliner) error {
		for i := range n {
			text := fmt.Sprintf(`{"id":"evt_%d","type":"campaign.sent","at":"2026-01-02T03:04:05Z","account":"a","campaign":"c%d","data":{}}`, i, i)
			p.XAdd(t.Context(), &redis.XAddArgs{Stream: key.HubEvents, Values: []any{"event", text}})
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	waiting := func() int {
		backlog, err := r.store.Backlog(t.Context(), w.ID)
		if err != nil {
			t.Fatal(err)
		}
		return backlog.Waiting
	}
	for range bound/200 + 10 {
		r.clock.advance(250 * time.Millisecond)
		if err := r.Round(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	r.Wait()
	if got := waiting(); got != bound {
		t.Errorf("got %d in the queue, want %d", got, bound)
	}
	to.behave(nil)
	end, err := r.events.End(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	r.until("all others are in the queue", func() bool {
		r.clock.advance(time.Second)
		r.rounds(r.Dispatcher)
		backlog, err := r.store.Backlog(t.Context(), w.ID)
		return err == nil && backlog.Cursor == end && backlog.Waiting < bound
	})
	if got := len(r.deliveries(w.ID, webhook.Delivered)); got < n-bound {
		t.Errorf("got %d delivered, want as many as came into the queue", got)
	}
}

// A webhook that cannot be read keeps no other, and is reported once a minute.
func TestAWebhookThatCannotBeRead(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	to := newReceiver(t)
	r.hook(to, nil)
	if err := r.rdb.HSet(t.Context(), key.Webhooks, "wh_foreign", "{").Err(); err != nil {
		t.Fatal(err)
	}
	r.happens("a", "c", event.Sent)
	for range 3 {
		r.after(10 * time.Second)
	}
	if len(to.ids()) != 1 || len(r.faults) != 1 || !strings.Contains(r.faults[0], "read a webhook") {
		t.Errorf("got %v and the reports %q, want the event, and one report", to.ids(), r.faults)
	}
	r.after(time.Minute)
	if len(r.faults) != 2 {
		t.Errorf("got the reports %q, want one more after a minute", r.faults)
	}
}
