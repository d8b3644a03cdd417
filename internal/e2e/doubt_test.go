package e2e

import (
	"fmt"
	"testing"
	"time"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/redistest"
	"github.com/octoq/octoq/internal/simulator"
)

// replacing are the ways to replace a Redis that forgets nothing, and none at all: the
// account's ledger is new then.
func replacing() map[string]func(r *rig) {
	return map[string]func(r *rig){
		"new account":   func(*rig) {},
		"clean restart": func(r *rig) { crashing(r)() },
		"fail-over": func(r *rig) {
			replica := redistest.Start(r.t)
			replica.Follow(r.redis)
			replica.Promote()
			r.redis.Follow(replica)
			r.redis.Promote()
		},
	}
}

// quietly fails unless a campaign is sent, without a mark and without force.
func (r *rig) quietly(id string) {
	r.t.Helper()
	if s := r.await(60*time.Second, id, campaign.StateSent); s.Maybe || told(s, "forced") {
		r.t.Errorf("%s: got %+v, want it sent without a mark and without force", id, s)
	}
}

// Doubt asks nobody for anything as long as the API gives tickets: a campaign that met
// a 503, a letter that is mended, and one whose ticket can still be confirmed go on by
// themselves, on a new account and after Redis was replaced.
func TestDoubtRaisesNoFalseAlarm(t *testing.T) {
	t.Parallel()
	for name, replace := range replacing() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, simulator.Config{})
			r.quick("OCTOQ_DEADLINE=5s")
			w := r.worker()
			r.overdueTicket("overdue")
			r.enqueue(noStop("letter"))
			r.await(30*time.Second, "letter", campaign.StateDead)
			w.stop()
			r.setenv("OCTOQ_DEADLINE=24h")
			r.worker()
			down := r.rule(simulator.Rule{Call: simulator.CallCreate, ListName: "before", Fault: simulator.Fault503})
			r.enqueue(toList("before", ""))
			r.until(30*time.Second, "its create was tried", func() (bool, string) {
				s := r.status("before")
				return s.Attempts.Create >= 1, fmt.Sprintf("%+v", s)
			})

			replace(r)
			down()
			r.oneAnswer("after", 503, 0)
			r.enqueue(toList("after", ""))
			r.must(0, "dead", "edit", "letter", "--set", mended)
			r.must(0, "dead", "replay", "letter")
			r.must(0, "dead", "replay", "overdue")
			ids := []string{"before", "after", "letter", "overdue"}
			for _, id := range ids {
				r.quietly(id)
				if n := r.carriedOutFor(simulator.CallCreate, id); n != 1 {
					t.Errorf("%s: got %d tickets, want the one that was confirmed", id, n)
				}
			}
			r.sentOnce(ids...)
		})
	}
}
