package stage

import (
	"slices"
	"testing"
	"time"

	"github.com/octoq/octoq/campaign"
)

// opening is one row of the decision table before a call.
type opening struct {
	before string // state, marks, circumstances; claims are dropped unless kept
	plan   string // what open asks for
	why    string
}

func openTable() []opening {
	return []opening{
		{"queued", "call create under claim: creating", "the first call"},
		{"creating", "call create under claim: creating", "once more"},
		{"creating unanswered", "call create under claim: creating unanswered", "with the same request_id"},
		{"computing", "call status: computing", "a look changes nothing and needs no claim"},
		{"ready", "call confirm under claim: confirming", "intent before the call"},
		{"ready tried", "call confirm under claim: confirming tried maybe", "the same ticket again"},
		{"awaiting_approval", "done", "a person wakes it up"},
		{"awaiting_approval approved", "call confirm under claim: confirming approved", "and has"},
		{"cancelling", "call cancel under claim: cancelling cancel", "a cancel is claimed too"},
		{"sent", "done", "final"},
		{"simulated", "done", "final"},
		{"cancelled", "done", "final"},
		{"dead", "done", "only a replay begins anew"},
		{"purged", "done", "a tombstone"},

		{"queued cancel", "write cancelled cancel", "nothing was created, so nothing can be sent"},
		{"creating cancel", "write cancelled cancel", "what was never confirmed is never sent"},
		{"creating unanswered cancel", "write cancelled unanswered cancel", "a lost ticket is not confirmed by anybody"},
		{"computing cancel", "write cancelling cancel", "there is a ticket to delete"},
		{"ready cancel", "write cancelling cancel", "before the claim it is not too late"},
		{"awaiting_approval cancel", "write cancelling cancel", "nor while a person thinks"},
		{"awaiting_approval approved cancel", "write cancelling approved cancel", "the cancel goes first"},
		{"computing tried cancel", "call status: computing tried maybe cancel", "too late: the confirm may have arrived"},
		{"ready tried cancel", "call confirm under claim: confirming tried maybe cancel", "the same"},

		{"queued expired", "write dead", "no longer wanted"},
		{"computing expired", "write dead", "nor with a ticket"},
		{"ready expired", "write dead", "nor priced"},
		{"awaiting_approval expired approved", "write dead approved", "nor approved too late"},
		{"computing expired tried", "call status: computing tried maybe", "whether it was sent is still wanted"},
		{"ready expired tried", "write dead tried maybe", "but nothing is confirmed after expires_at"},
		{"cancelling expired", "call cancel under claim: cancelling cancel", "a cancel is finished"},
		{"ready expired cancel", "write cancelling cancel", "asked for first, told first"},
		{"queued expired doubtful", "write dead", "a replay asks the API under the same request_id"},

		{"creating overdue", "write dead", "a day of trying"},
		{"computing overdue", "write dead", "a day of computing"},
		{"computing overdue tried", "write dead tried maybe", "every way to dead keeps the mark"},
		{"ready overdue", "write dead", "a day of confirming"},
		{"ready overdue tried", "write dead tried maybe", "every way to dead keeps the mark"},
		{"ready overdue doubtful", "write dead", "doubt alone leaves none"},
		{"cancelling overdue", "write cancelled cancel", "octoq will not confirm the ticket"},

		{"queued ancient", "write dead", "nobody knows whether it was cancelled, its record being gone by now"},
		{"queued ancient approved", "write dead approved", "although an operator has made another record of it"},
		{"queued ancient due_lately", "call create under claim: creating", "it could not begin before"},
		{"creating ancient begun", "call create under claim: creating", "its record is the one it began with"},
		{"queued ancient cancel", "write cancelled cancel", "nothing was created"},
		{"queued doubtful", "call create under claim: creating", "its request_id is still remembered"},
		{"queued late", "write awaiting_approval", "its request_id is not remembered any more: a person decides"},
		{"creating late", "write awaiting_approval", "nor that of one that was tried"},
		{"computing late", "call status: computing", "it has a ticket; only creates are too late"},
		{"queued late forced", "call create under claim: creating maybe", "a second sending was accepted"},
		{"awaiting_approval redis_replaced late", "done", "until somebody decides"},
		{"awaiting_approval redis_replaced late approved", "done", "an approval is of a price"},
		{"awaiting_approval redis_replaced", "write creating", "somebody has vouched"},
		{"awaiting_approval redis_replaced late cancel", "write dead maybe cancel", "it may have been sent before"},
		{"awaiting_approval redis_replaced late expired", "write dead maybe", "the same"},
		{"awaiting_approval redis_replaced cancel", "write cancelled cancel", "vouched, and nothing was asked"},
		{"awaiting_approval redis_replaced expired", "write dead", "the same"},

		{"ready maybe", "write dead maybe", "another ticket of it may have been sent"},
		{"ready forced", "call confirm under claim: confirming maybe", "a second sending was accepted"},
	}
}

