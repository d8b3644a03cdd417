package stage

import (
	"errors"
	"fmt"
	"testing"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/record"
)

// A cancel that is accepted, whenever it comes, ends in cancelled without the
// help of the sweep, and a ticket that exists by then is deleted.
func TestCancelAtEveryPoint(t *testing.T) {
	t.Parallel()
	for _, mode := range []struct {
		name  string
		edits []func(*bench)
	}{{"auto", nil}, {"manual", []func(*bench){manual}}} {
		for n, point := range points(t, mode.edits...) {
			t.Run(fmt.Sprint(mode.name, " ", n, " ", point), func(t *testing.T) {
				t.Parallel()
				b := newBench(t, mode.edits...)
				var refused error
				b.onCut = func(at int, _ string) {
					if at == n {
						refused = b.cancel()
					}
				}
				b.drain(b.runner)
				if b.record().State == campaign.StateAwaitingApproval {
					if err := b.approve(); err != nil {
						t.Fatal(err)
					}
					b.drain(b.runner)
				}
				endsAsAsked(t, b, refused)
			})
		}
	}
}

func endsAsAsked(t *testing.T, b *bench, refused error) {
	t.Helper()
	r := b.record()
	if refused != nil {
		if !errors.Is(refused, campaign.ErrState) || r.State != campaign.StateSent {
			t.Errorf("refused with %v and %s, want a state error and sent", refused, r.State)
		}
		return
	}
	if r.State != campaign.StateCancelled || b.api.sent() != 0 {
		t.Errorf("got %s with %d tickets confirmed, want cancelled with none: %s", r.State, b.api.sent(), b.story())
	}
	for i, s := range b.api.tickets {
		if s != ticketCancelled {
			t.Errorf("ticket T%d was left at the API: %s", i+1, b.story())
		}
	}
}

func TestCancelBeforeAnyWorker(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	if err := b.cancel(); err != nil {
		t.Fatal(err)
	}
	b.drain(b.runner)
	b.is("cancelled cancel", 0)
	if len(b.api.calls) != 0 {
		t.Errorf("calls: got %q, want none", b.calls())
	}
}

func TestRefusedCancelIsNotSentByItself(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.api.wrong = once(campaign.CallCancel, &misstep{out: record.Outcome{Class: record.ClassRejected, Code: 202}})
	b.onCut = func(_ int, point string) {
		if point == "after call status" && b.api.made(campaign.CallStatus) == 2 {
			if err := b.cancel(); err != nil {
				t.Error(err)
			}
		}
	}
	b.drain(b.runner)
	b.is("awaiting_approval", 0)
	if err := b.cancel(); err != nil {
		t.Fatal(err)
	}
	b.drain(b.runner)
	b.is("cancelled cancel", 0)
}

// A ticket that the API does not delete waits for a person again, and no longer counts as rejected.
func TestRefusedCancelEndsTheRejection(t *testing.T) {
	t.Parallel()
	b := newBench(t, manual)
	b.api.wrong = once(campaign.CallCancel, &misstep{out: record.Outcome{Class: record.ClassRejected, Code: 202}})
	b.drain(b.runner)
	reject := func(r record.Record) (record.Record, []campaign.Entry, error) {
		return r.Reject("ann", "not this one", b.clock.Now())
	}
	for _, want := range []string{"awaiting_approval", "cancelled cancel"} { // the second delete is taken
		if err := b.command(reject); err != nil {
			t.Fatal(err)
		}
		b.drain(b.runner)
		b.is(want, 0)
		if r := b.record(); (r.RejectedBy == "ann") != r.State.Final() {
			t.Errorf("%s: got it rejected by %q", want, r.RejectedBy)
		}
	}
}
