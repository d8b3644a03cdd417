package stage

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/lifecycle"
	"github.com/octoq/octoq/internal/record"
	"github.com/octoq/octoq/internal/recordtest"
)

// deadBench is a bench whose campaign died because the API answered a call like that.
func deadBench(t *testing.T, call campaign.Call, answers string) *bench {
	t.Helper()
	b := newBench(t)
	b.api.wrong = once(call, &misstep{out: recordtest.Answer(t, answers)})
	b.drain(b.runner)
	if got := b.record().State; got != campaign.StateDead {
		t.Fatalf("got %s, want dead: %s", got, b.story())
	}
	return b
}

// run runs the letter as "Run" does, with its content edited.
func (b *bench) run(edit func(c *campaign.Campaign)) JobResult {
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

// The campaign of a letter that was edited by an older octoq, or by other tools, is the
// letter's.
func TestReplayOfAnEditedLetter(t *testing.T) {
	t.Parallel()
	b := deadBench(t, campaign.CallCreate, "rejected 121")
	res := b.run(func(c *campaign.Campaign) { c.Text = "Summer is near. STOP au 30101" })
	if !res.Done {
		t.Fatalf("got %+v, want done", res)
	}
	r := b.record()
	if r.State != campaign.StateQueued || r.Run != 2 || r.Try != 1 || r.Attempts.Create != 0 || r.Failure != nil || r.Campaign.Text != "Summer is near. STOP au 30101" {
		t.Errorf("the next run begins as %+v", r)
	}
	b.drain(b.runner)
	b.is("sent", 1)
	if ids := requestIDs(b); len(ids) != 2 || ids[0] != ids[1] {
		t.Errorf("request_ids: got %q, want the same question again: the API gave no ticket for it", ids)
	}
	if _, there := b.redis.letter(); there {
		t.Error("the letter is still there")
	}
}

// Once the record was edited, it says what is sent, whatever the letter says.
func TestReplayGoesByTheRecord(t *testing.T) {
	t.Parallel()
	b := deadBench(t, campaign.CallCreate, "rejected 121")
	edit := func(r record.Record) (record.Record, []campaign.Entry, error) {
		c := r.Campaign
		c.Text = "Summer is near. STOP au 30101"
		return r.Edit(c, "ann")
	}
	if err := b.command(edit); err != nil {
		t.Fatal(err)
	}
	b.run(func(c *campaign.Campaign) { c.Text = "Something else. STOP au 30101" })
	b.drain(b.runner)
	b.is("sent", 1)
	r := b.record()
	if r.Campaign.Text != "Summer is near. STOP au 30101" {
		t.Errorf("got text %q, want the one that the record was given", r.Campaign.Text)
	}
	who := map[string]string{}
	for _, e := range r.Timeline {
		who[e.What] = e.Who + " " + e.Why
	}
	if who["edited"] != "ann text" || !strings.HasPrefix(who["replayed"], "asynq") {
		t.Errorf("got %q, want edited by ann, and run with asynq's own tools", who)
	}
}

// The next run goes on with the ticket, if that can still be confirmed.
func TestReplayKeepsTheTicket(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.api.slow = true
	b.step(t.Context(), b.runner) // the create
	b.clock.advance(time.Minute)
	b.step(t.Context(), b.runner) // the first look
	b.clock.advance(25 * time.Hour)
	b.drain(b.runner)
	b.is("dead", 0)
	b.api.slow = false
	b.run(nil)
	if got := recordtest.State(b.record()); got != "computing" {
		t.Fatalf("got %s, want computing", got)
	}
	b.drain(b.runner)
	b.is("sent", 1)
	if r := b.record(); r.Ticket != "T1" || len(b.api.tickets) != 1 || r.Run != 2 {
		t.Errorf("got ticket %s of %d in run %d, want the one there is", r.Ticket, len(b.api.tickets), r.Run)
	}
}

// A ticket that the API called failed is deleted before the next create.
func TestReplayDeletesTheOldTicket(t *testing.T) {
	t.Parallel()
	b := deadBench(t, campaign.CallStatus, "ok failed")
	b.run(nil)
	if b.api.tickets[0] != ticketCancelled {
		t.Error("the old ticket was not deleted first")
	}
	b.drain(b.runner)
	b.is("sent", 1)
	r := b.record()
	if r.Ticket != "T2" || len(r.Orphans) != 1 || r.Orphans[0].Ticket != "T1" || !r.Orphans[0].Cancelled {
		t.Errorf("got ticket %s and orphans %+v, want T2, and T1 cancelled", r.Ticket, r.Orphans)
	}
	if ids := requestIDs(b); len(ids) != 2 || ids[0] == ids[1] {
		t.Errorf("request_ids: got %q, want a new one after a ticket", ids)
	}
}

// What the API answers to the delete of the old ticket decides.
func TestReplayGoesByTheAnswerOfTheDelete(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		answer string
		force  bool
		done   bool
		state  string
		calls  int // creates in all
	}{
		{"ok", false, true, "queued", 1},
		{"done 132", false, true, "sent elsewhere", 1},
		{"rejected 131", false, true, "queued", 1},
		{"rejected 202", false, true, "dead", 1},
		{"unknown", false, true, "dead", 1},
		{"rejected 202", true, true, "queued maybe", 1},
		{"done 132", true, true, "sent elsewhere", 1},
		{"unanswered", false, false, "dead", 1},
		{"throttled", false, false, "dead", 1},
		{"transient 126", false, false, "dead", 1},
		{"account 101", false, false, "dead", 1},
		{"not_sent", false, false, "dead", 1},
	} {
		b := deadBench(t, campaign.CallStatus, "rejected 301")
		if c.force {
			force := func(r record.Record) (record.Record, []campaign.Entry, error) {
				return r.RequestReplay("ann", "", true)
			}
			if err := b.command(force); err != nil {
				t.Fatal(err)
			}
		}
		b.api.wrong = once(campaign.CallCancel, &misstep{out: recordtest.Answer(t, c.answer)})
		if res := b.run(nil); res.Done != c.done {
			t.Errorf("%s: got %+v, want done %v", c.answer, res, c.done)
		}
		if got := recordtest.State(b.record()); got != c.state {
			t.Errorf("%s, by force %v: got %q, want %q", c.answer, c.force, got, c.state)
		}
		if got := b.api.made(campaign.CallCreate); got != c.calls {
			t.Errorf("%s: got %d creates before the queue was served, want %d", c.answer, got, c.calls)
		}
	}
}

