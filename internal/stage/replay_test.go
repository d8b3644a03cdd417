package stage

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/octoq/octoq/campaign"
)

// deadBench is a bench whose campaign died in the way told.
func deadBench(t *testing.T, call campaign.Call, answers string) *bench {
	t.Helper()
	b := newBench(t)
	b.api.wrong = once(call, &misstep{out: answer(t, answers)})
	b.drain(b.runner)
	if got := b.record().State; got != campaign.StateDead {
		t.Fatalf("got %s, want dead: %s", got, b.story())
	}
	return b
}

// run runs the letter as "Run" does, with its content edited.
func (b *bench) run(edit func(c *campaign.Campaign)) Result {
	b.t.Helper()
	l, there := b.redis.letter()
	if !there {
		b.t.Fatalf("there is no letter: %s", b.story())
	}
	c := *l.letter
	if edit != nil {
		edit(&c)
	}
	l.letter = &c
	on := b.redis.runID
	b.redis.take(l)
	res := b.handle(b.t.Context(), b.runner, l)
	b.redis.finish(l, res, on)
	return res
}

func TestReplayOfAnEditedLetter(t *testing.T) {
	t.Parallel()
	b := deadBench(t, campaign.CallCreate, "rejected 121")
	res := b.run(func(c *campaign.Campaign) { c.Text = "Summer is near. STOP at 30101" })
	if !res.Done {
		t.Fatalf("got %+v, want done", res)
	}
	r := b.record()
	if r.State != campaign.StateQueued || r.Run != 2 || r.Try != 1 || r.Attempts.Create != 0 || r.Failure != nil || r.Campaign.Text != "Summer is near. STOP at 30101" {
		t.Errorf("the next run begins as %+v", r)
	}
	b.drain(b.runner)
	b.is("sent", 1)
	if ids := requestIDs(b); len(ids) != 2 || ids[0] == ids[1] {
		t.Errorf("request_ids: got %q, want one for each run", ids)
	}
	if _, there := b.redis.letter(); there {
		t.Error("the letter is still there")
	}
}

// The ticket of the run before was never confirmed; it is cancelled.
func TestReplayCancelsTheOldTicket(t *testing.T) {
	t.Parallel()
	b := deadBench(t, campaign.CallStatus, "ok failed")
	b.run(nil)
	b.drain(b.runner)
	b.is("sent", 1)
	r := b.record()
	if r.Ticket != "T2" || len(r.Orphans) != 1 || r.Orphans[0].Ticket != "T1" || !r.Orphans[0].Cancelled || b.api.tickets[0] != ticketCancelled {
		t.Errorf("got ticket %s and orphans %+v, want T2, and T1 cancelled", r.Ticket, r.Orphans)
	}
}

func TestReplayKeepsWhatMustBeKept(t *testing.T) {
	t.Parallel()
	rec, m, _ := given(t, "dead maybe")
	rec.Origin, rec.Forced, rec.Epoch, rec.Try = "redis-before", true, 4, 3
	rec.LostRequests, rec.ForcedRuns = []string{"lost"}, []int{1}
	rec.Orphans = []campaign.Orphan{{Ticket: "T0", Cancelled: true}}
	rec.Failure = &campaign.Failure{Class: campaign.FailDuplicate}
	d := replay(rec, testCampaign(), m, "ann")
	got := d.Record
	if got.Origin != rec.Origin || !got.EnqueuedAt.Equal(rec.EnqueuedAt) {
		t.Errorf("got origin %q at %v: neither replay nor edit renews it", got.Origin, got.EnqueuedAt)
	}
	if !got.MaybeConfirmed || !slices.Equal(got.ForcedRuns, []int{1, 2}) || got.Forced {
		t.Errorf("got mark %v, forced runs %v, force %v, want true, [1 2] and the force used up", got.MaybeConfirmed, got.ForcedRuns, got.Forced)
	}
	if len(got.Orphans) != 2 || got.Orphans[1].Ticket != "T1" || !slices.Equal(got.LostRequests, rec.LostRequests) {
		t.Errorf("got orphans %v, lost %v, want T0, T1 and those lost before", got.Orphans, got.LostRequests)
	}
	if got.Run != 2 || got.Step != rec.Step+1 || got.Epoch != 0 || got.Try != 1 || got.Revision != rec.Revision {
		t.Errorf("got run %d step %d epoch %d try %d, want 2, %d, 0, 1", got.Run, got.Step, got.Epoch, got.Try, rec.Step+1)
	}
	if len(rec.Orphans) != 1 || len(rec.ForcedRuns) != 1 {
		t.Error("the record that it was decided on was changed")
	}
	if same := replay(got, testCampaign(), m, "ann").Orphans; len(same) != 2 {
		t.Errorf("orphans: got %v, want no ticket twice", same)
	}
}

