package lifecycle

import (
	"strings"
	"testing"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/budget"
	"github.com/octoq/octoq/internal/record"
)

// However the delete of a ticket that makes room goes, a person still sees which budget
// the campaign waits for.
func TestWhatMakesRoomStillSaysWhyItWaits(t *testing.T) {
	t.Parallel()
	const why = "budget all (10.00 € a day) has not enough left in 2026-03-02"
	for name, answers := range map[string][]record.Outcome{
		"deleted at once":        {{Class: record.ClassOK}},
		"unknown":                {{Class: record.ClassRejected, Code: 131, HTTPStatus: 400}},
		"at the third delete":    {{Class: record.ClassUnanswered}, {Class: record.ClassTransient, HTTPStatus: 503}, {Class: record.ClassOK}},
		"the account is refused": {{Class: record.ClassAccount, Code: 101, HTTPStatus: 400}, {Class: record.ClassOK}},
		"refused for good":       {{Class: record.ClassRejected, Code: 140, Message: "no", HTTPStatus: 400}},
	} {
		r, m, p := priced(t, "ready", 2*campaign.Euro)
		m = underBudget(m, budget.OverAsk, 9*campaign.Euro, 0)
		m.OneAtATime = true
		r = PlanStep(r, r.Next(), m, p, "t").After
		waits := func(when string) {
			t.Helper()
			if r.State != campaign.StateAwaitingApproval || !strings.Contains(r.Waiting, why) || len(r.FullBudgets) != 1 {
				t.Errorf("%s, %s: got %s, waiting for %q, full %v, want %q", name, when, r.State, r.Waiting, r.FullBudgets, why)
			}
		}
		waits("as it begins")
		for _, out := range answers {
			if r = PlanStep(r, r.Next(), m, p, "t").After; r.Removal != record.RemovalTried {
				t.Fatalf("%s: got removal %q, want a delete", name, r.Removal)
			}
			waits("while the delete is made")
			r = Settle(r, campaign.CallCancel, out, m, p).After
			waits("after " + string(out.Class))
		}
		if r.Removal != record.RemovalDone && r.Removal != record.RemovalRefused {
			t.Errorf("%s: got removal %q, want its end", name, r.Removal)
		}
	}
}
