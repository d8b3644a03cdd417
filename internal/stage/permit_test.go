package stage

import (
	"testing"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/lifecycle"
	"github.com/octoq/octoq/internal/recordtest"
)

// An account may have a single slot, which its process renews for as long as it
// is not given back: a step that panics does not keep it.
func TestPanicGivesThePermitBack(t *testing.T) {
	t.Parallel()
	for _, call := range []campaign.Call{campaign.CallCreate, campaign.CallStatus, campaign.CallConfirm} {
		for _, at := range []string{"before claim", "after claim", "before call", "after call", "before settle", "after settle"} {
			if call == campaign.CallStatus && (at == "before claim" || at == "after claim") {
				continue
			}
			point := at + " " + string(call)
			b := newBench(t)
			b.drainUntilPanic(point)
			if len(b.cuts) == 0 || b.cuts[len(b.cuts)-1] != point {
				t.Fatalf("%s was never passed: %q", point, b.cuts)
			}
			b.givesBackAll(point)
		}
	}
}

// What is asked behind the claim is no exception.
func TestPanicBehindTheClaimGivesThePermitBack(t *testing.T) {
	t.Parallel()
	const point = "the window"
	b := newBench(t, func(b *bench) {
		b.runner.Policy.Window = func(campaign.Campaign, string) (lifecycle.SendingWindow, error) {
			if n := len(b.cuts); n > 0 && b.cuts[n-1] == "after claim confirm" {
				panic(point) //nolint:forbidigo // what is tested
			}
			return nil, nil
		}
	})
	b.drainUntilPanic(point)
	b.givesBackAll(point)
}

// The same of a call for an orphan.
func TestPanicOverAnOrphanGivesThePermitBack(t *testing.T) {
	t.Parallel()
	for _, point := range []string{"before call cancel", "after call cancel", "before orphan"} {
		b := deadBench(t, campaign.CallStatus, "ok failed")
		b.api.wrong = once(campaign.CallCancel, &misstep{out: recordtest.Answer(t, "rejected 202")})
		b.run(nil) // a failed ticket that is not deleted becomes an orphan
		b.drainUntilPanic(point)
		b.givesBackAll(point)
	}
}

// drainUntilPanic handles what is due until a cut has panicked.
func (b *bench) drainUntilPanic(point string) {
	b.t.Helper()
	defer func() {
		if v := recover(); v != any(point) {
			b.t.Fatalf("%s: ended with %v", point, v)
		}
	}()
	b.onCut = func(_ int, p string) {
		if p == point {
			panic(p) //nolint:forbidigo // what is tested
		}
	}
	b.drain(b.runner)
}

// givesBackAll checks that each permit was given back once.
func (b *bench) givesBackAll(point string) {
	b.t.Helper()
	if b.gate.given == 0 || b.gate.given != len(b.gate.released) {
		b.t.Errorf("%s: %d permits were given and %d given back, want all", point, b.gate.given, len(b.gate.released))
	}
}
