package e2e

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/hibiken/asynq"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/redistest"
	"github.com/octoq/octoq/internal/simulator"
)

// savepoint notes what Redis has, and returns how it falls back to that.
type savepoint func(r *rig) (fallBack func())

// crashing is a Redis that falls back to its last dump when it is killed.
func crashing(r *rig) func() {
	r.t.Helper()
	if err := r.redis.Client().Save(r.t.Context()).Err(); err != nil {
		r.t.Fatalf("save a dump: %v", err)
	}
	return r.redis.Restart
}

// failingOver is a Redis whose replica has lost the connection, is promoted, and is
// followed when the fail-over is turned back.
func failingOver(r *rig) func() {
	r.t.Helper()
	replica := redistest.Start(r.t)
	replica.Follow(r.redis)
	r.vouch() // for Redis the first replica is a change
	if n, err := r.redis.Client().Wait(r.t.Context(), 1, 20*time.Second).Result(); n != 1 {
		r.t.Fatalf("wait for the replica: got %d, %v", n, err)
	}
	replica.Promote()
	return func() {
		r.redis.Follow(replica)
		r.redis.Promote()
	}
}

// losingTheTail are the ways to forget what was written after a moment.
func losingTheTail() map[string]savepoint {
	return map[string]savepoint{"crash": crashing, "fail-over": failingOver}
}

// losingAll are the ways to forget everything. Flushed, Redis stays the process it was.
func losingAll() map[string]savepoint {
	return map[string]savepoint{
		"restart": func(r *rig) func() { return r.redis.Restart },
		"flush": func(r *rig) func() {
			return func() {
				if err := r.redis.Client().FlushAll(r.t.Context()).Err(); err != nil {
					r.t.Fatalf("flush: %v", err)
				}
			}
		},
	}
}

// eachWay runs a story for each way to forget, on a rig with a worker and an account
// that is not new. more are settings.
func eachWay(t *testing.T, ways map[string]savepoint, story func(r *rig, save savepoint), more ...string) {
	t.Helper()
	for name, save := range ways {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, simulator.Config{})
			r.quick(more...)
			r.known()
			story(r, save)
		})
	}
}

// send enqueues a campaign and waits until it is sent.
func (r *rig) send(id string) {
	r.t.Helper()
	r.enqueue(toList(id, ""))
	r.await(30*time.Second, id, campaign.StateSent)
}

// oneAnswer has the next create of a list answered otherwise, and not carried out.
func (r *rig) oneAnswer(list string, httpStatus, code int) {
	r.t.Helper()
	r.rule(simulator.Rule{
		Call: simulator.CallCreate, ListName: list, Times: 1,
		Fault: simulator.FaultAnswer, HTTPStatus: httpStatus, Code: code, Message: "not this time",
	})
}

// passOne lets the next create of a list through, before rules that come later.
func (r *rig) passOne(list string) {
	r.t.Helper()
	r.rule(simulator.Rule{Call: simulator.CallCreate, ListName: list, Times: 1, Fault: simulator.FaultLatency, LatencyMS: 1})
}

// replay has a dead campaign replayed without force, and waits until it is dead again.
func (r *rig) replay(id string) {
	r.t.Helper()
	run := r.status(id).Run
	r.must(0, "dead", "replay", id)
	r.until(30*time.Second, id+" dies in its next run", func() (bool, string) {
		s := r.status(id)
		return s.State == campaign.StateDead && s.Run > run, fmt.Sprintf("%+v", s)
	})
}

// awaitMaybe waits until a campaign is dead and may have been sent.
func (r *rig) awaitMaybe(id string) status {
	r.t.Helper()
	s := r.await(40*time.Second, id, campaign.StateDead)
	if !s.Maybe || s.Failure == nil || !s.Failure.MaybeConfirmed {
		r.t.Errorf("%s: got %+v, want it maybe_confirmed", id, s.Failure)
	}
	return s
}

