package enqueue_test

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/content"
)

// A campaign is found by its id from the moment it was enqueued.
func TestGet(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, w *world) {
		began := time.Now().Add(-time.Second)
		w.enqueue(t, order("a"))
		r, err := w.client.Get(t.Context(), "", "a")
		if err != nil || r.State != campaign.StateQueued || r.ID() != "a" || r.Account() != "default" {
			t.Errorf("queued: got %+v, %v", r, err)
		}
		if diff := cmp.Diff(content.WithDefaults(order("a")), r.Campaign); diff != "" {
			t.Errorf("queued: the campaign (-want +got):\n%s", diff)
		}
		if len(r.Timeline) != 1 || r.Timeline[0].What != "enqueued" || r.EnqueuedAt.Before(began) || r.EnqueuedAt.After(time.Now()) {
			t.Errorf("queued: got enqueued at %v and timeline %+v, want one entry", r.EnqueuedAt, r.Timeline)
		}
		w.move(t, "a", campaign.StateComputing)
		r, err = w.client.Get(t.Context(), "default", "a")
		if err != nil || r.State != campaign.StateComputing || len(r.Timeline) != 2 {
			t.Errorf("computing: got %+v, %v, want two entries of a timeline", r, err)
		}
		for _, name := range [][2]string{{"", "unknown"}, {"shop", "a"}, {"", ""}, {"", "no id"}, {"No Account", "a"}} {
			if _, err := w.client.Get(t.Context(), name[0], name[1]); !errors.Is(err, campaign.ErrNotFound) {
				t.Errorf("%q: got %v, want ErrNotFound", name, err)
			}
		}
	})
}

// An account that was removed is listed again by the next campaign of a producer that has
// used it before.
func TestARemovedAccountIsListedAgain(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, w *world) {
		w.enqueue(t, order("a"))
		if err := w.rdb.SRem(t.Context(), "octoq:accounts", "default").Err(); err != nil {
			t.Fatal(err)
		}
		w.enqueue(t, order("b"))
		if got, err := w.client.Accounts(t.Context()); err != nil || len(got) != 1 {
			t.Errorf("got the accounts %q, %v, want default", got, err)
		}
	})
}
