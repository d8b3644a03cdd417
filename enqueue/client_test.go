package enqueue_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/enqueue"
	"github.com/octoq/octoq/internal/content"
	"github.com/octoq/octoq/internal/presence"
	"github.com/octoq/octoq/internal/redistest"
)

func TestEnqueue(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, w *world) {
		if err := presence.NewProcess(w.rdb, []string{campaign.DefaultAccount}).Renew(t.Context()); err != nil {
			t.Fatal(err)
		}
		c := order("a")
		c.Text = "No mention"
		receipt, err := w.client.Enqueue(t.Context(), c)
		want := enqueue.Receipt{Account: "default", ID: "a", State: campaign.StateQueued}
		if err != nil || !cmp.Equal(receipt, want, cmpopts.IgnoreFields(receipt, "Warnings")) {
			t.Errorf("receipt: got %+v, %v, want %+v", receipt, err, want)
		}
		if len(receipt.Warnings) != 1 || receipt.Warnings[0].Field != "text" {
			t.Errorf("warnings: got %+v, want one of the text", receipt.Warnings)
		}
		chosen, err := w.client.Enqueue(t.Context(), order(""))
		if err != nil || len(chosen.ID) != 36 || chosen.ID[14] != '7' {
			t.Errorf("without an id: got %+v, %v, want a UUIDv7", chosen, err)
		}
		if got, want := w.waiting(t, campaign.StageCreate), []string{"a", chosen.ID}; !slices.Equal(got, want) {
			t.Errorf("queue: got %q, want %q", got, want)
		}
		accounts, err := w.client.Accounts(t.Context())
		if err != nil || !slices.Equal(accounts, []string{"default"}) {
			t.Errorf("accounts: got %q, %v, want default", accounts, err)
		}
	})
}

// An invalid campaign is refused with every fault, and Redis is not touched.
func TestEnqueueInvalid(t *testing.T) {
	t.Parallel()
	w := onMini(t)
	before := w.mini.CommandCount()
	_, err := w.client.Enqueue(t.Context(), campaign.Campaign{ID: "bad id", ListName: "l", TagName: "t", Type: "fax", Purpose: "fun"})
	var invalid *campaign.ValidationError
	if !errors.As(err, &invalid) || !errors.Is(err, campaign.ErrInvalid) || len(invalid.Faults) < 5 {
		t.Errorf("got %v, want all of its faults", err)
	}
	if n := w.mini.CommandCount() - before; n != 0 {
		t.Errorf("commands to Redis: got %d, want none", n)
	}
}

// A known id says in which state it is and whether its content is the same,
// from the queue on until long after it was sent.
func TestEnqueueDuplicate(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, w *world) {
		known := func(what string, c campaign.Campaign, state campaign.State, same bool) {
			t.Helper()
			_, err := w.client.Enqueue(t.Context(), c)
			var e *campaign.DuplicateError
			if !errors.As(err, &e) || !errors.Is(err, campaign.ErrDuplicate) {
				t.Errorf("%s: got %v, want a DuplicateError", what, err)
				return
			}
			want := campaign.DuplicateError{Account: "default", ID: c.ID, State: state, Same: same}
			if !cmp.Equal(*e, want, cmpopts.IgnoreFields(want, "Differs")) || (len(e.Differs) > 0) == same {
				t.Errorf("%s: got %+v, want %+v", what, *e, want)
			}
		}
		later := order("later")
		later.NotBefore = time.Now().Add(time.Hour)
		w.enqueue(t, order("a"), later)
		other := order("a")
		other.Text = "Another text, STOP au 30101"
		known("queued", order("a"), campaign.StateQueued, true)
		known("queued, another text", other, campaign.StateQueued, false)
		known("scheduled", later, campaign.StateQueued, true)
		known("scheduled, another time", order("later"), campaign.StateQueued, false)
		for _, state := range campaign.States()[1:] {
			if state == campaign.StatePurged {
				continue // not by a plain move
			}
			c := order("in-" + string(state))
			w.enqueue(t, c)
			w.move(t, c.ID, state)
			known(string(state), c, state, true)
			c.Sender = "Other"
			known(string(state)+", another sender", c, state, false)
		}
		elsewhere := order("a")
		elsewhere.Account = "shop"
		if _, err := w.client.Enqueue(t.Context(), elsewhere); err != nil {
			t.Errorf("the same id in another account: got %v, want it taken", err)
		}
		if got := len(w.waiting(t, campaign.StageCreate)); got != 1 {
			t.Errorf("queue: got %d tasks, want a's alone", got)
		}
	})
}

