package stage

import (
	"testing"
	"time"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/record"
)

// notYet is a bench on the real ledger whose campaign is not enqueued yet, and whose
// Redis can fall back.
func notYet(t *testing.T) *bench {
	t.Helper()
	b := newBench(t, keptByRedis(t))
	b.redis.depth = 1
	delete(b.redis.tasks, firstKey)
	return b
}

// fallBack is a Redis that comes up with what it had before.
func (b *bench) fallBack(to kept) {
	b.redis.kept = to
	b.redis.real.restore(to.dump)
	b.redis.forget(0)
}

// pass lets time pass on an account that workers look at, or that none looks at.
func (b *bench) pass(d time.Duration, served bool) {
	const every = time.Minute
	for ; d > 0; d -= every {
		b.clock.advance(every)
		if served {
			b.redis.read(b.c.Account, b.c.ID)
		}
	}
}

// An account is idle for two days before Redis is replaced. Its stamp says how late a
// forgotten create may have been. If a worker has kept the stamp up to date, campaigns
// that cannot be affected go on; if it is two days old, a person decides.
func TestAccountIdleForTwoDays(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		served, lost bool
		state        string
	}{
		"served, lost":       {true, true, "dead unanswered maybe"},
		"served, replaced":   {true, false, "sent"},
		"unserved, lost":     {false, true, "awaiting_approval"},
		"unserved, replaced": {false, false, "awaiting_approval"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := notYet(t)
			b.pass(48*time.Hour, c.served)
			before, sent := b.redis.now(), 0
			if c.lost {
				b.redis.enqueue(b.c, false)
				b.drain(b.runner)
				b.is("sent", 1)
				sent = 1
			}
			b.fallBack(before)
			b.clock.advance(time.Minute)
			b.redis.read(b.c.Account, b.c.ID)
			b.redis.enqueue(b.c, false)
			b.api.wrong = once(campaign.CallCreate, &misstep{out: record.Outcome{Class: record.ClassTransient, HTTPStatus: 503}})
			b.drain(b.runner)
			if c.state == "sent" {
				sent = 1
			}
			b.is(c.state, sent)
		})
	}
}

// A create is not answered, the account is held for half a day, "seen before" is rightly
// believed and the next request_id sent; then that is forgotten, and the first one is a
// day old before it is asked again: the API has forgotten it, too.
func TestForgottenAfterALongHold(t *testing.T) {
	t.Parallel()
	b := notYet(t)
	b.redis.enqueue(b.c, false)
	b.api.wrong = once(campaign.CallCreate, &misstep{carriedOut: true, out: record.Outcome{Class: record.ClassUnanswered}})
	b.step(t.Context(), b.runner)
	b.is("creating unanswered", 0)
	b.pass(12*time.Hour, true)
	before := b.redis.now()
	b.drain(b.runner)
	b.is("sent lost try=2", 1)
	b.fallBack(before)
	b.is("creating unanswered", 1)
	b.pass(13*time.Hour, true)
	b.drain(b.runner)
	b.is("awaiting_approval unanswered", 1)
	if r := b.record(); !r.WaitsForVouch() {
		t.Errorf("got waiting %q, want it to wait because Redis was replaced", r.Waiting)
	}
}
