package stage

import (
	"testing"
	"time"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/record"
	"github.com/octoq/octoq/internal/recordtest"
)

// TestModelOfForgetting is the model's play about what Redis may have forgotten:
// losses, the same campaign once more, deaths, edits, replays and days that pass come
// in quick succession, and little else goes wrong.
func TestModelOfForgetting(t *testing.T) {
	t.Parallel()
	for seed := range plays(t, 300) {
		w := newWorld(seeded(seed), "", forgetful)
		if v := w.play(steps); v != "" {
			t.Fatalf("seed %d: %s\n%s", seed, v, w.fullStory())
		}
	}
}

// forgetful makes a world of such plays.
func forgetful(w *world) {
	w.forgets, w.redis.depth = 1+w.dice.roll("losses", 2), 60
	w.apiOdds, w.redisOdds, w.policy.Manual, w.c.MaxCost = 4, 1000, false, 0
	w.cancels, w.holding, w.together = w.dice.roll("cancels", 4) == 3, false, false
	w.often = map[string]int{
		"go on": 20, "take a task": 4, "finish": 40, "time passes": 2, "crash": 1, "freeze": 0, "stop": 0, "operator": 2,
		"edit": 4, "replay": 12, "forget": 6, "lose everything": 4, "enqueue again": 12, "the retention ends": 1,
		"the price changes": 0, "a long time": 3, "purge": 2, "restart": 1, "vouch": 2,
	}
}

// The forgotten life went on with the ticket, deleted it in a later run, and sent the
// next. A second delete is answered that the API does not know it.
func TestForgottenDeleteIsNoProof(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.redis.depth, b.runner.Policy.Deadline, b.api.slow = 1, time.Hour, true
	replayEdited := func() {
		t.Helper()
		edit := func(r record.Record) (record.Record, []campaign.Entry, error) {
			c := r.Campaign
			c.Text = "Summer is near. STOP at 30101"
			return r.Edit(c, "ann")
		}
		if err := b.command(edit); err != nil {
			t.Fatal(err)
		}
		b.run(nil)
		b.drain(b.runner)
	}
	b.drain(b.runner)
	b.is("dead", 0)
	died := b.redis.now()

	b.run(nil)
	b.drain(b.runner)
	b.is("dead", 0)
	b.api.slow = false
	replayEdited()
	if r := b.record(); r.State != campaign.StateSent || r.Ticket != "T2" || r.Run != 3 {
		t.Fatalf("the life to forget: got %s with %s in run %d, want T2 sent in run 3", recordtest.State(r), r.Ticket, r.Run)
	}

	b.redis.kept = died
	b.redis.forget(0)
	replayEdited()
	b.is("dead", 1)
}

// A first create that has waited for longer than records are kept may be of a campaign
// that was cancelled meanwhile, and whose record is gone.
func TestFirstCreateOlderThanTheRecordsIsNotBegun(t *testing.T) {
	t.Parallel()
	const days = 24 * time.Hour
	for _, c := range []struct {
		name         string
		due, waiting time.Duration
		want         string
		sent         int
	}{
		{"older", 0, 91 * days, "dead", 0},
		{"not so old", 0, 89 * days, "sent", 1},
		{"it was not due before", 60 * days, 91 * days, "sent", 1},
	} {
		b := newBench(t, func(b *bench) {
			b.runner.Policy.Retention = retention
			b.c.NotBefore = b.clock.Now().Add(c.due)
		})
		b.redis.vouch(b.c.Account)
		b.clock.advance(c.waiting)
		b.drain(b.runner)
		b.is(c.want, c.sent)
	}
}

// The forgotten life was sent. The one after it is refused and replayed: it asks the
// question that the API remembers.
func TestReplayAsksTheForgottenQuestion(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.drain(b.runner)
	b.is("sent", 1)
	b.redis.lose()
	b.redis.enqueue(b.c, false)
	b.api.wrong = once(campaign.CallCreate, &misstep{out: recordtest.Answer(t, "rejected 121")})
	b.drain(b.runner)
	b.is("dead unanswered", 1)
	b.run(nil)
	b.drain(b.runner)
	b.is("dead unanswered maybe", 1)
}