func TestEnqueueDuplicateUntilRetentionEnds(t *testing.T) {
	t.Parallel()
	w := onMini(t)
	w.enqueue(t, order("a"))
	w.move(t, "a", campaign.StateSent)
	w.mini.FastForward(89 * 24 * time.Hour)
	if _, err := w.client.Enqueue(t.Context(), order("a")); !errors.Is(err, campaign.ErrDuplicate) {
		t.Errorf("89 days after: got %v, want ErrDuplicate", err)
	}
	w.mini.FastForward(2 * 24 * time.Hour)
	if _, err := w.client.Enqueue(t.Context(), order("a")); err != nil {
		t.Errorf("after the retention: got %v, want it taken", err)
	}
}

// The same id twice in one stream is a duplicate of itself.
func TestEnqueueAllTwiceInOneStream(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, w *world) {
		var errs []error
		for _, err := range w.client.EnqueueAll(t.Context(), slices.Values([]campaign.Campaign{order("a"), order("b"), order("a")})) {
			errs = append(errs, err)
		}
		if len(errs) != 3 || errs[0] != nil || errs[1] != nil || !errors.Is(errs[2], campaign.ErrDuplicate) {
			t.Errorf("got %v, want the third to be a duplicate", errs)
		}
		if got := w.waiting(t, campaign.StageCreate); !slices.Equal(got, []string{"a", "b"}) {
			t.Errorf("queue: got %q, want a and b", got)
		}
	})
}

// Results come in the order of the stream, whatever becomes of each and
// whichever account it belongs to.
func TestEnqueueAllKeepsTheOrder(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, w *world) {
		w.enqueue(t, order("c0010"), order("c0550"))
		w.move(t, "c0550", campaign.StateSent) // the ledger knows one, the queue the other
		const n = 600                          // more than a batch
		items := make([]campaign.Campaign, n)
		for i := range items {
			items[i] = order(fmt.Sprintf("c%04d", i))
			switch {
			case i%100 == 7:
				items[i].Text = ""
			case i%2 == 1:
				items[i].Account = "shop"
			}
		}
		i := 0
		for r, err := range w.client.EnqueueAll(t.Context(), slices.Values(items)) {
			switch want := items[i]; {
			case r.ID != want.ID || r.Account != content.WithDefaults(want).Account:
				t.Fatalf("result %d: got %s/%s, want %s/%s", i, r.Account, r.ID, want.Account, want.ID)
			case i%100 == 7 && !errors.Is(err, campaign.ErrInvalid):
				t.Errorf("result %d: got %v, want ErrInvalid", i, err)
			case (i == 10 || i == 550) && !errors.Is(err, campaign.ErrDuplicate):
				t.Errorf("result %d: got %v, want ErrDuplicate", i, err)
			case i%100 != 7 && i != 10 && i != 550 && err != nil:
				t.Errorf("result %d: got %v, want none", i, err)
			}
			i++
		}
		if i != n {
			t.Errorf("results: got %d, want %d", i, n)
		}
		if got := len(w.waiting(t, campaign.StageCreate)); got != n/2-1 {
			t.Errorf("queue of the default account: got %d, want %d", got, n/2-1)
		}
	})
}

// unending counts what was taken from it.
func unending(taken *int) iter.Seq[campaign.Campaign] {
	return func(yield func(campaign.Campaign) bool) {
		for yield(order(fmt.Sprintf("c%d", *taken))) {
			*taken++
		}
	}
}