// insist does to a campaign that may have been sent whatever people try without force,
// by octoq and by asynq's own tools. Nothing of that may make another ticket.
func (r *rig) insist(id string) {
	r.t.Helper()
	before := r.carriedOutFor(simulator.CallCreate, id)
	r.wantCode(1, "dead", "replay", id)
	r.must(4, "enqueue", "--file", r.file(id+"-again.jsonl", toList(id, "")))
	r.must(0, "dead", "edit", id, "--set", "text=Mended, STOP at 30101")
	r.wantCode(1, "dead", "replay", id)
	r.wantCode(1, "cancel", id)
	r.wantCode(1, "approve", id, "--up-to", "100")
	r.runByAsynq(id)
	if l := r.showLetter(id); !strings.Contains(l.Refused, "--force") {
		r.t.Errorf("%s, run by asynq: got %+v, want it refused without force", id, l)
	}
	if n := r.carriedOutFor(simulator.CallCreate, id); n != before {
		r.t.Errorf("%s: got %d creates carried out, want the %d that there were", id, n, before)
	}
}

// runByAsynq runs a letter as asynq's own tools do, and waits until a worker has
// refused it.
func (r *rig) runByAsynq(id string) {
	r.t.Helper()
	inspector := asynq.NewInspector(asynq.RedisClientOpt{Addr: r.redis.Addr})
	defer func() { _ = inspector.Close() }()
	letters, err := inspector.ListScheduledTasks("default.dead")
	if err != nil {
		r.t.Fatalf("list the letters: %v", err)
	}
	for _, l := range letters {
		if strings.HasPrefix(l.ID, id+"~") {
			err = inspector.RunTask("default.dead", l.ID)
		}
	}
	if err != nil {
		r.t.Fatalf("run the letter of %s: %v", id, err)
	}
	r.until(30*time.Second, "a worker refuses the letter of "+id, func() (bool, string) {
		s := r.status(id)
		return told(s, "replay_refused"), fmt.Sprintf("%+v", s)
	})
}

// sentOnce fails unless each of the lists got one ticket that was sent.
func (r *rig) sentOnce(ids ...string) {
	r.t.Helper()
	sends := r.sim.Stats(0).SendsByList
	for _, id := range ids {
		if sends[id] != 1 {
			r.t.Errorf("%s: got %d tickets sent, want 1", id, sends[id])
		}
	}
}

// Redis forgets that a campaign was sent, the producer enqueues it again, that create
// is refused, and an operator replays it: the replay asks the API the question that the
// forgotten life asked.
func TestForgottenRefusedAndReplayed(t *testing.T) {
	t.Parallel()
	eachWay(t, losingTheTail(), func(r *rig, save savepoint) {
		fallBack := save(r)
		r.send("x")
		fallBack()
		r.oneAnswer("x", 400, 999)
		r.enqueue(toList("x", ""))
		if s := r.await(40*time.Second, "x", campaign.StateDead); s.Maybe {
			r.t.Errorf("refused: got %+v, want no mark: the replay finds out", s.Failure)
		}
		r.replay("x")
		r.awaitMaybe("x")
		r.insist("x")
		r.sentOnce("x")
	})
}

// The account's ledger is lost as a whole. "Seen before" of a campaign that is enqueued
// again is not believed to be its own, though it knows of a create without an answer.
func TestLedgerLostAndOneAnswer(t *testing.T) {
	t.Parallel()
	eachWay(t, losingAll(), func(r *rig, save savepoint) {
		fallBack := save(r)
		r.send("y")
		fallBack()
		r.oneAnswer("y", 503, 0)
		r.enqueue(toList("y", ""))
		if s := r.awaitMaybe("y"); s.Attempts.Create != 2 {
			r.t.Errorf("got %d creates, want the one without an answer and the one that was recognised", s.Attempts.Create)
		}
		r.insist("y")
		r.sentOnce("y")
	})
}

// The same where a tail was lost alone.
func TestTailLostAndOneAnswer(t *testing.T) {
	t.Parallel()
	eachWay(t, losingTheTail(), func(r *rig, save savepoint) {
		fallBack := save(r)
		r.send("x")
		fallBack()
		r.oneAnswer("x", 503, 0)
		r.enqueue(toList("x", ""))
		r.awaitMaybe("x")
		r.insist("x")
		r.sentOnce("x")
	})
}