func TestOpenFollowsTheTable(t *testing.T) {
	t.Parallel()
	for _, c := range openTable() {
		t.Run(c.before, func(t *testing.T) {
			t.Parallel()
			r, m, p := given(t, c.before)
			r.Claim = nil
			pl := open(r, r.Next(), m, p, "mine")
			if got := planned(pl); got != c.plan {
				t.Errorf("%s: got %q, want %q", c.why, got, c.plan)
			}
			if pl.act == actWrite && !campaign.CanMove(r.State, pl.after.State) {
				t.Errorf("%s to %s is no legal transition", r.State, pl.after.State)
			}
		})
	}
}

// planned is a plan in one line.
func planned(pl plan) string {
	switch pl.act {
	case actDone:
		return "done"
	case actAgain:
		return "again at " + pl.at.Format(time.TimeOnly)
	case actWrite:
		return "write " + state(pl.after)
	}
	s := "call " + string(pl.call)
	if pl.claimed {
		s += " under claim"
	}
	return s + ": " + state(pl.after)
}

func TestClaimsSayWhatIsIntended(t *testing.T) {
	t.Parallel()
	for before, call := range map[string]campaign.Call{
		"queued": campaign.CallCreate, "ready": campaign.CallConfirm, "cancelling unclaimed": campaign.CallCancel,
	} {
		r, m, p := given(t, before)
		got := open(r, r.Next(), m, p, "mine").after.Claim
		want := campaign.Claim{Token: "mine", Call: call, Deadline: m.Now.Add(p.Claim), On: redisA}
		if got == nil || *got != want {
			t.Errorf("%s: got claim %+v, want %+v", before, got, want)
		}
	}
}

func TestStepsOfOthersAreDone(t *testing.T) {
	t.Parallel()
	r, m, p := given(t, "computing")
	own := r.Next()
	for _, c := range []struct {
		why  string
		step func(s *campaign.Step)
		act  act
	}{
		{"its own", func(*campaign.Step) {}, actCall},
		{"an older epoch is the same step", func(s *campaign.Step) { s.Epoch += 3 }, actCall},
		{"another run", func(s *campaign.Step) { s.Run++ }, actDone},
		{"a step that is past", func(s *campaign.Step) { s.Step-- }, actDone},
		{"another stage", func(s *campaign.Step) { s.Stage = campaign.StageConfirm }, actDone},
		{"the cancel queue, nobody having asked", func(s *campaign.Step) { s.Stage = campaign.StageCancel }, actDone},
	} {
		step := own
		c.step(&step)
		if got := open(r, step, m, p, "mine").act; got != c.act {
			t.Errorf("%s: got act %v, want %v", c.why, got, c.act)
		}
	}
	r.CancelRequested = true
	step := own
	step.Stage = campaign.StageCancel
	if got := planned(open(r, step, m, p, "mine")); got != "write cancelling cancel" {
		t.Errorf("an operator's cancel comes by the cancel queue: got %q, want %q", got, "write cancelling cancel")
	}
}

