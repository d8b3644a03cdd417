package enqueue_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/enqueue"
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
		if diff := cmp.Diff(order("a").WithDefaults(), r.Campaign); diff != "" {
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
		for _, name := range [][2]string{{"", "nobody"}, {"shop", "a"}, {"", ""}, {"", "no id"}, {"No Account", "a"}} {
			if _, err := w.client.Get(t.Context(), name[0], name[1]); !errors.Is(err, campaign.ErrNotFound) {
				t.Errorf("%q: got %v, want ErrNotFound", name, err)
			}
		}
	})
}

// pages reads a list to its end.
func (w *world) pages(t *testing.T, f enqueue.Filter) []campaign.Record {
	t.Helper()
	var all []campaign.Record
	for n := 0; ; n++ {
		page, err := w.client.List(t.Context(), f)
		if err != nil {
			t.Fatalf("list %+v: %v", f, err)
		}
		if limit := max(f.Limit, 1); f.Limit > 0 && len(page.Records) > limit {
			t.Errorf("list %+v: got %d records, want at most %d", f, len(page.Records), limit)
		}
		all = append(all, page.Records...)
		if f.Cursor = page.Next; f.Cursor == "" {
			return all
		}
		if n > 100 {
			t.Fatalf("list %+v never ends", f)
		}
	}
}

// A list goes over what workers have touched, newest first, and then over what
// waits, due before scheduled, whatever the size of a page.
func TestList(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, w *world) {
		var touched, queued []string
		for i := range 7 {
			id := fmt.Sprintf("t%d", i)
			w.enqueue(t, order(id))
			state := campaign.StateSent
			if i%2 == 1 {
				state = campaign.StateComputing
			}
			w.move(t, id, state)
			touched = append(touched, id)
		}
		for i := range 5 {
			queued = append(queued, fmt.Sprintf("q%d", i))
			w.enqueue(t, order(queued[i]))
		}
		for i := range 3 {
			c := order(fmt.Sprintf("s%d", i))
			c.NotBefore = time.Date(2099, 1, 1+i, 0, 0, 0, 0, time.UTC)
			queued = append(queued, c.ID)
			w.enqueue(t, c)
		}
		other := order("elsewhere")
		other.Account = "shop"
		w.enqueue(t, other)

		for _, limit := range []int{0, 1, 2, 3, 5, 7, 100, 1000} {
			got := ids(w.pages(t, enqueue.Filter{Limit: limit}))
			slices.Sort(got[:min(len(touched), len(got))]) // several changes may share a millisecond
			if want := append(slices.Clone(touched), queued...); !slices.Equal(got, want) {
				t.Errorf("pages of %d: got %q, want %q", limit, got, want)
			}
			if got := ids(w.pages(t, enqueue.Filter{Limit: limit, State: campaign.StateQueued})); !slices.Equal(got, queued) {
				t.Errorf("queued, pages of %d: got %q, want %q", limit, got, queued)
			}
			got = ids(w.pages(t, enqueue.Filter{Limit: limit, State: campaign.StateComputing}))
			slices.Sort(got)
			if want := []string{"t1", "t3", "t5"}; !slices.Equal(got, want) {
				t.Errorf("computing, pages of %d: got %q, want %q", limit, got, want)
			}
		}
		if got := w.pages(t, enqueue.Filter{State: campaign.StateDead}); len(got) != 0 {
			t.Errorf("dead: got %v, want none", ids(got))
		}
		if got := ids(w.pages(t, enqueue.Filter{Account: "shop"})); !slices.Equal(got, []string{"elsewhere"}) {
			t.Errorf("shop: got %q", got)
		}
		if got, err := w.client.Accounts(t.Context()); err != nil || !slices.Equal(got, []string{"default", "shop"}) {
			t.Errorf("accounts: got %q, %v", got, err)
		}
	})
}

// A campaign that a worker has touched and whose task is still there is listed
// once, by the ledger.
func TestListTakenUp(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, w *world) {
		w.enqueue(t, order("a"), order("b"))
		if _, err := w.settle(t.Context(), "a", campaign.StateCreating); err != nil {
			t.Fatalf("settle: %v", err)
		}
		all := w.pages(t, enqueue.Filter{})
		if got := ids(all); !slices.Equal(got, []string{"a", "b"}) || all[0].State != campaign.StateCreating || all[1].State != campaign.StateQueued {
			t.Errorf("got %q, want a creating and b queued", got)
		}
	})
}

func TestListRefuses(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, w *world) {
		for _, f := range []enqueue.Filter{
			{Limit: -1}, {Limit: 1001}, {State: "lost"}, {Cursor: "nonsense"}, {Cursor: "qz1"}, {Cursor: "qp-1"},
			{Account: "No Account"}, {Account: "No Account", Cursor: "q"},
		} {
			if page, err := w.client.List(t.Context(), f); !errors.Is(err, campaign.ErrInvalid) {
				t.Errorf("%+v: got %v, %v, want ErrInvalid", f, page, err)
			}
		}
	})
}
