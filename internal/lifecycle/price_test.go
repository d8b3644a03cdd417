package lifecycle

import (
	"strings"
	"testing"
	"time"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/recordtest"
)

// A price that comes is held against what was approved. The answer is always
// 2.58 € for 20 contacts.
func TestPriceAgainstApproval(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ before, after, says, why string }{
		{"computing manual approved", "ready approved", "", "exactly what was approved"},
		{"computing manual up_to=25800", "ready approved", "", "exactly the bound"},
		{"computing manual up_to=30000", "ready approved", "", "cheaper"},
		{"computing manual up_to=25799", "awaiting_approval", "the price went from 2.5799 € to 2.58 €", "dearer by the least that there is"},
		{"computing auto up_to=25799", "awaiting_approval", "the price went from 2.5799 € to 2.58 €", "an approval's bound holds where none was needed, too"},
		{"computing manual approved_other", "awaiting_approval", "the content is another", "another text"},
		{"computing manual max_cost=1 approved", "ready approved", "", "an approval may go beyond max_cost"},
		{"computing manual tried up_to=25799", "awaiting_approval tried maybe", "the price went", "nor is an unanswered ticket confirmed again above it"},
		{"computing manual tried", "awaiting_approval tried maybe", "", "an account that asks by now asks for the next confirm, too"},
		{"computing manual approved_blank priced=25800", "ready approved", "", "an older approval covers the price that there was"},
		{"computing manual approved_blank priced=25799", "awaiting_approval", "the price went from 2.5799 € to 2.58 €", "and no other"},
		{"computing manual approved_blank priced=25800 contacts=19", "awaiting_approval", "the contacts from 19 to 20", "nor more contacts"},
		{"computing manual approved_blank", "awaiting_approval", "", "one from before there was a price covers none"},
		{"computing auto approved_blank", "ready", "", "which does not stop what need not be approved"},
		{"computing max_cost=25799 approved_blank", "awaiting_approval", "more than max_cost, 2.5799 €", "and does not let anything past max_cost"},
	} {
		r, m, p := given(t, c.before)
		after := Settle(r, campaign.CallStatus, recordtest.Answer(t, "ok ready"), m, p).After
		if got := recordtest.State(after); got != c.after {
			t.Errorf("%s: %s: got %q, want %q", c.why, c.before, got, c.after)
		}
		if !strings.Contains(after.Waiting, c.says) {
			t.Errorf("%s: %s: it says %q, want %q in it", c.why, c.before, after.Waiting, c.says)
		}
		if asks := after.State == campaign.StateAwaitingApproval; asks && (after.Approved || after.Cover != nil) {
			t.Errorf("%s: %s: it asks, and has the approval still: %+v", c.why, c.before, after.Cover)
		}
		if after.Approved && after.Cover == nil {
			t.Errorf("%s: %s: it goes on with an approval of any price", c.why, c.before)
		}
	}
}

// A confirm is planned on a price that is fresh, and within what was approved.
func TestConfirmAgainstApproval(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ before, plan, why string }{
		{"awaiting_approval approved asked=15", "call confirm under claim: confirming approved", "a quarter of an hour is fresh"},
		{"awaiting_approval approved asked=16", "write computing approved", "more is not: the status is asked first"},
		{"ready approved asked=16", "write computing approved", "the same on the second way"},
		{"ready max_cost=25800 asked=16", "write computing", "max_cost is compared, too"},
		{"ready asked=600", "call confirm under claim: confirming", "no price is compared, so none has to be fresh"},
		{"ready tried approved asked=16", "write computing tried maybe approved", "the unanswered ticket likewise"},
		{"awaiting_approval approved_blank priced=25800", "write computing approved", "when an older octoq asked is not known"},
		{"awaiting_approval up_to=25799", "write awaiting_approval", "dearer than approved, however it came so far"},
		{"ready approved_other", "write awaiting_approval", "another text"},
		{"ready max_cost=25799", "write awaiting_approval", "dearer than max_cost: an older octoq let it pass"},
		{"ready approved asked=16 cancel", "write cancelling approved cancel", "a cancel goes first"},
		{"ready approved asked=16 expired", "write dead approved", "so does its time"},
	} {
		r, m, p := given(t, c.before)
		if got := planned(PlanStep(r, r.Next(), m, p, "mine")); got != c.plan {
			t.Errorf("%s: %s: got %q, want %q", c.why, c.before, got, c.plan)
		}
	}
}

// The request itself is not written later than its price is fresh.
func TestConfirmEndsWithItsPrice(t *testing.T) {
	t.Parallel()
	r, m, p := given(t, "ready approved asked=14")
	if got, want := checkTiming(r, campaign.CallConfirm, m, p).end, m.Now.Add(time.Minute); !got.Equal(want) {
		t.Errorf("end: got %s, want %s", got, want)
	}
	if m.Now = m.Now.Add(2 * time.Minute); !TimingPassed(r, campaign.CallConfirm, m, p) {
		t.Error("behind the gate the price is too old, and it was not noticed")
	}
}