// A refused replay stores a new letter before the old one is done, so that
// there is one at any time, with the edited content.
func TestRefusedReplayWritesTheLetterFirst(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		letter func(l *Letter)
		keeps  bool // the edited content
		why    string
	}{
		{"still invalid", func(l *Letter) { l.Campaign.Text = "" }, true, "text"},
		{"another's id", func(l *Letter) { l.Campaign.ID = "autumn" }, false, "default/spring"},
		{"another's account", func(l *Letter) { l.Campaign.Account = "other" }, false, "default/spring"},
		{"unreadable", func(l *Letter) { l.Fault = errors.New("line 3: unknown field") }, false, "line 3"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			b := deadBench(t, campaign.CallCreate, "rejected 121")
			old, _ := b.redis.letter()
			l := Letter{Account: b.c.Account, ID: b.c.ID, Step: old.step, Campaign: *old.letter}
			c.letter(&l)
			before := b.record()
			res := b.runner.Replay(t.Context(), l)
			fresh, there := b.redis.letter()
			if !res.Done || !there || fresh.key == old.key {
				t.Fatalf("got %+v with letter %q after %q, want done with a new letter", res, fresh.key, old.key)
			}
			r := b.record()
			if r.State != campaign.StateDead || r.Run != before.Run || r.Step != before.Step || r.Epoch != before.Epoch+1 || r.MaybeConfirmed != before.MaybeConfirmed {
				t.Errorf("the record became %s, run %d, step %d, epoch %d", state(r), r.Run, r.Step, r.Epoch)
			}
			last := r.Timeline[len(r.Timeline)-1]
			if last.What != "replay_refused" || !strings.Contains(last.Why, c.why) {
				t.Errorf("told: got %+v, want the reason, with %q", last, c.why)
			}
			if edited := r.Campaign.Text == l.Campaign.Text && r.Campaign.ID == l.Campaign.ID && l.Fault == nil && l.Campaign.Account == r.Account(); edited != c.keeps {
				t.Errorf("edited content kept: got %v, want %v", edited, c.keeps)
			}
			if !slices.Contains(b.cuts, "after bury") || len(b.api.calls) != 1 {
				t.Errorf("got cuts %v and calls %q, want a burial and no call", b.cuts, b.calls())
			}
		})
	}
}

func TestMaybeConfirmedIsReplayedByForceOnly(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.api.afterSend = refusal131()
	b.api.wrong = once(campaign.CallConfirm, &misstep{carriedOut: true, out: campaign.Outcome{Class: campaign.ClassUnanswered}})
	b.drain(b.runner)
	b.is("dead tried maybe", 1)

	if res := b.run(nil); !res.Done {
		t.Fatalf("refused: got %+v, want done", res)
	}
	b.drain(b.runner)
	b.is("dead tried maybe", 1)

	force := func(r campaign.Record) (campaign.Record, []campaign.Entry, error) { return r.Force("ann") }
	if err := b.command(force); err != nil {
		t.Fatal(err)
	}
	if res := b.run(nil); !res.Done {
		t.Fatalf("forced: got %+v, want done", res)
	}
	b.drain(b.runner)
	b.is("sent maybe", 2)
	if r := b.record(); !slices.Equal(r.ForcedRuns, []int{2}) {
		t.Errorf("forced runs: got %v, want [2] on record", r.ForcedRuns)
	}
}

// Force is good for one run: when that one dies, it is asked for again.
func TestForceIsGoodForOneRun(t *testing.T) {
	t.Parallel()
	b := deadBench(t, campaign.CallCreate, "duplicate 120")
	force := func(r campaign.Record) (campaign.Record, []campaign.Entry, error) { return r.Force("ann") }
	if err := b.command(force); err != nil {
		t.Fatal(err)
	}
	b.api.wrong = once(campaign.CallCreate, &misstep{out: answer(t, "rejected 121")})
	b.run(nil)
	b.drain(b.runner)
	b.is("dead maybe", 0)
	b.run(nil)
	b.drain(b.runner)
	b.is("dead maybe", 0)
	if got := b.record().Run; got != 2 {
		t.Errorf("run: got %d, want 2: the replay without force is refused", got)
	}
}

