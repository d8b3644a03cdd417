package e2e

import (
	"fmt"
	"strconv"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/record"
	"github.com/octoq/octoq/internal/simulator"
)

const metaKey = "octoq:{default}:meta"

// meta is a field of what the ledger keeps about the account.
func (r *rig) meta(field string) string {
	r.t.Helper()
	c := redis.NewClient(&redis.Options{Addr: r.redis.Addr})
	defer func() { _ = c.Close() }()
	v, err := c.HGet(r.t.Context(), metaKey, field).Result()
	if err != nil {
		return ""
	}
	return v
}

// noteChange has the ledger note that Redis is another one than before: the next script
// does, here that of another campaign, and on an idle account within half a minute.
func (r *rig) noteChange(before string) {
	r.t.Helper()
	r.send("after-" + before)
	if run := r.meta("run"); run == before {
		r.t.Fatalf("the ledger stands under run %s still, want the change noted", run)
	}
}

// Redis is replaced twice in a row. Whether a script ran in between or not, and on
// whichever of the two the campaign is enqueued again, it is not sent twice.
func TestTwoChangesInARow(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ noticed, between bool }{
		"unnoticed, enqueued after both": {},
		"noticed, enqueued after both":   {noticed: true},
		"noticed, enqueued in between":   {noticed: true, between: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, simulator.Config{})
			r.quick()
			r.known()
			fallBack, first := crashing(r), r.meta("run")
			r.send("x")
			fallBack()
			if c.noticed {
				r.noteChange(first)
			}
			up := func() {}
			if c.between {
				up = r.rule(simulator.Rule{Call: simulator.CallCreate, ListName: "x", Fault: simulator.Fault503})
				r.enqueue(toList("x", ""))
				r.until(30*time.Second, "its create was tried", func() (bool, string) {
					s := r.status("x")
					return s.Attempts.Create >= 1, fmt.Sprintf("%+v", s)
				})
			}
			crashing(r)()
			if !c.between {
				r.oneAnswer("x", 503, 0)
				r.enqueue(toList("x", ""))
			}
			up()
			r.awaitMaybe("x")
			r.insist("x")
			r.sentOnce("x")
		})
	}
}

// The second change cannot have forgotten a create of the campaign, which was not due
// before it; the first one did.
func TestTheEarlierOfTwoChangesCounts(t *testing.T) {
	t.Parallel()
	r := newRig(t, simulator.Config{})
	r.quick()
	r.known()
	fallBack, first := crashing(r), r.meta("run")
	r.send("x")
	fallBack()
	r.noteChange(first)
	second := r.meta("run")
	due := r.redisTime().Add(20 * time.Second)
	r.enqueue(toList("x", `,"not_before":`+strconv.Quote(due.Format(time.RFC3339))))
	r.oneAnswer("x", 503, 0)
	crashing(r)()
	r.noteChange(second)
	if now := r.redisTime(); !now.Before(due) {
		t.Fatalf("Redis was replaced at %v, too late for a campaign that is due at %v", now, due)
	}
	r.awaitMaybe("x")
	r.insist("x")
	r.sentOnce("x")
}

// A snapshot of the machine is put back: Redis stays the process that it was, with
// older data. The worker, which lives on, has seen more than that.
func TestSnapshotIsRolledBackUnderALivingWorker(t *testing.T) {
	t.Parallel()
	rollBack := func(r *rig) func() {
		crashing(r)
		return func() {
			if err := r.redis.Client().Do(r.t.Context(), "DEBUG", "RELOAD", "NOSAVE").Err(); err != nil {
				r.t.Fatalf("put an older dump in place: %v", err)
			}
		}
	}
	r := newRig(t, simulator.Config{}, "--enable-debug-command", "yes")
	r.quick()
	r.known()
	fallBack, first := rollBack(r), r.meta("run")
	r.send("x")
	fallBack()
	if run := r.meta("run"); run != first {
		t.Fatalf("got run %s after %s, want it as the dump has it", run, first)
	}
	r.oneAnswer("x", 503, 0)
	r.enqueue(toList("x", ""))
	r.awaitMaybe("x")
	if run := r.meta("run"); run != first+".1" {
		t.Errorf("run: got %s, want another epoch of %s", run, first)
	}
	r.insist("x")
	r.sentOnce("x")
}

// The stamp of an account on which nothing happens is kept true by its worker: a stamp
// of two days ago would have campaigns wait for a person that were enqueued after Redis
// was replaced. The clock of this Redis cannot be moved, so the stamp is moved back.
func TestStampOfAnIdleAccount(t *testing.T) {
	t.Parallel()
	r := newRig(t, simulator.Config{})
	r.quick()
	r.known()
	old := r.redisTime().Add(-48 * time.Hour).UnixMilli()
	if err := r.redis.Client().HSet(t.Context(), metaKey, "stamp", old).Err(); err != nil {
		t.Fatal(err)
	}
	r.until(60*time.Second, "the idle account is stamped", func() (bool, string) {
		stamp := r.meta("stamp")
		return stamp != strconv.FormatInt(old, 10), stamp
	})
	first := r.meta("run")
	crashing(r)()
	r.noteChange(first)
	r.oneAnswer("z", 503, 0)
	r.send("z")
	if s := r.status("z"); s.Maybe || s.Run != 1 {
		t.Errorf("got %+v, want it sent by its first run", s)
	}
	r.sentOnce("z")
}

// A worker that was away for two days before Redis was replaced cannot say when a
// forgotten create was made: what is enqueued then waits for a person.
func TestAccountThatNobodyLookedAt(t *testing.T) {
	t.Parallel()
	r := newRig(t, simulator.Config{})
	r.quick()
	w := r.known()
	w.kill()
	if err := r.redis.Client().HSet(t.Context(), metaKey, "stamp", r.redisTime().Add(-48*time.Hour).UnixMilli()).Err(); err != nil {
		t.Fatal(err)
	}
	crashing(r)()
	r.worker()
	r.enqueue(toList("z", ""))
	if s := r.await(30*time.Second, "z", campaign.StateAwaitingApproval); s.Waiting != record.WaitingRedisReplaced {
		t.Errorf("got %+v, want it to wait because Redis was replaced", s)
	}
	r.vouch()
	r.await(30*time.Second, "z", campaign.StateSent)
	r.sentOnce("z")
}
