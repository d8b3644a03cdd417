package console_test

import (
	"net/http"
	"net/url"
	"regexp"
	"testing"
	"time"

	"github.com/octoq/octoq/internal/event"
	"github.com/octoq/octoq/internal/webhook"
	"github.com/octoq/octoq/internal/webhookstore"
)

// What was sent to a webhook is shown by what became of it, and is sent once more by a
// button; another secret is shown once.
func TestDeliveriesAreShownAndSentAgain(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	added := r.press(r.get("/admin/webhooks"), "/admin/webhooks", "url", "http://127.0.0.1:1/hook")
	added.want(http.StatusOK, "shown this once")
	secret := regexp.MustCompile(`whsec_[A-Za-z0-9+/=_-]+`)
	first := secret.FindString(added.text)
	id := regexp.MustCompile(`id="w-([^"]+)"`).FindStringSubmatch(added.text)[1]
	store, now := webhookstore.New(r.rdb, time.Hour), time.Now()
	was, err := store.Backlog(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	const hostile = `<b>spring</b>`
	d, err := webhook.NewDelivery(event.Event{ID: "evt_1", Type: event.Sent, Account: "default", Campaign: hostile})
	if err != nil {
		t.Fatal(err)
	}
	if fed, err := store.Feed(t.Context(), id, was.Cursor, was.Cursor, now, []webhook.EventDelivery{d}); err != nil || !fed {
		t.Fatalf("queue an event: got %v, %v", fed, err)
	}
	here := "/admin/webhooks/" + id + "/deliveries"
	r.get("/admin/webhooks").want(http.StatusOK, here)
	waiting := r.get(here + "?state=waiting")
	waiting.want(http.StatusOK, "1 event waits.", "evt_1", "campaign.sent", hostile, "account default")
	waiting.harmless()
	waiting.lacks("Send once more")
	r.get(here).want(http.StatusOK, "There are none.")
	r.ask(http.MethodGet, here+"?state=lost", nil).want(http.StatusUnprocessableEntity)
	r.ask(http.MethodGet, "/admin/webhooks/none/deliveries", nil).want(http.StatusNotFound)
	taken, _, err := store.Take(t.Context(), id, now, now.Add(time.Minute), 1)
	if err != nil || len(taken) != 1 {
		t.Fatalf("take the event: got %d, %v", len(taken), err)
	}
	given := taken[0].EventDelivery
	given.State, given.Attempts, given.LastAt, given.Fault = webhook.Failed, 12, now, "the receiver is away"
	if _, err := store.Settle(t.Context(), id, taken[0], given, now); err != nil {
		t.Fatal(err)
	}
	failed := r.get(here)
	failed.want(http.StatusOK, "evt_1", "the receiver is away", "Send once more")
	again := here + "/evt_1/redeliver"
	r.ask(http.MethodPost, again, url.Values{}).want(http.StatusPreconditionRequired)
	sent := r.press(failed, again)
	sent.want(http.StatusOK, "It is sent once more", "evt_1")
	rotated := r.press(r.get("/admin/webhooks"), "/admin/webhooks/"+id+"/rotate")
	rotated.want(http.StatusOK, "shown this once", "For a day the one before signs, too.")
	if second := secret.FindString(rotated.text); second == "" || second == first {
		t.Errorf("got the secret %q after %q, want another one", second, first)
	}
	r.press(failed, again).want(http.StatusPreconditionFailed, "has changed since")
}