func TestTakeOver(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		before string
		passed time.Duration // since the claim's deadline
		plan   string
		why    string
	}{
		{"creating", -time.Second, "again at 12:00:31", "the claim is still good"},
		{"creating", 0, "again at 12:00:31", "to its last moment"},
		{"creating", time.Millisecond, "write creating unanswered", "a claim found expired is an unanswered call"},
		{"creating cancel", time.Second, "write creating unanswered cancel", "before anything else is decided, the cancel included"},
		{"creating overdue", time.Second, "write creating unanswered", "and the deadline"},
		{"creating expired", time.Second, "write creating unanswered", "and expires_at"},
		{"creating unanswered_elsewhere", time.Second, "write creating unanswered", "the first of them decides whose memory counts"},
		{"confirming", time.Second, "write computing tried maybe", "it may have arrived: marked at once, then the status"},
		{"confirming overdue", time.Second, "write computing tried maybe", "before the deadline is looked at"},
		{"confirming approved", time.Second, "write computing tried maybe approved", "the approval stays"},
		{"cancelling", time.Second, "write cancelling cancel", "asked once more"},
	} {
		r, m, p := given(t, c.before)
		on := r.UnansweredOn
		m.Now = r.Claim.Deadline.Add(c.passed)
		call := r.Claim.Call
		pl := open(r, r.Next(), m, p, "mine")
		if got := planned(pl); got != c.plan {
			t.Errorf("%s: %s: got %q, want %q", c.before, c.why, got, c.plan)
		}
		if pl.act != actWrite {
			continue
		}
		if pl.after.Claim != nil || pl.after.Attempts.Of(call) != 1 {
			t.Errorf("%s: got claim %v and %d attempts, want none and 1", c.before, pl.after.Claim, pl.after.Attempts.Of(call))
		}
		if on != "" && pl.after.UnansweredOn != on {
			t.Errorf("%s: unanswered on %q, want %q", c.before, pl.after.UnansweredOn, on)
		}
		if len(pl.entries) == 0 {
			t.Errorf("%s: the timeline does not tell of it", c.before)
		}
	}
}

func TestNotBefore(t *testing.T) {
	t.Parallel()
	r, m, p := given(t, "queued")
	r.Campaign.NotBefore = m.Now.Add(time.Minute)
	if got := planned(open(r, r.Next(), m, p, "mine")); got != "again at 12:01:00" {
		t.Errorf("before its time: got %q, want %q", got, "again at 12:01:00")
	}
	m.Now = r.Campaign.NotBefore
	if got := open(r, r.Next(), m, p, "mine").act; got != actCall {
		t.Errorf("at its time: got act %v, want a call", got)
	}
	r.CancelRequested, m.Now = true, noon()
	if got := planned(open(r, r.Next(), m, p, "mine")); got != "write cancelled cancel" {
		t.Errorf("a cancel does not wait for it: got %q", got)
	}
	computing, m, p := given(t, "computing")
	computing.Campaign.NotBefore = m.Now.Add(time.Minute)
	if got := open(computing, computing.Next(), m, p, "mine").call; got != campaign.CallStatus {
		t.Errorf("it concerns creates only: got call %q, want status", got)
	}
}

// every builds all records that the two functions can be asked about: states,
// flags, doubt, claims, and more flags than one campaign ever has at once. A
// confirming one always has a claim.
func every(t *testing.T, visit func(r campaign.Record, m campaign.Moment, p Policy)) {
	t.Helper()
	words := []string{"unanswered", "tried", "cancel", "approved", "forced", "doubtful"}
	for _, s := range campaign.States() {
		for set := range 1 << len(words) {
			with := string(s)
			for i, w := range words {
				if set&(1<<i) != 0 {
					with += " " + w
				}
			}
			for _, when := range []string{"", " late", " born", " expired", " overdue", " priced=999999 asked=1"} {
				r, m, p := given(t, with+when)
				visit(r, m, p)
				if r.Claim != nil && r.State != campaign.StateConfirming {
					r.Claim = nil
					visit(r, m, p)
				}
			}
		}
	}
}