// Never more than four batches are taken ahead of the results.
func TestEnqueueAllIsBounded(t *testing.T) {
	t.Parallel()
	w := onMini(t)
	const batch, ahead = 512, 4
	var taken, got int
	for _, err := range w.client.EnqueueAll(t.Context(), unending(&taken)) {
		if err != nil {
			t.Fatalf("result %d: %v", got, err)
		}
		if got++; taken+1-got > ahead*batch {
			t.Fatalf("ahead: got %d campaigns, want at most %d", taken+1-got, ahead*batch)
		}
		if got == batch+100 { // a consumer that stops early
			break
		}
	}
	if most := (ahead + 2) * batch; taken+1 > most {
		t.Errorf("taken: got %d after the consumer stopped at %d, want at most %d", taken+1, got, most)
	}
}

// When the context ends, campaigns that were taken and not enqueued get its
// error, no more are taken, and what was said to be enqueued is.
func TestEnqueueAllCancelled(t *testing.T) {
	t.Parallel()
	w := newWorld(t, redistest.Start(t).Client())
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var taken, good, failed int
	for _, err := range w.client.EnqueueAll(ctx, unending(&taken)) {
		switch {
		case err == nil:
			good++
		case errors.Is(err, context.Canceled):
			failed++
		default:
			t.Errorf("got %v, want the context's error", err)
		}
		if good == 600 { // in the middle of the second batch
			cancel()
		}
	}
	if good+failed < taken {
		t.Errorf("results: got %d and %d errors for %d campaigns", good, failed, taken)
	}
	if n := len(w.waiting(t, campaign.StageCreate)); n != good {
		t.Errorf("queue: got %d, want the %d that were reported as enqueued", n, good)
	}
}

func TestEnqueueWithEndedContext(t *testing.T) {
	t.Parallel()
	w := onMini(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := w.client.Enqueue(ctx, order("a")); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want the context's error", err)
	}
	if got := w.waiting(t, campaign.StageCreate); len(got) > 0 {
		t.Errorf("queue: got %q, want nothing", got)
	}
}

func TestAt(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, w *world) {
		soon, late := time.Date(2099, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2099, 1, 2, 0, 0, 0, 5e8, time.UTC)
		for _, c := range []struct {
			name          string
			own, at, want time.Time
		}{
			{"own", soon, time.Time{}, soon},
			{"at", time.Time{}, late, late},
			{"at-later", soon, late, late},
			{"own-later", late, soon, late},
			{"past", time.Time{}, time.Now().Add(-time.Hour), time.Time{}},
		} {
			item := order(c.name)
			item.NotBefore = c.own
			var opts []enqueue.Option
			if !c.at.IsZero() {
				opts = append(opts, enqueue.At(c.at))
			}
			receipt, err := w.client.Enqueue(t.Context(), item, opts...)
			r, got := w.client.Get(t.Context(), "", c.name)
			if err != nil || got != nil {
				t.Errorf("%s: got %v, %v", c.name, err, got)
			}
			if c.name == "past" {
				if !r.DueAt.IsZero() {
					t.Errorf("past: got due at %v, want now", r.DueAt)
				}
				continue
			}
			if !receipt.NotBefore.Equal(c.want) || !r.Campaign.NotBefore.Equal(c.want) {
				t.Errorf("%s: got not before %v on the receipt and %v on the campaign, want %v", c.name, receipt.NotBefore, r.Campaign.NotBefore, c.want)
			}
			// asynq knows whole seconds: never earlier than asked for.
			if r.DueAt.Before(c.want) || r.DueAt.Sub(c.want) > time.Second {
				t.Errorf("%s: got due at %v, want %v rounded up", c.name, r.DueAt, c.want)
			}
		}
		if got := w.waiting(t, campaign.StageCreate); !slices.Equal(got, []string{"past"}) {
			t.Errorf("due now: got %q, want only the past one", got)
		}
	})
}

// A bad option is reported before any campaign is read.
func TestOptionsMayFail(t *testing.T) {
	t.Parallel()
	w := onMini(t)
	taken, results := 0, 0
	for _, err := range w.client.EnqueueAll(t.Context(), unending(&taken), enqueue.At(time.Time{})) {
		results++
		if err == nil {
			t.Error("got no error for the zero time, want one")
		}
	}
	if taken != 0 || results != 1 {
		t.Errorf("got %d results and %d campaigns taken, want 1 and none", results, taken)
	}
}
