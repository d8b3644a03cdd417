package lifecycle

import (
	"strings"
	"testing"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/recordtest"
)

// A lost ticket is no progress: the waits go on growing over it.
func TestBackoffGrowsOverLostTickets(t *testing.T) {
	t.Parallel()
	r, m, p := given(t, "creating")
	var waits []string
	for _, words := range []string{"unanswered", "duplicate 120", "unanswered", "duplicate 120", "unanswered"} {
		r = Settle(r, campaign.CallCreate, recordtest.Answer(t, words), m, p).After
		waits = append(waits, r.DueAt.Sub(m.Now).String())
		r = PlanStep(r, r.Next(), m, p, "token").After
	}
	if got, want := strings.Join(waits, " "), "1.5s 2.5s 4.5s 8.5s 16.5s"; got != want {
		t.Errorf("waits: got %s, want %s", got, want)
	}
}

// The parked letter says what to do, too.
func TestParkedLetterSaysWhatIsLost(t *testing.T) {
	t.Parallel()
	r, m, p := given(t, "creating unanswered park")
	out := recordtest.Answer(t, "duplicate 120")
	out.Message, out.HTTPStatus = "request_id already used", 400
	f := Settle(r, campaign.CallCreate, out, m, p).After.Failure
	if f.Code != 120 || f.HTTPStatus != 400 || !strings.Contains(f.Message, "lost at Octopush: 1") {
		t.Errorf("got %+v, want the answer's codes and the number of lost tickets", *f)
	}
}
