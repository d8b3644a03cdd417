package enqueue_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/enqueue"
)

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

// newestFirst is the order of lists.
func newestFirst(a, b campaign.Record) int {
	if c := b.EnqueuedAt.Compare(a.EnqueuedAt); c != 0 {
		return c
	}
	return strings.Compare(b.ID(), a.ID())
}

// A list is ordered by when campaigns were enqueued, newest first, wherever they
// stand and whatever the size of a page.
func TestList(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, w *world) {
		var all []campaign.Record
		for i := range 15 {
			c := order(fmt.Sprintf("c%d", (i*7)%15))
			if i%5 == 4 {
				c.NotBefore = time.Date(2099, 1, 20-i, 0, 0, 0, 0, time.UTC)
			}
			w.enqueue(t, c)
			switch i % 4 {
			case 1:
				w.move(t, c.ID, campaign.StateSent)
			case 3:
				w.move(t, c.ID, campaign.StateComputing)
			}
			r, err := w.client.Get(t.Context(), "", c.ID)
			if err != nil {
				t.Fatalf("get %s: %v", c.ID, err)
			}
			all = append(all, r)
		}
		other := order("elsewhere")
		other.Account = "shop"
		w.enqueue(t, other)

		slices.SortFunc(all, newestFirst)
		for _, state := range []campaign.State{"", campaign.StateQueued, campaign.StateComputing, campaign.StateSent, campaign.StateDead} {
			var want []string
			for _, r := range all {
				if state == "" || r.State == state {
					want = append(want, r.ID())
				}
			}
			for _, limit := range []int{0, 1, 2, 3, 5, 7, 15, 100, 1000} {
				if got := ids(w.pages(t, enqueue.Filter{Limit: limit, State: state})); !slices.Equal(got, want) {
					t.Errorf("state %q, pages of %d: got %q, want %q", state, limit, got, want)
				}
			}
		}
		if got := ids(w.pages(t, enqueue.Filter{Account: "shop"})); !slices.Equal(got, []string{"elsewhere"}) {
			t.Errorf("shop: got %q", got)
		}
		if got, err := w.client.Accounts(t.Context()); err != nil || !slices.Equal(got, []string{"default", "shop"}) {
			t.Errorf("accounts: got %q, %v", got, err)
		}
	})
}

// A campaign without a record is listed wherever its task stands, in a worker's
// hand too, and whatever else moves between two pages.
func TestListWhereverTheTaskIs(t *testing.T) {
	t.Parallel()
	const queue = "asynq:{default.create}:"
	onBoth(t, func(t *testing.T, w *world) {
		var want []string
		for i := range 12 {
			want = append(want, fmt.Sprintf("c%02d", i))
			w.enqueue(t, order(want[i]))
		}
		slices.Reverse(want)
		ctx, far := t.Context(), float64(4e9)
		pipe := w.rdb.Pipeline()
		for id, set := range map[string]string{"c01": "scheduled", "c02": "retry", "c03": "archived"} {
			pipe.LRem(ctx, queue+"pending", 0, id)
			pipe.HSet(ctx, queue+"t:"+id, "state", set)
			pipe.ZAdd(ctx, queue+set, redis.Z{Score: far, Member: id})
		}
		pipe.LMove(ctx, queue+"pending", queue+"active", "right", "left")
		pipe.HSet(ctx, queue+"t:c00", "state", "active")
		if _, err := pipe.Exec(ctx); err != nil {
			t.Fatal(err)
		}
		var got []string
		f := enqueue.Filter{Limit: 2}
		for moved := 4; ; moved++ { // some have a record before their page comes, others after it
			page, err := w.client.List(ctx, f)
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, ids(page.Records)...)
			if f.Cursor = page.Next; f.Cursor == "" {
				break
			}
			w.move(t, fmt.Sprintf("c%02d", moved), campaign.StateSent)
			w.enqueue(t, order(fmt.Sprintf("new%d", moved)))
		}
		if !slices.Equal(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
	})
}

// A cursor is good for another client too, which remembers nothing of the listing.
func TestListGoesOnElsewhere(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, w *world) {
		for i := range 20 {
			w.enqueue(t, order(fmt.Sprintf("c%02d", i)))
		}
		want := ids(w.pages(t, enqueue.Filter{}))
		var got []string
		for f := (enqueue.Filter{Limit: 3}); ; {
			another, err := enqueue.New(enqueue.Config{Client: w.rdb})
			if err != nil {
				t.Fatal(err)
			}
			page, err := another.List(t.Context(), f)
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, ids(page.Records)...)
			if f.Cursor = page.Next; f.Cursor == "" {
				break
			}
		}
		if len(got) != 20 || !slices.Equal(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
	})
}

// Campaigns whose records an older octoq wrote, or has trimmed, are listed by the
// newer one as all others are.
func TestListOfAnOlderOctoq(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, w *world) {
		for i := range 9 {
			id := fmt.Sprintf("c%d", i)
			w.enqueue(t, order(id))
			w.move(t, id, campaign.StateSent)
		}
		want := ids(w.pages(t, enqueue.Filter{}))
		const list = "octoq:{default}:enqueued"
		pipe := w.rdb.Pipeline()
		pipe.ZRem(t.Context(), list, "c0", "c4", "c5", "c8")
		pipe.ZAdd(t.Context(), list, redis.Z{Score: 1, Member: "trimmed"})
		if _, err := pipe.Exec(t.Context()); err != nil {
			t.Fatal(err)
		}
		for _, limit := range []int{2, 100} {
			if got := ids(w.pages(t, enqueue.Filter{Limit: limit})); len(got) != 9 || !slices.Equal(got, want) {
				t.Errorf("pages of %d: got %q, want %q", limit, got, want)
			}
		}
		if err := w.rdb.Del(t.Context(), list).Err(); err != nil {
			t.Fatal(err)
		}
		if got := ids(w.pages(t, enqueue.Filter{State: campaign.StateSent, Limit: 2})); !slices.Equal(got, want) {
			t.Errorf("of the state sent: got %q, want %q", got, want)
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
		if got := ids(all); !slices.Equal(got, []string{"b", "a"}) || all[1].State != campaign.StateCreating || all[0].State != campaign.StateQueued {
			t.Errorf("got %q, want a creating and b queued", got)
		}
	})
}

func TestListRefuses(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, w *world) {
		for _, f := range []enqueue.Filter{
			{Limit: -1}, {Limit: 1001}, {State: "lost"}, {Cursor: "nonsense"}, {Cursor: "qp3"}, {Cursor: "1:"}, {Cursor: "1:a:b:c"},
			{Account: "No Account"}, {Account: "No Account", Cursor: "1:a"},
		} {
			if page, err := w.client.List(t.Context(), f); !errors.Is(err, campaign.ErrInvalid) {
				t.Errorf("%+v: got %v, %v, want ErrInvalid", f, page, err)
			}
		}
	})
}