// sound checks what holds of every write, whatever led to it.
func sound(t *testing.T, what func() string, before, after campaign.Record, entries []campaign.Entry) {
	t.Helper()
	fail := func(format string, args ...any) {
		t.Helper()
		t.Fatalf(what()+" on "+state(before)+" → "+state(after)+": "+format, args...)
	}
	if after.State == campaign.StateConfirming && after.Claim == nil {
		fail("confirming without a claim")
	}
	if !campaign.CanMove(before.State, after.State) {
		fail("illegal transition")
	}
	lost := before.MaybeConfirmed && !after.MaybeConfirmed
	if lost && (after.State != campaign.StateSent || len(after.ForcedRuns) > 0) {
		fail("the mark of what may have been confirmed is lost")
	}
	if after.ConfirmTried && !after.MaybeConfirmed && after.State != campaign.StateSent {
		fail("a confirm may have arrived, and there is no mark")
	}
	if before.ConfirmTried && !after.ConfirmTried {
		fail("the confirm that may have arrived is forgotten")
	}
	if before.Unanswered && !after.Unanswered && after.Ticket == before.Ticket && after.Try == before.Try {
		fail("the unanswered create is forgotten without a ticket or a new request_id")
	}
	if after.Run != before.Run || after.Origin != before.Origin || after.Revision != before.Revision {
		fail("run, origin or revision was touched")
	}
	dead := after.State == campaign.StateDead && before.State != campaign.StateDead
	if dead && (after.Failure == nil || !slices.Contains(campaign.FailureClasses(), after.Failure.Class)) {
		fail("dead with failure %+v, want a class of the closed set", after.Failure)
	}
	if dead && after.Failure.MaybeConfirmed != after.MaybeConfirmed {
		fail("the letter says maybe_confirmed %v, the record %v", after.Failure.MaybeConfirmed, after.MaybeConfirmed)
	}
	if after.Try != before.Try && (after.Try != before.Try+1 || after.Try > mostLost) {
		fail("after %d tries there are %d", before.Try, after.Try)
	}
	streak := 0 // of a new step
	if after.Try > before.Try {
		streak = before.Streak + 1 // a lost ticket is no progress
	}
	own, then := before.Next(), after.Next()
	switch raised := after.Step - before.Step; {
	case raised != 0 && raised != 1:
		fail("the step went up by %d", raised)
	case raised == 0 && own.Stage != then.Stage && then.Stage != "":
		fail("another stage's wake-up under the same step: %v → %v", own, then)
	case raised == 1 && (after.Epoch != 0 || after.Streak != streak || after.Claim != nil):
		fail("a new step begins with epoch %d, streak %d, claim %v", after.Epoch, after.Streak, after.Claim)
	case raised == 1 && len(entries) == 0:
		fail("the timeline does not tell of it")
	}
	for _, e := range entries {
		if e.What == "" || e.Who == "" || !e.State.Valid() {
			fail("entry %+v is not complete", e)
		}
	}
}

