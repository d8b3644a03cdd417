package enqueue_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/content"
	"github.com/octoq/octoq/internal/redistest"
)

// Of two campaigns of one stream with the same id the first one counts, whether
// they are due now or later, and whichever scripts Redis knows; the error of the
// second says whether its content differs from the first's.
func TestEnqueueAllTheFirstCounts(t *testing.T) {
	t.Parallel()
	later := func(c campaign.Campaign) campaign.Campaign {
		c.NotBefore = time.Now().Add(time.Hour).Truncate(time.Second)
		return c
	}
	now, soon := order("a"), later(order("a"))
	other := order("a")
	other.Text = "Another text, STOP au 30101"
	for name, tt := range map[string]struct {
		known         []campaign.Campaign // enqueued before
		first, second campaign.Campaign
		state         campaign.State
		same          bool
	}{
		"the first one later":              {nil, soon, now, campaign.StateQueued, false},
		"the second one later":             {nil, now, soon, campaign.StateQueued, false},
		"later, one script is known":       {[]campaign.Campaign{order("x")}, soon, now, campaign.StateQueued, false},
		"now, the other's script is known": {[]campaign.Campaign{later(order("x"))}, now, soon, campaign.StateQueued, false},
		"the same":                         {nil, now, now, campaign.StateQueued, true},
		"other content":                    {nil, now, other, campaign.StateQueued, false},
		"both known":                       {[]campaign.Campaign{other}, now, other, campaign.StateQueued, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, redistest.Start(t).Client())
			w.enqueue(t, tt.known...)
			var errs []error
			for _, err := range w.client.EnqueueAll(t.Context(), slices.Values([]campaign.Campaign{tt.first, order("b"), tt.second})) {
				errs = append(errs, err)
			}
			wasKnown := len(tt.known) > 0 && tt.known[0].ID == "a"
			if len(errs) != 3 || (errs[0] != nil) != wasKnown || errs[1] != nil {
				t.Fatalf("got %v, want the first ones enqueued", errs)
			}
			want := campaign.DuplicateError{Account: "default", ID: "a", State: tt.state, Same: tt.same}
			var got *campaign.DuplicateError
			if !errors.As(errs[2], &got) || !cmp.Equal(*got, want, cmpopts.IgnoreFields(want, "Differs")) || (len(got.Differs) > 0) == tt.same {
				t.Errorf("the second: got %v, want %v", errs[2], &want)
			}
			counts := tt.first
			if wasKnown {
				counts = tt.known[0]
			}
			if r, err := w.client.Get(t.Context(), "", "a"); err != nil || !content.Same(r.Campaign, content.WithDefaults(counts)) {
				t.Errorf("in Redis: got %+v, %v, want %+v", r.Campaign, err, counts)
			}
		})
	}
}

// Of two with one id in different batches the first one counts, too.
func TestEnqueueAllTheFirstCountsOverBatches(t *testing.T) {
	t.Parallel()
	w := newWorld(t, redistest.Start(t).Client())
	var taken, refused int
	first := order("c0")
	first.NotBefore = time.Now().Add(time.Hour)
	stream := func(yield func(campaign.Campaign) bool) {
		if !yield(first) {
			return
		}
		unending(&taken)(func(c campaign.Campaign) bool { return yield(c) && taken < 1200 })
	}
	for r, err := range w.client.EnqueueAll(t.Context(), stream) {
		if errors.Is(err, campaign.ErrDuplicate) && r.ID == "c0" {
			refused++
		} else if err != nil {
			t.Errorf("%s: got %v, want it enqueued", r.ID, err)
		}
	}
	if r, err := w.client.Get(t.Context(), "", "c0"); err != nil || refused != 1 || !r.Campaign.NotBefore.Equal(first.NotBefore) {
		t.Errorf("got %+v, %v and %d refused, want the first one and one refused", r.Campaign, err, refused)
	}
}
