package stage

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/lifecycle"
	"github.com/octoq/octoq/internal/record"
)

// A process that was frozen during a create has no time left for the call, and
// a ticket in hand: it is written down all the same.
func TestAnAnswerOutlivesTheTimeOfItsCall(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.runner.Policy.Claim = 30 * time.Millisecond
	b.runner.API = frozenAPI{b.api}
	b.step(t.Context(), b.runner)
	if got := b.record(); got.Ticket == "" && len(got.Orphans) == 0 {
		t.Errorf("got %s without its ticket: %+v", got.State, got)
	}
}

// frozenAPI answers a create when the time for it is up.
type frozenAPI struct{ API }

func (f frozenAPI) Do(ctx context.Context, r record.Request) record.Outcome {
	out := f.API.Do(ctx, r)
	if r.Call == campaign.CallCreate {
		<-ctx.Done()
	}
	return out
}

// An answer is kept while Redis is away for longer than a claim lasts, and no
// longer than a claim once the process is asked to stop.
func TestAnAnswerIsKeptWhileRedisIsAway(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := &Runner{Policy: lifecycle.Policy{Claim: 17 * time.Second}}
		stopping, stop := context.WithCancel(t.Context())
		kept, done := r.settleContext(stopping)
		defer done()
		after := func(d time.Duration) error {
			<-time.After(d)
			synctest.Wait()
			return kept.Err()
		}
		if err := after(4 * time.Minute); err != nil {
			t.Errorf("after four minutes: got %v, want it kept", err)
		}
		stop()
		if err := after(16 * time.Second); err != nil {
			t.Errorf("16 s after the stop: got %v, want it kept", err)
		}
		if err := after(2 * time.Second); err == nil {
			t.Error("18 s after the stop: got it kept, want an end")
		}
	})
}
