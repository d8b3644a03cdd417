package lifecycle

import (
	"errors"
	"testing"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/recordtest"
)

// Redis may have forgotten that another worker, whose rules allowed it, sent it. A
// replay asks the API under the request_id of that life, so no mark is needed.
func TestRejectInDoubtAsksTheSameQuestion(t *testing.T) {
	t.Parallel()
	first, m, p := given(t, "queued in_doubt")
	fault := errors.New("purpose: alert or wholesale")
	r := Reject(RejectedTask{Account: first.Account(), ID: first.ID(), First: true, Fault: fault, Record: &first}, m, p).After
	if r.State != campaign.StateDead || r.MaybeConfirmed || !keepsRequest(r) || r.RequestID() != first.RequestID() {
		t.Errorf("got %s, want dead without a mark, and the question kept", recordtest.State(r))
	}
}
