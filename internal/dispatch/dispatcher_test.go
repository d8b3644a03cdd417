package dispatch_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/octoq/octoq/internal/event"
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
