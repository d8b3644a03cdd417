package e2e

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/simulator"
)

// A letter is mended, replayed and sent, and all of that is forgotten. The letter is
// there again as it was before, and its replay asks the same question.
func TestForgottenReplay(t *testing.T) {
	t.Parallel()
	eachWay(t, losingTheTail(), func(r *rig, save savepoint) {
		r.enqueue(noStop("mended"))
		r.oneAnswer("refused", 400, 999)
		r.enqueue(toList("refused", ""))
		ids := []string{"mended", "refused"}
		for _, id := range ids {
			r.await(30*time.Second, id, campaign.StateDead)
		}
		mend := func() { r.must(0, "dead", "edit", "mended", "--set", mended) }
		fallBack := save(r)
		mend()
		for _, id := range ids {
			r.must(0, "dead", "replay", id)
			r.await(30*time.Second, id, campaign.StateSent)
		}
		fallBack()
		for _, id := range ids {
			if s := r.await(40*time.Second, id, campaign.StateDead); s.Run != 1 {
				r.t.Fatalf("%s: got run %d, want the replay forgotten", id, s.Run)
			}
		}
		mend()
		for _, id := range ids {
			r.replay(id)
			r.awaitMaybe(id)
			r.insist(id)
		}
		r.sentOnce(ids...)
	})
}

// "Seen before" is rightly believed, the next request_id brings a ticket that is sent,
// and all of that is forgotten.
func TestForgottenAfterSeenBefore(t *testing.T) {
	t.Parallel()
	eachWay(t, losingTheTail(), func(r *rig, save savepoint) {
		r.rule(simulator.Rule{Call: simulator.CallCreate, ListName: "x", Fault: simulator.FaultDropAfter, Times: 1})
		fallBack := save(r)
		r.send("x")
		if n := r.carriedOutFor(simulator.CallCreate, "x"); n != 2 {
			r.t.Fatalf("creates carried out: got %d, want the lost one and the next", n)
		}
		fallBack()
		// Were "seen before" believed, the next request_id would meet the same.
		r.oneAnswer("x", 503, 0)
		r.passOne("x")
		r.oneAnswer("x", 503, 0)
		r.enqueue(toList("x", ""))
		r.awaitMaybe("x")
		r.insist("x")
		r.sentOnce("x")
	})
}

// The same, and what Redis falls back to knows of the create without an answer.
func TestForgottenBetweenTheCreates(t *testing.T) {
	t.Parallel()
	eachWay(t, losingTheTail(), func(r *rig, save savepoint) {
		r.rule(simulator.Rule{Call: simulator.CallCreate, ListName: "x", Fault: simulator.FaultDropAfter, Times: 1})
		down := r.rule(simulator.Rule{Call: simulator.CallCreate, ListName: "x", Fault: simulator.Fault503})
		r.enqueue(toList("x", ""))
		r.until(30*time.Second, "its create was tried twice", func() (bool, string) {
			s := r.status("x")
			return s.Attempts.Create >= 2, fmt.Sprintf("%+v", s)
		})
		fallBack := save(r)
		down()
		r.await(30*time.Second, "x", campaign.StateSent)
		r.passOne("x")
		r.oneAnswer("x", 503, 0)
		fallBack()
		r.awaitMaybe("x")
		r.insist("x")
		r.sentOnce("x")
	})
}

// overdueTicket brings a campaign to its death with a ticket that can still be sent: the
// API did not say in time that it is ready.
func (r *rig) overdueTicket(id string) {
	r.t.Helper()
	slow := r.rule(simulator.Rule{Call: simulator.CallStatus, ListName: id, Fault: simulator.FaultNeverReady})
	r.enqueue(toList(id, ""))
	r.wantDead(id, campaign.FailDeadline, 1)
	slow()
}

// A replay whose edited letter would need another ticket goes no further when the API
// refuses to delete the one there is. Were that replay sent and forgotten, the record
// would go on with the first ticket.
func TestForgottenReplayWithARefusedDelete(t *testing.T) {
	t.Parallel()
	eachWay(t, losingTheTail(), func(r *rig, save savepoint) {
		r.overdueTicket("x")
		refuses := r.rule(simulator.Rule{
			Call: simulator.CallCancel, ListName: "x", Fault: simulator.FaultAnswer, HTTPStatus: 400, Code: 999,
		})
		fallBack := save(r)
		r.must(0, "dead", "edit", "x", "--set", "text=Mended, STOP at 30101")
		r.must(0, "dead", "replay", "x")
		r.until(30*time.Second, "the replay is refused", func() (bool, string) {
			s := r.status("x")
			return told(s, "replay_refused") || s.State != campaign.StateDead, fmt.Sprintf("%+v", s)
		})
		fallBack()
		r.until(40*time.Second, "the edit is forgotten", func() (bool, string) {
			o := r.octoq("status", "x", "--json")
			return o.code == 0 && !strings.Contains(o.out, "Mended"), o.out + o.err
		})
		refuses()
		r.must(0, "dead", "replay", "x")
		s := r.await(40*time.Second, "x", campaign.StateSent)
		if n := r.carriedOutFor(simulator.CallCreate, "x"); n != 1 || s.Maybe {
			r.t.Errorf("got %d creates and %+v, want its one ticket sent, without a mark", n, s)
		}
		r.sentOnce("x")
	}, "OCTOQ_DEADLINE=5s")
}
