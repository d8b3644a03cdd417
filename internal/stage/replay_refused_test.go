package stage

import (
	"testing"
	"time"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/recordtest"
)

// A replay that was refused marks nothing: once what was in its way is gone, the next
// one needs no force.
func TestRefusedReplayIsNoMark(t *testing.T) {
	t.Parallel()
	refused := func(t *testing.T, b *bench) {
		t.Helper()
		calls := b.api.made(campaign.CallCreate)
		b.run(nil)
		b.drain(b.runner)
		if got := b.record(); recordtest.State(got) != "dead" && recordtest.State(got) != "dead unanswered" || b.api.made(campaign.CallCreate) != calls {
			t.Fatalf("the first replay: got %s, want it refused, without a mark", recordtest.State(got))
		}
	}
	t.Run("too late, until an operator vouches", func(t *testing.T) {
		t.Parallel()
		b := deadBench(t, campaign.CallCreate, "rejected 121")
		b.redis.forget(0)
		b.redis.moment()
		b.clock.advance(25 * time.Hour)
		refused(t, b)
		b.redis.vouch(b.c.Account)
		b.run(nil)
		b.drain(b.runner)
		b.is("sent", 1)
	})
	t.Run("in doubt its ticket is unknown, until an operator vouches", func(t *testing.T) {
		t.Parallel()
		b := deadBench(t, campaign.CallStatus, "rejected 301")
		b.redis.forget(0)
		b.api.wrong = once(campaign.CallCancel, &misstep{out: refusal131()})
		refused(t, b)
		b.redis.vouch(b.c.Account)
		b.api.wrong = once(campaign.CallCancel, &misstep{out: refusal131()})
		b.run(nil)
		b.drain(b.runner)
		b.is("sent", 1)
	})
	t.Run("the delete of its ticket is refused, until it is deleted at Octopush", func(t *testing.T) {
		t.Parallel()
		b := deadBench(t, campaign.CallStatus, "rejected 301")
		b.api.wrong = once(campaign.CallCancel, &misstep{out: recordtest.Answer(t, "rejected 202")})
		refused(t, b)
		b.api.wrong = once(campaign.CallCancel, &misstep{out: refusal131()})
		b.run(nil)
		b.drain(b.runner)
		b.is("sent", 1)
	})
}
