package stage

import (
	"strings"
	"testing"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/lifecycle"
	"github.com/octoq/octoq/internal/record"
)

// slowCreates has every create arrive and be answered too late, as one to a
// large list may be: only a repeat of its request_id is answered in time.
func slowCreates(api *fakeAPI) func(record.Request) *misstep {
	return func(r record.Request) *misstep {
		if _, seen := api.seen[r.RequestID]; seen || r.Call != campaign.CallCreate {
			return nil
		}
		return &misstep{carriedOut: true, out: record.Outcome{Class: record.ClassUnanswered}}
	}
}

// A create that is never answered in time must not fill the account with campaigns
// that cannot be cancelled.
func TestSlowCreatesEndAsDeadLetter(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.api.wrong = slowCreates(b.api)
	b.drain(b.runner)
	b.is("dead unanswered lost try=3", 0)
	if got := len(b.api.tickets); got != lifecycle.MaxLostTickets {
		t.Errorf("%d campaigns were made at the API, want %d", got, lifecycle.MaxLostTickets)
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

// The next run counts its own, needs no force, and its letter names all of them.
func TestReplayCountsLostTicketsAnew(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.api.wrong = slowCreates(b.api)
	b.drain(b.runner)
	b.run(nil)
	b.drain(b.runner)
	b.is("dead unanswered lost try=3", 0)
	r := b.record()
	if r.Run != 2 || len(r.LostRequests) != 2*lifecycle.MaxLostTickets || len(b.api.tickets) != 2*lifecycle.MaxLostTickets {
		t.Errorf("run %d, %d lost, %d campaigns at the API, want run 2 and %d of both", r.Run, len(r.LostRequests), len(b.api.tickets), 2*lifecycle.MaxLostTickets)
	}
	if !strings.Contains(r.Failure.Message, "lost at Octopush: 6") {
		t.Errorf("message: got %q, want it to speak of all 6 tickets", r.Failure.Message)
	}
	b.api.wrong = nil
	b.run(nil)
	b.drain(b.runner)
	b.is("sent lost", 1)
}

// TestModelWithSlowCreates is the model's play with an API that answers no
// create in time: whatever else happens, no run makes more than a few.
func TestModelWithSlowCreates(t *testing.T) {
	t.Parallel()
	for seed := range plays(t, 200) {
		w := newWorld(seeded(seed), "", func(w *world) {
			slow, wrong := slowCreates(w.api), w.api.wrong
			w.api.wrong = func(r record.Request) *misstep {
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
