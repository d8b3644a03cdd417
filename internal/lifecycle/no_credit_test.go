package lifecycle

import (
	"testing"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/record"
	"github.com/octoq/octoq/internal/recordtest"
)

// A refusal for credit is counted once however often it comes while no other campaign
// passes, and the third count is the campaign's own fault. Only calls of the kind that
// was refused show that others pass.
func TestNoCreditIsCountedOnlyWhenOthersPass(t *testing.T) {
	t.Parallel()
	for call, words := range map[campaign.Call]string{campaign.CallCreate: "creating", campaign.CallConfirm: "confirming"} {
		r, m, p := given(t, words)
		for i, step := range []struct {
			passed int64
			count  int
			dead   bool
		}{
			{0, 1, false}, {0, 1, false}, {3, 2, false}, {3, 2, false}, {4, 3, true},
		} {
			m.Successes, m.Creates = int64(100*i), int64(100*i) // those of the other kind do not count
			if call == campaign.CallCreate {
				m.Creates = step.passed
			} else {
				m.Successes = step.passed
			}
			r = Settle(r, call, recordtest.Answer(t, "account 104"), m, p).After
			if dead := r.State == campaign.StateDead; r.NoCredit != step.count || dead != step.dead {
				t.Fatalf("%s, refusal %d: got count %d, dead %v, want %d, %v", call, i+1, r.NoCredit, dead, step.count, step.dead)
			}
		}
		if got := r.AttemptsOf(call); got != 0 {
			t.Errorf("attempts of %s: got %d, want 0: refusals of the account are not the campaign's", call, got)
		}
	}
}

// What was refused to its creates is not held against its confirms.
func TestACreateForgivesMissingCredit(t *testing.T) {
	t.Parallel()
	r, m, p := given(t, "creating")
	m.Creates = 7
	r = Settle(r, campaign.CallCreate, recordtest.Answer(t, "account 104"), m, p).After
	r.Claim = &campaign.Claim{Token: "t", Call: campaign.CallCreate}
	got := Settle(r, campaign.CallCreate, record.Outcome{Class: record.ClassOK, Ticket: "T1"}, m, p)
	if got.After.NoCredit != 0 || got.After.NoCreditMark != 0 {
		t.Errorf("after a create: got count %d, mark %d, want none", got.After.NoCredit, got.After.NoCreditMark)
	}
	for what, want := range map[string]bool{"ok": true, "simulated": false, "refused": false} {
		out := record.Outcome{Class: record.ClassOK, Ticket: "T1"}
		c := r
		switch what {
		case "simulated":
			c.Campaign.SimulationMode = true
		case "refused":
			out = recordtest.Answer(t, "account 101")
		}
		if got := Settle(c, campaign.CallCreate, out, m, p); got.CreateAccepted != want || got.ConfirmAccepted {
			t.Errorf("%s: got created %v, success %v, want %v, false", what, got.CreateAccepted, got.ConfirmAccepted, want)
		}
	}
}
