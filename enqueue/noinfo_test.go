package enqueue_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/enqueue"
	"github.com/octoq/octoq/internal/queue"
	"github.com/octoq/octoq/internal/redistest"
	"github.com/octoq/octoq/internal/runid"
)

// A producer that may not run INFO goes on, and says so once: its campaigns have no
// run_id of Redis, but Redis's time.
func TestEnqueueWithoutINFO(t *testing.T) {
	t.Parallel()
	rdb := redistest.Start(t).User(redistest.NoInfo).Client()
	var warned []string
	client, err := enqueue.New(enqueue.Config{Client: rdb, Warn: func(text string) { warned = append(warned, text) }})
	if err != nil {
		t.Fatal(err)
	}
	before := rdb.Time(t.Context()).Val().Add(-1e6) // the task keeps milliseconds
	for _, item := range []campaign.Campaign{order("a"), order("b")} {
		for _, err := range client.EnqueueAll(t.Context(), slices.Values([]campaign.Campaign{item})) {
			if err != nil {
				t.Fatalf("enqueue %s: %v", item.ID, err)
			}
		}
	}
	after := rdb.Time(t.Context()).Val()
	if len(warned) != 1 || !strings.Contains(warned[0], "ACL SETUSER <user> +info") {
		t.Errorf("warnings: got %q, want one that names the right", warned)
	}
	q, err := queue.NewProducer(rdb).Existing(t.Context(), campaign.DefaultAccount, "a")
	if err != nil || q.First.Origin != "" || q.First.EnqueuedAt.Before(before) || q.First.EnqueuedAt.After(after) {
		t.Errorf("got %+v, %v, want no origin, enqueued between %v and %v", q.First, err, before, after)
	}
	if r, err := client.Get(t.Context(), "", "a"); err != nil || r.State != campaign.StateQueued {
		t.Errorf("get: got %s, %v, want it queued", r.State, err)
	}
}

// With INFO nothing is said, and the run and the time are those of Redis.
func TestOriginIsOfRedis(t *testing.T) {
	t.Parallel()
	rdb := redistest.Start(t).Client()
	client, err := enqueue.New(enqueue.Config{Client: rdb, Warn: func(text string) { t.Errorf("warned: %s", text) }})
	if err != nil {
		t.Fatal(err)
	}
	before := rdb.Time(t.Context()).Val().Add(-1e6)
	if _, err := client.Enqueue(t.Context(), order("a")); err != nil {
		t.Fatal(err)
	}
	want, err := queue.RunID(t.Context(), rdb, campaign.DefaultAccount)
	if err != nil {
		t.Fatal(err)
	}
	q, err := queue.NewProducer(rdb).Existing(t.Context(), campaign.DefaultAccount, "a")
	if err != nil || q.First.Origin != want || q.First.EnqueuedAt.Before(before) {
		t.Errorf("got %+v, %v, want origin %s, after %v", q.First, err, want, before)
	}
}

// Without INFO a producer cannot find out whether Redis was replaced while it waited
// for a write: the write is made, and not confirmed.
func TestDurableWithoutINFO(t *testing.T) {
	t.Parallel()
	s := redistest.Start(t, "--appendonly", "yes", "--appendfsync", "always")
	w := newWorld(t, s.User(redistest.NoInfo).Client())
	r, err := w.client.Enqueue(t.Context(), order("a"), enqueue.Durable())
	w.unconfirmed(t, r, err, "no run_id")
	if err == nil || !strings.Contains(err.Error(), "ACL SETUSER <user> +info") {
		t.Errorf("got %v, want the right named", err)
	}
}

// What writes a record refuses without INFO, and changes nothing.
func TestOperatorsWithoutINFO(t *testing.T) {
	t.Parallel()
	s := redistest.Start(t)
	user := s.User()
	w := newWorld(t, user.Client())
	w.enqueue(t, order("queued"), order("ready"))
	w.move(t, "ready", campaign.StateAwaitingApproval)
	user.Change(redistest.NoInfo)
	for _, id := range []string{"queued", "ready"} {
		if _, err := w.client.Cancel(t.Context(), "", id); !runid.Missing(err) {
			t.Errorf("cancel %s: got %v, want the error that names INFO", id, err)
		}
		if _, err := w.client.Approve(t.Context(), "", id, campaign.UpTo(100*campaign.Euro)); !runid.Missing(err) {
			t.Errorf("approve %s: got %v, want the error that names INFO", id, err)
		}
		if r, err := w.client.Get(t.Context(), "", id); err != nil || r.CancelRequested || r.Approved {
			t.Errorf("%s: got %+v, %v, want no flag", id, r, err)
		}
	}
	if _, err := w.ledger.Get(t.Context(), campaign.DefaultAccount, "queued"); !errors.Is(err, campaign.ErrNotFound) {
		t.Errorf("record of the queued one: got %v, want none", err)
	}
}
