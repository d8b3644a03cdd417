package enqueue_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/record"
)

// events are what a timeline says, in order.
func events(r campaign.Record) []string {
	var all []string
	for _, e := range r.Timeline {
		all = append(all, e.What)
	}
	return all
}

func (w *world) get(t *testing.T, id string) campaign.Record {
	t.Helper()
	r, err := w.client.Get(t.Context(), "", id)
	if err != nil {
		t.Fatalf("get %s: %v", id, err)
	}
	return r
}

// A campaign that no worker has touched is cancelled there and then; any other
// is marked, and its worker is woken by the cancel queue.
func TestCancel(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, w *world) {
		w.enqueue(t, order("q"))
		for range 2 { // twice is no error
			r, err := w.client.Cancel(t.Context(), "", "q")
			if err != nil || r.State != campaign.StateCancelled {
				t.Errorf("queued: got %s, %v, want cancelled", r.State, err)
			}
		}
		if got := events(w.get(t, "q")); !slices.Contains(got, "cancelled") || len(got) != 2 {
			t.Errorf("queued: got timeline %q, want asked for and cancelled, once", got)
		}
		for _, state := range []campaign.State{campaign.StateCreating, campaign.StateComputing, campaign.StateReady, campaign.StateAwaitingApproval, campaign.StateCancelling} {
			id := "in-" + string(state)
			w.enqueue(t, order(id))
			w.move(t, id, state)
			for range 2 {
				r, err := w.client.Cancel(t.Context(), "default", id)
				if err != nil || r.State != state || !r.CancelRequested {
					t.Errorf("%s: got %+v, %v, want it marked", state, r, err)
				}
			}
			step := w.get(t, id).Step
			if got, want := w.waiting(t, campaign.StageCancel), fmt.Sprintf("%s~1.%d.0", id, step); got[len(got)-1] != want {
				t.Errorf("%s: got wake-ups %q, want %q once", state, got, want)
			}
		}
		if got := len(w.waiting(t, campaign.StageCancel)); got != 5 {
			t.Errorf("wake-ups: got %d, want one for each of 5", got)
		}
	})
}

func TestCancelTooLate(t *testing.T) {
	t.Parallel()
	w := onMini(t)
	for _, state := range []campaign.State{campaign.StateConfirming, campaign.StateSent, campaign.StateSimulated, campaign.StateDead} {
		id := "in-" + string(state)
		w.enqueue(t, order(id))
		w.move(t, id, state)
		_, err := w.client.Cancel(t.Context(), "", id)
		var e *campaign.StateError
		if !errors.As(err, &e) || !errors.Is(err, campaign.ErrState) || e.State != state || e.ID != id {
			t.Errorf("%s: got %v, want a StateError that says so", state, err)
		}
		if w.get(t, id).CancelRequested {
			t.Errorf("%s: it was marked all the same", state)
		}
	}
	if got := w.waiting(t, campaign.StageCancel); len(got) != 0 {
		t.Errorf("wake-ups: got %q, want none", got)
	}
}

func TestOperateOnUnknownCampaigns(t *testing.T) {
	t.Parallel()
	w := onMini(t)
	w.enqueue(t, order("a"))
	for name, do := range map[string]func(context.Context, string, string) (campaign.Record, error){
		"cancel": w.client.Cancel,
		"approve": func(ctx context.Context, account, id string) (campaign.Record, error) {
			return w.client.Approve(ctx, account, id, campaign.UpTo(campaign.Euro))
		},
	} {
		for _, key := range [][2]string{{"", "unknown"}, {"shop", "a"}, {"", "no id"}, {"No Account", "a"}} {
			if _, err := do(t.Context(), key[0], key[1]); !errors.Is(err, campaign.ErrNotFound) {
				t.Errorf("%s %q: got %v, want ErrNotFound", name, key, err)
			}
		}
	}
}

