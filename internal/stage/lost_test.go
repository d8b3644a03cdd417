package stage

import (
	"strings"
	"testing"

	"github.com/octoq/octoq/campaign"
)

// slowCreates has every create arrive and be answered too late, as one to a
// large list may be: only a repeat of its request_id is answered in time.
func slowCreates(api *fakeAPI) func(campaign.Request) *misstep {
	return func(r campaign.Request) *misstep {
		if _, seen := api.seen[r.RequestID]; seen || r.Call != campaign.CallCreate {
			return nil
		}
		return &misstep{carriedOut: true, out: campaign.Outcome{Class: campaign.ClassUnanswered}}
	}
}

// A create that is never answered in time must not fill the account with
// campaigns that nobody can cancel.
func TestSlowCreatesEndAsDeadLetter(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.api.wrong = slowCreates(b.api)
	b.drain(b.runner)
	b.is("dead unanswered lost try=3", 0)
	if got := len(b.api.tickets); got != mostLost {
		t.Errorf("%d campaigns were made at the API, want %d", got, mostLost)
	}
	f := b.record().Failure
	if f.Class != campaign.FailLostTicket || f.MaybeConfirmed {
		t.Errorf("got %+v, want lost_ticket, without a mark: what was never confirmed is not sent", *f)
	}
	for _, want := range []string{"lost at Octopush: 3", "OCTOQ_API_TIMEOUT", "replay"} {
		if !strings.Contains(f.Message, want) {
			t.Errorf("message: got %q, want it to speak of %q", f.Message, want)
		}
	}
}

// The next run counts its own, needs no force, and its letter tells of all.
func TestReplayCountsLostTicketsAnew(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.api.wrong = slowCreates(b.api)
	b.drain(b.runner)
	b.run(nil)
	b.drain(b.runner)
	b.is("dead unanswered lost try=3", 0)
	r := b.record()
	if r.Run != 2 || len(r.LostRequests) != 2*mostLost || len(b.api.tickets) != 2*mostLost {
		t.Errorf("run %d, %d lost, %d campaigns at the API, want run 2 and %d of both", r.Run, len(r.LostRequests), len(b.api.tickets), 2*mostLost)
	}
	if !strings.Contains(r.Failure.Message, "lost at Octopush: 6") {
		t.Errorf("message: got %q, want it to speak of all 6 tickets", r.Failure.Message)
	}
	b.api.wrong = nil
	b.run(nil)
	b.drain(b.runner)
	b.is("sent lost", 1)
}

// A lost ticket is no progress: the waits go on growing over it.
func TestBackoffGrowsOverLostTickets(t *testing.T) {
	t.Parallel()
	r, m, p := given(t, "creating")
	var waits []string
	for _, words := range []string{"unanswered", "duplicate 120", "unanswered", "duplicate 120", "unanswered"} {
		r = settle(r, campaign.CallCreate, answer(t, words), m, p).after
		waits = append(waits, r.DueAt.Sub(m.Now).String())
		r = open(r, r.Next(), m, p, "token").after
	}
	if got, want := strings.Join(waits, " "), "1.5s 2.5s 4.5s 8.5s 16.5s"; got != want {
		t.Errorf("waits: got %s, want %s", got, want)
	}
}

// The parked letter says what to do, too.
func TestParkedLetterSaysWhatIsLost(t *testing.T) {
	t.Parallel()
	r, m, p := given(t, "creating unanswered park")
	out := answer(t, "duplicate 120")
	out.Message, out.HTTPStatus = "request_id already used", 400
	f := settle(r, campaign.CallCreate, out, m, p).after.Failure
	if f.Code != 120 || f.HTTPStatus != 400 || !strings.Contains(f.Message, "lost at Octopush: 1") {
		t.Errorf("got %+v, want the answer's codes and the number of lost tickets", *f)
	}
}

// TestModelWithSlowCreates is the model's play with an API that answers no
// create in time: whatever else happens, no run makes more than a few.
func TestModelWithSlowCreates(t *testing.T) {
	t.Parallel()
	for seed := range plays(t, 200) {
		w := newWorld(seeded(seed), "", func(w *world) {
			slow, wrong := slowCreates(w.api), w.api.wrong
			w.api.wrong = func(r campaign.Request) *misstep {
				if m := wrong(r); m != nil {
					return m
				}
				return slow(r)
			}
		})
		if v := w.play(steps); v != "" {
			t.Fatalf("seed %d: %s\n%s", seed, v, w.fullStory())
		}
	}
}