// A doubtful campaign that died because it was too late to create it is sent
// by force: it would be too late for ever.
func TestForceHelpsAForgottenCampaign(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.redis.forget(0)
	b.redis.moment()
	b.clock.advance(25 * time.Hour)
	b.drain(b.runner)
	b.is("dead maybe", 0)
	if f := b.record().Failure; f == nil || f.Class != campaign.FailForgotten {
		t.Fatalf("got failure %+v, want forgotten", f)
	}
	force := func(r campaign.Record) (campaign.Record, []campaign.Entry, error) { return r.Force("ann") }
	if err := b.command(force); err != nil {
		t.Fatal(err)
	}
	b.run(nil)
	b.drain(b.runner)
	b.is("sent maybe", 1)
}

func TestLettersThatArePast(t *testing.T) {
	t.Parallel()
	b := deadBench(t, campaign.CallCreate, "rejected 121")
	old, _ := b.redis.letter()
	l := Letter{Account: b.c.Account, ID: b.c.ID, Step: old.step, Campaign: *old.letter}
	stale := l
	stale.Step.Step--
	if res := b.runner.Replay(t.Context(), stale); !res.Done || b.record().Run != 1 {
		t.Errorf("of another death: got %+v and run %d, want done and nothing begun", res, b.record().Run)
	}
	b.run(nil)
	b.drain(b.runner)
	b.is("sent", 1)
	if res := b.runner.Replay(t.Context(), l); !res.Done {
		t.Errorf("run twice: got %+v, want done", res)
	}
	b.drain(b.runner)
	b.is("sent", 1)
}

// Purged while its letter is being run, or while a late call is in flight.
func TestPurgeMeanwhile(t *testing.T) {
	t.Parallel()
	b := deadBench(t, campaign.CallCreate, "rejected 121")
	purged := false
	b.redis.meddle = func(campaign.Change) {
		b.redis.meddle, purged = nil, true
		delete(b.redis.records, b.c.Account+"/"+b.c.ID)
	}
	if res := b.run(nil); !res.Done || !purged {
		t.Errorf("under the letter: got %+v, purged %v, want done", res, purged)
	}
	if len(b.redis.records)+len(b.redis.tasks) != 0 {
		t.Errorf("left over: %v, %v", b.redis.records, b.redis.tasks)
	}

	b = newBench(t)
	b.api.during = func(campaign.Request) {
		b.clock.advance(2 * time.Minute)
		delete(b.redis.records, b.c.Account+"/"+b.c.ID)
		delete(b.redis.tasks, firstKey)
	}
	if res, _ := b.step(t.Context(), b.runner); res.Done {
		t.Errorf("under a call: got %+v, want again", res)
	}
	if len(b.redis.records) != 0 {
		t.Error("the late answer brought a purged campaign back")
	}
}

func TestTombstoneIsNotReplayed(t *testing.T) {
	t.Parallel()
	b := deadBench(t, campaign.CallCreate, "duplicate 120")
	l, _ := b.redis.letter()
	b.redis.records[b.c.Account+"/"+b.c.ID] = b.record().Tombstone()
	if res := b.handle(t.Context(), b.runner, l); !res.Done {
		t.Errorf("got %+v, want done", res)
	}
	b.is("purged maybe", 0)
}

// Whatever request is lost while a letter is run, and whatever it comes to,
// the campaign is never without a wake-up or a letter.
func TestReplayWithLostRequests(t *testing.T) {
	t.Parallel()
	for name, edit := range map[string]func(*campaign.Campaign){"replayed": nil, "refused": func(c *campaign.Campaign) { c.Text = "" }} {
		for _, op := range []string{"load", "commit", "put", "bury"} {
			for _, what := range []trouble{lostRequest, lostReply, repeated} {
				b := deadBench(t, campaign.CallStatus, "ok failed")
				b.redis.trouble = counted(op, 0, what, new(int))
				b.run(edit)
				b.settleDown()
				_, letter := b.redis.letter()
				switch r := b.record(); {
				case edit == nil && (r.State != campaign.StateSent || b.api.sent() != 1):
					t.Errorf("%s, %s, trouble %d: got %s: %s", name, op, what, r.State, b.story())
				case edit != nil && (r.State != campaign.StateDead || !letter):
					t.Errorf("%s, %s, trouble %d: got %s with letter %v: %s", name, op, what, r.State, letter, b.story())
				}
			}
		}
	}
}
