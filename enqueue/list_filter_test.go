package enqueue_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/enqueue"
)

// Whatever is asked for, pages of any size hold what fits, each campaign once and in
// order, however little time a page has.
func TestFilters(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, w *world) {
		all := w.mixed(t)
		middle := all[len(all)/2].EnqueuedAt
		for name, tt := range map[string]struct {
			filter enqueue.Filter
			fits   func(campaign.Record) bool
		}{
			"states": {enqueue.Filter{States: []campaign.State{campaign.StateSent, campaign.StateQueued}},
				func(r campaign.Record) bool { return r.State == campaign.StateSent || r.State == campaign.StateQueued }},
			"states without those that wait": {enqueue.Filter{States: []campaign.State{campaign.StateSent, campaign.StateDead}},
				func(r campaign.Record) bool { return r.State == campaign.StateSent || r.State == campaign.StateDead }},
			"a state and a label": {enqueue.Filter{State: campaign.StateSent, Labels: map[string]string{"shop": "1"}},
				func(r campaign.Record) bool { return r.State == campaign.StateSent && r.Campaign.Labels["shop"] == "1" }},
			"two labels": {enqueue.Filter{Labels: map[string]string{"shop": "1", "odd": "yes"}},
				func(r campaign.Record) bool {
					return r.Campaign.Labels["shop"] == "1" && r.Campaign.Labels["odd"] == "yes"
				}},
			"an empty label": {enqueue.Filter{Labels: map[string]string{"none": ""}}, func(campaign.Record) bool { return false }},
			"a list":         {enqueue.Filter{ListName: "l"}, func(r campaign.Record) bool { return r.Campaign.ListName == "l" }},
			"a tag":          {enqueue.Filter{TagName: "t"}, func(r campaign.Record) bool { return r.Campaign.TagName == "t" }},
			"ids":            {enqueue.Filter{IDPrefix: "c1"}, func(r campaign.Record) bool { return strings.HasPrefix(r.ID(), "c1") }},
			"a class": {enqueue.Filter{FailureClass: campaign.FailDeclined},
				func(r campaign.Record) bool { return r.State == campaign.StateDead }},
			"another class": {enqueue.Filter{FailureClass: campaign.FailLate}, func(campaign.Record) bool { return false }},
			"since":         {enqueue.Filter{Since: middle}, func(r campaign.Record) bool { return !r.EnqueuedAt.Before(middle) }},
			"until":         {enqueue.Filter{Until: middle}, func(r campaign.Record) bool { return r.EnqueuedAt.Before(middle) }},
			"a millisecond": {enqueue.Filter{Since: middle.Add(-time.Microsecond), Until: middle.Add(time.Microsecond)},
				func(r campaign.Record) bool { return r.EnqueuedAt.Equal(middle) }},
		} {
			var want []string
			for _, r := range all {
				if tt.fits(r) {
					want = append(want, r.ID())
				}
			}
			for _, limit := range []int{1, 3, 1000} {
				for _, within := range []time.Duration{0, 1} {
					f := tt.filter
					f.Limit, f.Within = limit, within
					if got := ids(w.pages(t, f)); !slices.Equal(got, want) {
						t.Errorf("%s, pages of %d within %v: got %q, want %q", name, limit, within, got, want)
					}
				}
			}
		}
	})
}

// mixed are campaigns of all kinds, in the order of lists.
func (w *world) mixed(t *testing.T) []campaign.Record {
	t.Helper()
	var all []campaign.Record
	for i := range 24 {
		c := order(fmt.Sprintf("c%d", i))
		c.Labels = map[string]string{"shop": fmt.Sprint(i % 3)}
		if i%2 == 1 {
			c.Labels["odd"] = "yes"
		}
		if i%5 == 0 {
			c.ListName, c.TagName = "", "t"
		}
		w.enqueue(t, c)
		switch i % 4 {
		case 1:
			w.move(t, c.ID, campaign.StateSent)
		case 2:
			w.move(t, c.ID, campaign.StateAwaitingApproval)
			w.confirmTried(t, c.ID)
			if _, err := w.client.Reject(t.Context(), "", c.ID, "no"); err != nil {
				t.Fatal(err)
			}
		}
		r, err := w.client.Get(t.Context(), "", c.ID)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, r)
	}
	slices.SortFunc(all, newestFirst)
	return all
}

// A page that has no time looks at one step of records, and says where to go on.
func TestAPageEndsInTime(t *testing.T) {
	t.Parallel()
	w := onMini(t)
	for i := range 600 {
		w.enqueue(t, order(fmt.Sprintf("c%03d", i)))
	}
	f := enqueue.Filter{IDPrefix: "c000", Within: 1}
	var found []string
	steps := 0
	for ; steps == 0 || f.Cursor != ""; steps++ {
		page, err := w.client.List(t.Context(), f)
		if err != nil {
			t.Fatal(err)
		}
		found = append(found, ids(page.Records)...)
		f.Cursor = page.Next
	}
	if steps != 3 || !slices.Equal(found, []string{"c000"}) {
		t.Errorf("got %q in %d pages, want c000 in 3", found, steps)
	}
}

func TestFiltersThatNameNothing(t *testing.T) {
	t.Parallel()
	w := onMini(t)
	for name, f := range map[string]enqueue.Filter{
		"a state": {States: []campaign.State{campaign.StateSent, "flying"}},
		"a class": {FailureClass: "tired"},
		"an id":   {IDPrefix: "a b"},
	} {
		if _, err := w.client.List(t.Context(), f); !errors.Is(err, campaign.ErrInvalid) {
			t.Errorf("%s: got %v, want ErrInvalid", name, err)
		}
	}
}

func TestByTicket(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, w *world) {
		w.enqueue(t, order("a"))
		w.move(t, "a", campaign.StateComputing)
		w.ticket(t, "a", "T1")
		if r, err := w.client.ByTicket(t.Context(), "", "T1"); err != nil || r.ID() != "a" {
			t.Errorf("got %+v, %v, want a", r, err)
		}
		for _, what := range [][2]string{{"", "T2"}, {"shop", "T1"}, {"No", "T1"}, {"", ""}, {"", "a:log"}} {
			if _, err := w.client.ByTicket(t.Context(), what[0], what[1]); !errors.Is(err, campaign.ErrNotFound) {
				t.Errorf("%q: got %v, want ErrNotFound", what, err)
			}
		}
	})
}
