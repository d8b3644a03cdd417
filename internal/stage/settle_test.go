package stage

import (
	"testing"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/record"
)

// The ledger counts an accepted create once.
func TestAnAcceptedCreateIsCountedOnce(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	counting := 0
	b.redis.meddle = func(ch record.Change) {
		if ch.Counts.CreateAccepted {
			counting++
		}
	}
	b.drain(b.runner)
	b.is("sent", 1)
	if counting != 1 {
		t.Errorf("writes that count an accepted create: got %d, want 1", counting)
	}
}

func TestUnansweredConfirmIsFoundOut(t *testing.T) {
	t.Parallel()
	ready := record.Outcome{Class: record.ClassOK, Progress: record.ProgressReady}
	for _, c := range []struct {
		name       string
		carriedOut bool
		afterSend  record.Outcome
		state      string
		calls      string
	}{
		{"it had not arrived", false, record.Outcome{}, "sent tried", "create status status confirm status confirm"},
		{"it had, and status says so", true, record.Outcome{Class: record.ClassDone, Code: 132}, "sent tried", "create status status confirm status"},
		{"it had, and status still says ready", true, ready, "sent tried", "create status status confirm status confirm"},
		{"it had, and status knows nothing of it", true, refusal131(), "dead tried maybe", "create status status confirm status"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			b.api.wrong = once(campaign.CallConfirm, &misstep{carriedOut: c.carriedOut, out: record.Outcome{Class: record.ClassUnanswered}})
			b.api.afterSend = c.afterSend
			b.api.during = func(record.Request) {
				if r := b.record(); r.ConfirmTried && !r.MaybeConfirmed {
					t.Error("a confirm may have arrived, and the record does not say so")
				}
			}
			b.drain(b.runner)
			b.is(c.state, 1)
			if got := b.calls(); got != c.calls {
				t.Errorf("calls: got %q, want %q", got, c.calls)
			}
		})
	}
}

// The very moment: the flag is set after the worker decided on the settle into
// awaiting_approval and before it is written, and the other way round.
func TestApprovalRacesTheSettle(t *testing.T) {
	t.Parallel()
	b := newBench(t, manual)
	b.redis.meddle = func(ch record.Change) {
		if ch.After.State != campaign.StateAwaitingApproval {
			return
		}
		b.redis.meddle = nil
		if err := b.approve(); err != nil {
			t.Error(err)
		}
	}
	b.drain(b.runner)
	b.is("sent approved", 1)
	if b.redis.meddle != nil {
		t.Error("the race never took place")
	}
}