// An approval is noted in every state before the end, and wakes a campaign that
// waits for it; approving once more wakes it once more.
func TestApprove(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, w *world) {
		for _, state := range []campaign.State{campaign.StateQueued, campaign.StateCreating, campaign.StateComputing, campaign.StateReady, campaign.StateAwaitingApproval} {
			id := "in-" + string(state)
			w.enqueue(t, order(id))
			if state != campaign.StateQueued {
				w.move(t, id, state)
			}
			for range 2 {
				if r, err := w.client.Approve(t.Context(), "", id, campaign.UpTo(campaign.Euro)); err != nil || !r.Approved || r.State != state {
					t.Errorf("%s: got %+v, %v, want it approved", state, r, err)
				}
			}
			r := w.get(t, id)
			if got := events(r); !r.Approved || got[len(got)-1] != "approved" {
				t.Errorf("%s: got approved %t, timeline %q", state, r.Approved, got)
			}
			for _, e := range r.Timeline {
				if e.What == "approved" && e.Who != "tester" {
					t.Errorf("%s: got it approved by %q, want tester", state, e.Who)
				}
			}
		}
		step := w.get(t, "in-awaiting_approval").Step
		want := []string{fmt.Sprintf("in-awaiting_approval~1.%d.0", step)}
		if got := w.waiting(t, campaign.StageConfirm); !slices.Equal(got, want) {
			t.Errorf("wake-ups: got %q, want %q", got, want)
		}
		// A wake-up that was lost is repeated.
		if err := w.rdb.Del(t.Context(), "asynq:{default.confirm}:pending", "asynq:{default.confirm}:t:"+want[0]).Err(); err != nil {
			t.Fatalf("lose the wake-up: %v", err)
		}
		if _, err := w.client.Approve(t.Context(), "", "in-awaiting_approval", campaign.UpTo(campaign.Euro)); err != nil {
			t.Errorf("approve again: %v", err)
		}
		if got := w.waiting(t, campaign.StageConfirm); !slices.Equal(got, want) {
			t.Errorf("wake-ups after one was lost: got %q, want %q", got, want)
		}
		for _, state := range []campaign.State{campaign.StateSent, campaign.StateDead, campaign.StateCancelled, campaign.StateCancelling} {
			id := "too-late-" + string(state)
			w.enqueue(t, order(id))
			w.move(t, id, state)
			if _, err := w.client.Approve(t.Context(), "", id, campaign.UpTo(campaign.Euro)); !errors.Is(err, campaign.ErrState) {
				t.Errorf("%s: got %v, want ErrState", state, err)
			}
		}
	})
}

// between is a hook that does something once, between the look at a record and
// the write that was decided on it.
type between struct {
	do   func()
	done atomic.Bool
}

func (*between) DialHook(next redis.DialHook) redis.DialHook { return next }

func (*between) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return next
}

// ProcessHook knows the write by its keys: there are more of them than any
// look has.
func (b *between) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		if name := cmd.Name(); name == "evalsha" || name == "eval" {
			if n, ok := cmd.Args()[2].(int); ok && n >= 7 && b.done.CompareAndSwap(false, true) {
				b.do()
			}
		}
		return next(ctx, cmd)
	}
}

// The record moves on between look and write: what was asked for is decided
// again on what it has become, and is not lost.
func TestOperateWhileItMoves(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, w *world) {
		interrupted := func(id string, to campaign.State) *world {
			w.enqueue(t, order(id))
			rdb := redis.NewClient(w.rdb.Options())
			t.Cleanup(func() { _ = rdb.Close() })
			rdb.AddHook(&between{do: func() {
				if verdict, err := w.settle(t.Context(), id, to); err != nil || verdict != record.CommitApplied {
					t.Errorf("%s: the worker's write: got %s, %v", id, verdict, err)
				}
			}})
			return newWorld(t, rdb)
		}

		mine := interrupted("approved", campaign.StateAwaitingApproval)
		w.move(t, "approved", campaign.StateComputing)
		r, err := mine.client.Approve(t.Context(), "", "approved", campaign.UpTo(campaign.Euro))
		if err != nil || !r.Approved || r.State != campaign.StateAwaitingApproval {
			t.Errorf("approve: got %+v, %v, want it approved and awaiting_approval", r, err)
		}
		if got := w.waiting(t, campaign.StageConfirm); len(got) != 1 {
			t.Errorf("approve: got wake-ups %q, want one", got)
		}

		mine = interrupted("first", campaign.StateCreating) // the worker writes the first record
		r, err = mine.client.Cancel(t.Context(), "", "first")
		if err != nil || !r.CancelRequested || r.State != campaign.StateCreating {
			t.Errorf("cancel of a queued one that is taken up: got %+v, %v, want it marked", r, err)
		}
		if got := w.waiting(t, campaign.StageCancel); len(got) != 1 {
			t.Errorf("cancel: got wake-ups %q, want one", got)
		}

		mine = interrupted("late", campaign.StateConfirming)
		w.move(t, "late", campaign.StateReady)
		if _, err := mine.client.Cancel(t.Context(), "", "late"); !errors.Is(err, campaign.ErrState) {
			t.Errorf("cancel of one that is being confirmed: got %v, want ErrState", err)
		}
		if r := w.get(t, "late"); r.CancelRequested {
			t.Error("late: it was marked all the same")
		}
	})
}

