package enqueue_test

import (
	"crypto/rand"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/queue"
	"github.com/octoq/octoq/internal/record"
)

// A rejected campaign is cancelled as by Cancel, and says who said no and why.
func TestRejectCampaign(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, w *world) {
		for _, state := range []campaign.State{campaign.StateQueued, campaign.StateAwaitingApproval} {
			id := "in-" + string(state)
			w.enqueue(t, order(id))
			want := campaign.StateCancelled
			if state != campaign.StateQueued {
				w.move(t, id, state)
				want = state
			}
			for _, reason := range []string{"too dear", "another reason"} { // twice is no error
				r, err := w.client.Reject(t.Context(), "", id, reason)
				if err != nil || r.State != want || !r.CancelRequested {
					t.Errorf("%s: got %+v, %v, want %s, to be cancelled", state, r, err, want)
				}
			}
			r := w.get(t, id)
			if r.RejectedBy != "tester" || r.RejectReason != "too dear" {
				t.Errorf("%s: got %q by %q, want the first reason", state, r.RejectReason, r.RejectedBy)
			}
			if e := lastOf(r, "rejected"); e.Who != "tester" || e.Why != "too dear" {
				t.Errorf("%s: got the timeline %+v, want who and why", state, r.Timeline)
			}
		}
		if got := w.waiting(t, campaign.StageCancel); len(got) != 1 {
			t.Errorf("wake-ups: got %q, want one, for the campaign that a worker has", got)
		}
	})
}

// What may have been sent cannot be cancelled. It is dead, and its letter is there.
func TestRejectAfterAConfirmWithoutAnAnswer(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, w *world) {
		w.enqueue(t, order("a"))
		w.move(t, "a", campaign.StateAwaitingApproval)
		w.confirmTried(t, "a")
		for range 2 {
			r, err := w.client.Reject(t.Context(), "", "a", "too dear")
			if err != nil || r.State != campaign.StateDead || !r.MaybeConfirmed || r.Failure.Class != campaign.FailDeclined || !r.Failure.MaybeConfirmed {
				t.Fatalf("got %+v, %v, want it dead, declined, maybe confirmed", r, err)
			}
		}
		r := w.get(t, "a")
		if r.RejectedBy != "tester" || r.Failure.At.IsZero() {
			t.Errorf("got %+v, want who rejected it, and when", r)
		}
		b, err := queue.NewLetters(w.rdb).At(t.Context(), r.Account(), "a", step(r))
		if err != nil || b.Task.Letter == nil || b.Task.Letter.Failure.Class != campaign.FailDeclined {
			t.Errorf("its letter: got %+v, %v, want it there", b, err)
		}
	})
}

func TestRejectRefused(t *testing.T) {
	t.Parallel()
	w := onMini(t)
	w.enqueue(t, order("a"), order("b"))
	for name, reason := range map[string]string{"no reason": "", "a long one": strings.Repeat("é", 501), "no text": "\xff"} {
		if _, err := w.client.Reject(t.Context(), "", "a", reason); !errors.Is(err, campaign.ErrInvalid) {
			t.Errorf("%s: got %v, want ErrInvalid", name, err)
		}
	}
	if _, err := w.client.CancelBecause(t.Context(), "", "a", strings.Repeat("é", 501)); !errors.Is(err, campaign.ErrInvalid) {
		t.Errorf("cancel with a long reason: got %v, want ErrInvalid", err)
	}
	if _, err := w.client.Reject(t.Context(), "", "none", "why"); !errors.Is(err, campaign.ErrNotFound) {
		t.Errorf("an unknown one: got %v, want ErrNotFound", err)
	}
	w.move(t, "b", campaign.StateSent)
	if _, err := w.client.Reject(t.Context(), "", "b", "why"); !errors.Is(err, campaign.ErrState) {
		t.Errorf("a sent one: got %v, want ErrState", err)
	}
}

// The reason of a cancel is in the timeline, that of the cancel of a replay too.
func TestCancelBecause(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, w *world) {
		w.enqueue(t, order("a"), order("b"))
		if _, err := w.client.CancelBecause(t.Context(), "", "a", "a wrong list"); err != nil {
			t.Fatal(err)
		}
		if e := lastOf(w.get(t, "a"), "cancel_requested"); e.Why != "a wrong list" {
			t.Errorf("got %+v, want the reason", e)
		}
		w.move(t, "b", campaign.StateDead)
		w.askReplay(t, "b")
		if _, err := w.client.CancelBecause(t.Context(), "", "b", "not yet"); err != nil {
			t.Fatal(err)
		}
		if e := lastOf(w.get(t, "b"), "replay_cancelled"); e.Why != "not yet" {
			t.Errorf("of a replay: got %+v, want the reason", e)
		}
	})
}

// lastOf is the last entry of a kind.
func lastOf(r campaign.Record, what string) campaign.Entry {
	for _, e := range slices.Backward(r.Timeline) {
		if e.What == what {
			return e
		}
	}
	return campaign.Entry{}
}

// confirmTried notes that a confirm got no answer.
func (w *world) confirmTried(t *testing.T, id string) {
	t.Helper()
	w.write(t, id, func(r *record.Record) { r.ConfirmTried, r.MaybeConfirmed = true, true })
}

// ticket notes which ticket a campaign has.
func (w *world) ticket(t *testing.T, id, ticket string) {
	t.Helper()
	w.write(t, id, func(r *record.Record) { r.Ticket = ticket })
}

// write changes a record as a worker does.
func (w *world) write(t *testing.T, id string, change func(*record.Record)) {
	t.Helper()
	r, m, err := w.ledger.Load(t.Context(), campaign.DefaultAccount, id)
	if err != nil {
		t.Fatal(err)
	}
	after := r
	change(&after)
	ch := record.Change{Before: &r, After: after, RunID: m.RunID, Token: rand.Text(), Entries: []campaign.Entry{{What: "changed", Who: "worker"}}}
	if v, _, err := w.ledger.Commit(t.Context(), ch); v != record.CommitApplied {
		t.Fatalf("got %q, %v", v, err)
	}
}
