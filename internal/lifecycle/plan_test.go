package lifecycle

import (
	"testing"
	"time"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/record"
	"github.com/octoq/octoq/internal/recordtest"
)

// planCell is one row of the decision table before a call.
type planCell struct {
	before string // state, marks, circumstances; claims are dropped unless kept
	plan   string // what PlanStep asks for
	why    string
}

func planTable() []planCell {
	return []planCell{
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
		{"ready expired cancel", "write cancelling cancel", "the cancel was asked for first"},
		{"queued expired in_doubt", "write dead", "a replay asks the API under the same request_id"},

		{"creating overdue", "write dead", "a day of trying"},
		{"computing overdue", "write dead", "a day of computing"},
		{"computing overdue tried", "write dead tried maybe", "every way to dead keeps the mark"},
		{"ready overdue", "write dead", "a day of confirming"},
		{"ready overdue tried", "write dead tried maybe", "every way to dead keeps the mark"},
		{"ready overdue in_doubt", "write dead", "doubt alone leaves none"},
		{"cancelling overdue", "write cancelled cancel", "octoq will not confirm the ticket"},

		{"queued ancient", "write dead", "its record is gone by now, and with it whether it was cancelled"},
		{"queued ancient approved", "write dead approved", "although an operator has made another record of it"},
		{"queued ancient due_lately", "call create under claim: creating", "it could not begin before"},
		{"creating ancient begun", "call create under claim: creating", "its record is the one it began with"},
		{"queued ancient cancel", "write cancelled cancel", "nothing was created"},
		{"queued in_doubt", "call create under claim: creating", "its request_id is still remembered"},
		{"queued late", "write awaiting_approval", "its request_id is not remembered any more: a person decides"},
		{"creating late", "write awaiting_approval", "nor that of one that was tried"},
		{"computing late", "call status: computing", "it has a ticket; only creates are too late"},
		{"queued late forced", "call create under claim: creating maybe", "a second sending was accepted"},
		{"awaiting_approval redis_replaced late", "done", "until a person decides"},
		{"awaiting_approval redis_replaced late approved", "done", "an approval is of a price"},
		{"awaiting_approval redis_replaced", "write creating", "an operator has vouched"},
		{"awaiting_approval redis_replaced late cancel", "write dead maybe cancel", "it may have been sent before"},
		{"awaiting_approval redis_replaced late expired", "write dead maybe", "the same"},
		{"awaiting_approval redis_replaced cancel", "write cancelled cancel", "vouched, and nothing was asked"},
		{"awaiting_approval redis_replaced expired", "write dead", "the same"},

		{"ready maybe", "write dead maybe", "another ticket of it may have been sent"},
		{"ready forced", "call confirm under claim: confirming maybe", "a second sending was accepted"},
	}
}

func TestPlanFollowsTheTable(t *testing.T) {
	t.Parallel()
	for _, c := range planTable() {
		t.Run(c.before, func(t *testing.T) {
			t.Parallel()
			r, m, p := given(t, c.before)
			r.Claim = nil
			pl := PlanStep(r, r.Next(), m, p, "mine")
			if got := planned(pl); got != c.plan {
				t.Errorf("%s: got %q, want %q", c.why, got, c.plan)
			}
			if pl.Action == ActionWrite && !record.CanMove(r.State, pl.After.State) {
				t.Errorf("%s to %s is no legal transition", r.State, pl.After.State)
			}
		})
	}
}

// planned is a plan in one line.
func planned(pl StepPlan) string {
	switch pl.Action {
	case ActionDone:
		return "done"
	case ActionAgain:
		return "again at " + pl.At.Format(time.TimeOnly)
	case ActionWrite:
		return "write " + recordtest.State(pl.After)
	}
	s := "call " + string(pl.Call)
	if pl.Claimed {
		s += " under claim"
	}
	return s + ": " + recordtest.State(pl.After)
}

func TestClaimsSayWhatIsIntended(t *testing.T) {
	t.Parallel()
	for before, call := range map[string]campaign.Call{
		"queued": campaign.CallCreate, "ready": campaign.CallConfirm, "cancelling unclaimed": campaign.CallCancel,
	} {
		r, m, p := given(t, before)
		got := PlanStep(r, r.Next(), m, p, "mine").After.Claim
		want := campaign.Claim{Token: "mine", Call: call, Deadline: m.Now.Add(p.Claim), RunID: recordtest.RunID}
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
		why    string
		step   func(s *record.Step)
		action PlanAction
	}{
		{"its own", func(*record.Step) {}, ActionCall},
		{"an older epoch is the same step", func(s *record.Step) { s.Epoch += 3 }, ActionCall},
		{"another run", func(s *record.Step) { s.Run++ }, ActionDone},
		{"a step that is past", func(s *record.Step) { s.Step-- }, ActionDone},
		{"another stage", func(s *record.Step) { s.Stage = campaign.StageConfirm }, ActionDone},
		{"the cancel queue, without a cancel asked for", func(s *record.Step) { s.Stage = campaign.StageCancel }, ActionDone},
	} {
		step := own
		c.step(&step)
		if got := PlanStep(r, step, m, p, "mine").Action; got != c.action {
			t.Errorf("%s: got action %v, want %v", c.why, got, c.action)
		}
	}
	r.CancelRequested = true
	step := own
	step.Stage = campaign.StageCancel
	if got := planned(PlanStep(r, step, m, p, "mine")); got != "write cancelling cancel" {
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
		on := r.UnansweredRunID
		m.Now = r.Claim.Deadline.Add(c.passed)
		call := r.Claim.Call
		pl := PlanStep(r, r.Next(), m, p, "mine")
		if got := planned(pl); got != c.plan {
			t.Errorf("%s: %s: got %q, want %q", c.before, c.why, got, c.plan)
		}
		if pl.Action != ActionWrite {
			continue
		}
		if pl.After.Claim != nil || pl.After.AttemptsOf(call) != 1 {
			t.Errorf("%s: got claim %v and %d attempts, want none and 1", c.before, pl.After.Claim, pl.After.AttemptsOf(call))
		}
		if on != "" && pl.After.UnansweredRunID != on {
			t.Errorf("%s: unanswered on %q, want %q", c.before, pl.After.UnansweredRunID, on)
		}
		if len(pl.Entries) == 0 {
			t.Errorf("%s: got no entry of the timeline, want one", c.before)
		}
	}
}

func TestNotBefore(t *testing.T) {
	t.Parallel()
	r, m, p := given(t, "queued")
	r.Campaign.NotBefore = m.Now.Add(time.Minute)
	if got := planned(PlanStep(r, r.Next(), m, p, "mine")); got != "again at 12:01:00" {
		t.Errorf("before its time: got %q, want %q", got, "again at 12:01:00")
	}
	m.Now = r.Campaign.NotBefore
	if got := PlanStep(r, r.Next(), m, p, "mine").Action; got != ActionCall {
		t.Errorf("at its time: got action %v, want a call", got)
	}
	r.CancelRequested, m.Now = true, recordtest.Noon()
	if got := planned(PlanStep(r, r.Next(), m, p, "mine")); got != "write cancelled cancel" {
		t.Errorf("a cancel does not wait for it: got %q", got)
	}
	computing, m, p := given(t, "computing")
	computing.Campaign.NotBefore = m.Now.Add(time.Minute)
	if got := PlanStep(computing, computing.Next(), m, p, "mine").Call; got != campaign.CallStatus {
		t.Errorf("it concerns creates only: got call %q, want status", got)
	}
}