// A refused replay stores a new letter before the old one is done, so that
// there is one at any time, with the edited content.
func TestRefusedReplayWritesTheLetterFirst(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		letter func(l *lifecycle.DeadLetter)
		keeps  bool // the edited content
		why    string
	}{
		{"still invalid", func(l *lifecycle.DeadLetter) { l.Campaign.Text = "" }, true, "text"},
		{"another's id", func(l *lifecycle.DeadLetter) { l.Campaign.ID = "autumn" }, false, "default/spring"},
		{"another's account", func(l *lifecycle.DeadLetter) { l.Campaign.Account = "other" }, false, "default/spring"},
		{"unreadable", func(l *lifecycle.DeadLetter) { l.Fault = errors.New("line 3: unknown field") }, false, "line 3"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			b := deadBench(t, campaign.CallCreate, "rejected 121")
			old, _ := b.redis.letter()
			l := lifecycle.DeadLetter{Account: b.c.Account, ID: b.c.ID, Step: old.step, Campaign: *old.letter}
			c.letter(&l)
			before := b.record()
			res := b.runner.Replay(t.Context(), l)
			fresh, there := b.redis.letter()
			if !res.Done || !there || fresh.key == old.key {
				t.Fatalf("got %+v with letter %q after %q, want done with a new letter", res, fresh.key, old.key)
			}
			r := b.record()
			if r.State != campaign.StateDead || r.Run != before.Run || r.Step != before.Step || r.Epoch != before.Epoch+1 || r.MaybeConfirmed != before.MaybeConfirmed {
				t.Errorf("the record became %s, run %d, step %d, epoch %d", recordtest.State(r), r.Run, r.Step, r.Epoch)
			}
			last := r.Timeline[len(r.Timeline)-1]
			if last.What != "replay_refused" || !strings.Contains(last.Why, c.why) {
				t.Errorf("last entry: got %+v, want the reason, with %q", last, c.why)
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
	b.api.wrong = once(campaign.CallConfirm, &misstep{carriedOut: true, out: record.Outcome{Class: record.ClassUnanswered}})
	b.drain(b.runner)
	b.is("dead tried maybe", 1)

	if res := b.run(nil); !res.Done {
		t.Fatalf("refused: got %+v, want done", res)
	}
	b.drain(b.runner)
	b.is("dead tried maybe", 1)

	force := func(r record.Record) (record.Record, []campaign.Entry, error) {
		return r.RequestReplay("ann", "", true)
	}
	if err := b.command(force); err != nil {
		t.Fatal(err)
	}
	b.api.wrong = once(campaign.CallCancel, &misstep{out: refusal131()}) // the API does not say that it was sent
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
	force := func(r record.Record) (record.Record, []campaign.Entry, error) {
		return r.RequestReplay("ann", "", true)
	}
	if err := b.command(force); err != nil {
		t.Fatal(err)
	}
	b.api.wrong = once(campaign.CallCreate, &misstep{out: recordtest.Answer(t, "rejected 121")})
	b.run(nil)
	b.drain(b.runner)
	b.is("dead unanswered maybe", 0)
	b.run(nil)
	b.drain(b.runner)
	b.is("dead unanswered maybe", 0)
	if got := b.record().Run; got != 2 {
		t.Errorf("run: got %d, want 2: the replay without force is refused", got)
	}
}

// A campaign that is too late to be created waits for a person. A vouch lets it go
// on, and so does force.
func TestCampaignsWaitForAVouch(t *testing.T) {
	t.Parallel()
	wait := func() *bench {
		b := newBench(t)
		b.redis.forget(0)
		b.redis.moment()
		b.clock.advance(25 * time.Hour)
		b.drain(b.runner)
		b.is("awaiting_approval", 0)
		if r := b.record(); !r.WaitsForVouch() || r.Version() != record.CoveredVersion {
			t.Fatalf("it waits for %q in version %d", r.Waiting, r.Version())
		}
		return b
	}
	b := wait()
	approve := func(r record.Record) (record.Record, []campaign.Entry, error) {
		return r.Approve("ann", campaign.UpTo(1000))
	}
	if err := b.command(approve); !errors.Is(err, campaign.ErrState) || !strings.Contains(err.Error(), "octoq vouch") {
		t.Errorf("approved: got %v, want a refusal that says what helps", err)
	}
	b.redis.vouch(b.c.Account)
	b.redis.add(task{key: keyOf(b.record().Next()), step: b.record().Next()})
	b.drain(b.runner)
	b.is("sent", 1)

	b = wait()
	cancel := func(r record.Record) (record.Record, []campaign.Entry, error) { return r.RequestCancel("ann", "") }
	if err := b.command(cancel); err != nil {
		t.Fatal(err)
	}
	b.drain(b.runner)
	b.is("dead maybe cancel", 0)

	b = wait()
	before := b.record().RequestID()
	force := func(r record.Record) (record.Record, []campaign.Entry, error) {
		a := campaign.UpTo(25_8000)
		a.Force = true
		return r.Approve("ann", a)
	}
	if err := b.command(force); err != nil {
		t.Fatal(err)
	}
	if r := b.record(); recordtest.State(r) != "queued maybe approved" || !slices.Equal(r.ForcedRuns, []int{2}) || r.RequestID() == before {
		t.Errorf("by force: got %s, forced runs %v, want a run of its own that asks anew", recordtest.State(r), r.ForcedRuns)
	}
	b.redis.add(task{key: keyOf(b.record().Next()), step: b.record().Next()})
	b.drain(b.runner)
	b.is("sent maybe approved", 1)
}

func TestLettersThatArePast(t *testing.T) {
	t.Parallel()
	b := deadBench(t, campaign.CallCreate, "rejected 121")
	old, _ := b.redis.letter()
	l := lifecycle.DeadLetter{Account: b.c.Account, ID: b.c.ID, Step: old.step, Campaign: *old.letter}
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
	b.redis.meddle = func(record.Change) {
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
	b.api.during = func(record.Request) {
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