// Many callers ask for the same at once, beside a worker that goes on: nothing is
// lost, and nothing is noted twice.
func TestOperateAtOnce(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, w *world) {
		const askers = 8
		w.enqueue(t, order("both"), order("cancelled"))
		w.move(t, "both", campaign.StateCreating)
		var group sync.WaitGroup
		for range askers {
			group.Go(func() {
				if _, err := w.client.Approve(t.Context(), "", "both", campaign.UpTo(campaign.Euro)); err != nil {
					t.Errorf("approve: %v", err)
				}
			})
			group.Go(func() {
				if _, err := w.client.Cancel(t.Context(), "", "cancelled"); err != nil {
					t.Errorf("cancel: %v", err)
				}
			})
		}
		group.Go(func() {
			for _, state := range []campaign.State{campaign.StateComputing, campaign.StateReady, campaign.StateAwaitingApproval} {
				for verdict := record.CommitStale; verdict == record.CommitStale; {
					var err error
					if verdict, err = w.settle(t.Context(), "both", state); err != nil {
						t.Errorf("settle: %v", err)
						return
					}
				}
			}
		})
		group.Wait()
		r := w.get(t, "both")
		if got := events(r); !r.Approved || r.State != campaign.StateAwaitingApproval || occurrences(got, "approved") != 1 {
			t.Errorf("both: got %s, approved %t, timeline %q", r.State, r.Approved, got)
		}
		if got := events(w.get(t, "cancelled")); occurrences(got, "cancelled") != 1 || occurrences(got, "cancel_requested") != 1 {
			t.Errorf("cancelled: got timeline %q, want each once", got)
		}
	})
}

func occurrences(all []string, s string) int {
	n := 0
	for _, a := range all {
		if a == s {
			n++
		}
	}
	return n
}

// An approval that would only make the campaign die is refused.
func TestApproveAfterItsTime(t *testing.T) {
	t.Parallel()
	ago := func(d time.Duration) time.Time { return time.Now().Add(-d).Truncate(time.Second) }
	onBoth(t, func(t *testing.T, w *world) {
		for id, tc := range map[string]struct {
			edit func(*campaign.Campaign)
			says string // nothing: it is approved
		}{
			"expired":      {func(c *campaign.Campaign) { c.ExpiresAt = ago(time.Hour) }, "its expires_at, "},
			"expires-soon": {func(c *campaign.Campaign) { c.ExpiresAt = ago(-time.Hour) }, ""},
			"late":         {func(c *campaign.Campaign) { c.SendAt, c.Late = ago(time.Hour), campaign.LateDead }, "its send_at, "},
			"a-bit-late":   {func(c *campaign.Campaign) { c.SendAt, c.Late = ago(time.Second), campaign.LateDead }, ""},
			"sent-late":    {func(c *campaign.Campaign) { c.SendAt, c.Late = ago(time.Hour), campaign.LateSend }, ""},
			"account-says": {func(c *campaign.Campaign) { c.SendAt = ago(time.Hour) }, ""},
		} {
			c := order(id)
			tc.edit(&c)
			w.enqueue(t, c)
			w.move(t, id, campaign.StateAwaitingApproval)
			_, err := w.client.Approve(t.Context(), "", id, campaign.UpTo(campaign.Euro))
			switch {
			case tc.says == "" && err != nil:
				t.Errorf("%s: got %v, want it approved", id, err)
			case tc.says != "" && (!errors.Is(err, campaign.ErrState) || !strings.Contains(err.Error(), tc.says) || !strings.Contains(err.Error(), "octoq cancel "+id)):
				t.Errorf("%s: got %v, want ErrState with %q and what to do", id, err, tc.says)
			}
			if r := w.get(t, id); r.Approved != (tc.says == "") {
				t.Errorf("%s: got approved %t afterwards", id, r.Approved)
			}
		}
	})
}
