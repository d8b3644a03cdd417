package enqueue_test

import (
	"strings"
	"testing"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/presence"
	"github.com/octoq/octoq/internal/redistest"
)

// asks counts how often a Redis was asked for its workers.
func asks(t *testing.T, w *world) string {
	t.Helper()
	stats, err := w.rdb.Info(t.Context(), "commandstats").Result()
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(stats, "cmdstat_smembers:calls=")
	calls, _, _ := strings.Cut(rest, ",")
	return calls
}

// A producer asks once in a while whether its account is served, however much it
// enqueues, and says so with every campaign that waits for a worker.
func TestUnservedAccount(t *testing.T) {
	t.Parallel()
	w := newWorld(t, redistest.Start(t).Client())
	for _, id := range []string{"a", "b", "c"} {
		r, err := w.client.Enqueue(t.Context(), order(id))
		if err != nil || len(r.Warnings) != 1 || r.Warnings[0].Field != "account" {
			t.Errorf("%s: got %+v, %v, want a warning of its account", id, r.Warnings, err)
		}
	}
	if got := asks(t, w); got != "1" {
		t.Errorf("Redis was asked %s times, want once", got)
	}
	if r, err := w.client.Enqueue(t.Context(), order("a")); err == nil || len(r.Warnings) > 0 {
		t.Errorf("a known one: got %+v, %v, want no warning", r.Warnings, err)
	}
	if err := presence.NewProcess(w.rdb, []string{"shop"}).Renew(t.Context()); err != nil {
		t.Fatal(err)
	}
	c := order("d")
	c.Account = "shop"
	if r, err := w.client.Enqueue(t.Context(), c); err != nil || len(r.Warnings) > 0 {
		t.Errorf("a served account: got %+v, %v, want silence", r.Warnings, err)
	}
	for account, want := range map[string]bool{"": false, "shop": true} {
		if is, err := w.client.Served(t.Context(), account); is != want || err != nil {
			t.Errorf("account %q is served: got %t, %v, want %t", account, is, err, want)
		}
	}
	if _, err := w.client.Served(t.Context(), "No Account"); err == nil {
		t.Error("no account: got no error")
	}
}

// A question that fails is no failure of the enqueue, and no warning.
func TestUnservedCannotBeSeen(t *testing.T) {
	t.Parallel()
	w := newWorld(t, redistest.Start(t).Client())
	if err := w.rdb.Set(t.Context(), "octoq:workers", "no set", 0).Err(); err != nil {
		t.Fatal(err)
	}
	r, err := w.client.Enqueue(t.Context(), order("a"))
	if err != nil || r.State != campaign.StateQueued || len(r.Warnings) > 0 {
		t.Errorf("got %+v, %v, want it enqueued without a warning", r, err)
	}
	if _, err := w.client.Served(t.Context(), ""); err == nil {
		t.Error("Served: got no error, want why")
	}
}
