package stage

import (
	"testing"
	"time"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/record"
)

// overtake makes the claim of a call run out while it is in flight; another
// worker then carries the campaign to its end.
func overtake(b *bench, call campaign.Call, takenOver bool) {
	other := b.worker("worker-2")
	b.api.during = func(r record.Request) {
		if r.Call != call {
			return
		}
		b.api.during = nil
		b.clock.advance(2 * time.Minute)
		if takenOver {
			b.redis.sweep(noneHeld)
			b.drain(other)
		}
	}
}

func TestOvertakenCreateLeavesAnOrphan(t *testing.T) {
	t.Parallel()
	for name, takenOver := range map[string]bool{"taken over": true, "expired, and not taken over": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			overtake(b, campaign.CallCreate, takenOver)
			b.drain(b.runner)
			b.is("sent lost try=2", 1)
			r := b.record()
			if r.Ticket != "T2" || len(r.Orphans) != 1 || r.Orphans[0].Ticket != "T1" || !r.Orphans[0].Cancelled {
				t.Errorf("got ticket %s and orphans %+v, want T2, and T1 cancelled", r.Ticket, r.Orphans)
			}
			if b.api.tickets[0] != ticketCancelled {
				t.Error("the orphan was left at the API")
			}
		})
	}
}

func TestOvertakenConfirmChangesNothing(t *testing.T) {
	t.Parallel()
	for name, takenOver := range map[string]bool{"taken over": true, "expired, and not taken over": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			overtake(b, campaign.CallConfirm, takenOver)
			var late JobResult
			for range 20 {
				res, more := b.step(t.Context(), b.runner)
				if b.api.during == nil && late == (JobResult{}) {
					late = res
				}
				if !more {
					break
				}
			}
			b.is("sent tried", 1)
			if late.Done {
				t.Error("the overtaken worker said done, want again")
			}
		})
	}
}

// An answer that comes in the moment after the claim ran out changes no state,
// and is read as unanswered by the next worker.
func TestExpiredClaimIsReadAsUnanswered(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	overtake(b, campaign.CallCreate, false)
	if res, _ := b.step(t.Context(), b.runner); res.Done {
		t.Error("got done, want again")
	}
	b.is("creating", 0)
	if r := b.record(); r.Ticket != "" || len(r.Orphans) != 1 || r.Claim == nil {
		t.Errorf("got ticket %q, orphans %v, claim %v, want no ticket, T1 and the claim as it was", r.Ticket, r.Orphans, r.Claim)
	}
	b.drain(b.runner)
	b.is("sent lost try=2", 1)
}