func TestSettleIsTotal(t *testing.T) {
	t.Parallel()
	outs := []campaign.Outcome{{}, {Class: "a class of tomorrow"}}
	for _, class := range campaign.Classes() {
		for _, code := range []int{0, 104, 105, 125, 131, 132} {
			outs = append(outs, campaign.Outcome{Class: class, Code: code, Ticket: "T2"})
		}
	}
	for _, p := range []campaign.Progress{"", "a word of tomorrow", campaign.ProgressComputing, campaign.ProgressReady, campaign.ProgressFailed} {
		outs = append(outs, campaign.Outcome{Class: campaign.ClassOK, Progress: p, Cost: 1})
	}
	states := map[campaign.Call][]campaign.State{
		campaign.CallCreate:  {campaign.StateCreating},
		campaign.CallStatus:  {campaign.StateComputing},
		campaign.CallConfirm: {campaign.StateConfirming},
		campaign.CallCancel:  {campaign.StateCancelling},
	}
	every(t, func(r campaign.Record, m campaign.Moment, p Policy) {
		for call, in := range states {
			if !slices.Contains(in, r.State) || !r.Campaign.ExpiresAt.IsZero() || r.Started != nil {
				continue // neither is looked at after a call
			}
			for _, out := range outs {
				s := settle(r, call, out, m, p)
				what := func() string { return "settle " + string(call) + " " + string(out.Class) }
				sound(t, what, r, s.after, s.entries)
				settledSoundly(t, what, r, s, out)
			}
		}
	})
}

// settledSoundly checks what holds of every answer.
func settledSoundly(t *testing.T, what func() string, before campaign.Record, s settled, out campaign.Outcome) {
	t.Helper()
	plain := out.Class == campaign.ClassOK || out.Class == campaign.ClassDone
	switch {
	case s.after.Claim != nil:
		t.Fatalf("%s on %s: the claim is still there", what(), state(before))
	case s.after.State == campaign.StateSent && !plain:
		t.Fatalf("%s on %s: sent without the API having said so", what(), state(before))
	case s.success && (out.Class != campaign.ClassOK || s.after.State.Final() && s.after.State != campaign.StateSent && s.after.State != campaign.StateSimulated):
		t.Fatalf("%s on %s: a success that ends in %s", what(), state(before), s.after.State)
	case !s.after.State.Final() && s.after.Step == before.Step && !s.after.DueAt.After(noon()):
		t.Fatalf("%s on %s: the same step again at once, due %v", what(), state(before), s.after.DueAt)
	}
}

func TestOpenIsTotal(t *testing.T) {
	t.Parallel()
	every(t, func(r campaign.Record, m campaign.Moment, p Policy) {
		for _, passed := range []time.Duration{0, time.Hour} {
			m := m
			m.Now = m.Now.Add(passed)
			for _, stage := range campaign.Stages() {
				step := r.Next()
				step.Stage = stage
				openedSoundly(t, r, open(r, step, m, p, "mine"), m)
			}
		}
	})
}

// openedSoundly checks what holds of every plan.
func openedSoundly(t *testing.T, r campaign.Record, pl plan, m campaign.Moment) {
	t.Helper()
	what := func() string { return "open: " + planned(pl) }
	switch pl.act {
	case actDone:
		return
	case actAgain:
		if !pl.at.After(m.Now) {
			t.Fatalf("%s on %s: again at %v, which is past", what(), state(r), pl.at)
		}
		return
	case actWrite, actCall:
		sound(t, what, r, pl.after, pl.entries)
	}
	if r.State.Final() {
		t.Fatalf("%s on %s: a final campaign is touched", what(), state(r))
	}
	if pl.act != actCall {
		return
	}
	switch {
	case r.Claim != nil:
		t.Fatalf("%s on %s: a call past another's claim", what(), state(r))
	case pl.claimed != (pl.call != campaign.CallStatus), pl.claimed != (pl.after.Claim != nil):
		t.Fatalf("%s on %s: claimed %v, claim %v", what(), state(r), pl.claimed, pl.after.Claim)
	case pl.call == campaign.CallConfirm && r.CancelRequested && !r.ConfirmTried:
		t.Fatalf("%s on %s: confirmed although a cancel was asked for", what(), state(r))
	case pl.call == campaign.CallConfirm && r.State == campaign.StateAwaitingApproval && !r.Approved:
		t.Fatalf("%s on %s: confirmed without approval", what(), state(r))
	case pl.call == campaign.CallConfirm && beyond(r) != "":
		t.Fatalf("%s on %s: confirmed though %s", what(), state(r), beyond(r))
	}
}
