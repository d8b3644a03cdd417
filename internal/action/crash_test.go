package action

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/enqueue"
	"github.com/octoq/octoq/internal/key"
	"github.com/octoq/octoq/internal/record"
	"github.com/octoq/octoq/internal/task"
)

// eachReplayedOnce fails unless each of n letters was replayed by one write, and run.
func (r *rig) eachReplayedOnce(n int) {
	r.t.Helper()
	for i := range n {
		id := fmt.Sprint("c", i)
		if got := r.times(id, "replay_requested"); got != 1 || !r.ran(id) {
			r.t.Errorf("%s: got %d replays, its letter run: %v; want one, and run", id, got, r.ran(id))
		}
	}
}

// begin begins a plan.
func (r *rig) begin(id string) head {
	r.t.Helper()
	if _, err := r.Begin(r.t.Context(), id, "user:anna"); err != nil {
		r.t.Fatal(err)
	}
	h, err := r.store.read(r.t.Context(), id)
	if err != nil {
		r.t.Fatal(err)
	}
	return h
}

// inHand is what a process has of a plan that it has begun: its first campaigns, and what
// acts on them.
func (r *rig) inHand(p Preview, n int) (*acting, []planned) {
	r.t.Helper()
	acts, err := r.acting(r.begin(p.ID))
	if err != nil {
		r.t.Fatal(err)
	}
	items, err := r.store.items(r.t.Context(), p.ID, 0, n)
	if err != nil {
		r.t.Fatal(err)
	}
	return acts, items
}

// A process that dies between two scripts of a replay, at whichever campaign, leaves
// nothing undone and nothing to do twice.
func TestDeathBehindTheWrite(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	const n = 10
	r.dead(n)
	p := r.plan(Replay, dead(), "")
	acts, items := r.inHand(p, n)
	for i, item := range items {
		switch i % 3 {
		case 0: // written, and the letter run
			if err := acts.do(t.Context(), i, item); err != nil {
				t.Fatal(err)
			}
		case 1: // written alone: the letter cannot be run
			r.acl("-sismember") // with which asynq begins to run a task
			if err := acts.do(t.Context(), i, item); err == nil || r.ran(item.ID) {
				t.Fatalf("%s: got %v, its letter run: %v; want that this fails", item.ID, err, r.ran(item.ID))
			}
			r.acl("+sismember")
		}
	}
	if err := r.process().Carry(t.Context(), p.ID, nil); err != nil {
		t.Fatal(err)
	}
	r.want(r.status(p.ID), Finished, n, 0, 0)
	r.eachReplayedOnce(n)
}

// A replay that a worker has refused since is not run once more by the process that goes on.
func TestARefusedReplayIsNotRunAgain(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.dead(1)
	p := r.plan(Replay, dead(), "")
	acts, items := r.inHand(p, 1)
	if err := acts.do(t.Context(), 0, items[0]); err != nil {
		t.Fatal(err)
	}
	before, m, err := r.ledger.Load(t.Context(), "default", "c0")
	if err != nil {
		t.Fatal(err)
	}
	after := before
	after.Epoch, after.ReplayBy = before.Epoch+1, ""
	ch := record.Change{Before: &before, After: after, RunID: m.RunID, Token: "refused"}
	if result, _, err := r.ledger.Commit(t.Context(), ch); err != nil || result != record.CommitApplied {
		t.Fatalf("got %s, %v", result, err)
	}
	letter := task.LetterOf(after)
	letter.Refused = "the API refused to delete its ticket"
	if err := r.letters.Bury(t.Context(), task.Task{Account: "default", ID: "c0", Step: after.Next(), Letter: &letter}); err != nil {
		t.Fatal(err)
	}
	r.want(r.carry(p.ID), Finished, 1, 0, 0)
	if r.ran("c0") {
		t.Error("its letter was run again")
	}
}

// A purge whose letter was left is brought to its end.
func TestDeathBehindAPurge(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.dead(1)
	p := r.plan(Purge, dead(), "")
	acts, items := r.inHand(p, 1)
	r.acl("-sismember") // with which asynq begins to delete a task
	if err := acts.do(t.Context(), 0, items[0]); err != nil {
		t.Fatal(err)
	}
	r.acl("+sismember")
	if left, _, err := r.letters.List(t.Context(), "default", "", 10); len(left) != 1 || err != nil {
		t.Fatalf("got %d letters, %v, want that it is left", len(left), err)
	}
	r.want(r.carry(p.ID), Finished, 1, 0, 0)
	if left, _, err := r.letters.List(t.Context(), "default", "", 10); len(left) != 0 || err != nil {
		t.Errorf("got %d letters, %v, want none", len(left), err)
	}
	if got := r.times("c0", "purged"); got != 1 {
		t.Errorf("got it purged %d times, want once", got)
	}
}

// acl changes what the user of the test may do.
func (r *rig) acl(rule string) {
	r.t.Helper()
	if err := r.rdb.Do(r.t.Context(), "ACL", "SETUSER", "default", rule).Err(); err != nil {
		r.t.Fatal(err)
	}
}

// A process that is broken off anywhere in many batches is followed by another one.
func TestBrokenOffAnywhere(t *testing.T) {
	t.Parallel()
	onBoth(t, testBrokenOff)
}

func testBrokenOff(t *testing.T, r *rig) {
	t.Helper()
	const n = 250
	r.dead(n)
	p := r.plan(Replay, dead(), "")
	r.begin(p.ID)
	broken := 0
	for pause := 20 * time.Millisecond; r.status(p.ID).State != Finished; pause += 20 * time.Millisecond {
		ctx, cancel := context.WithTimeout(t.Context(), pause)
		err := r.process().Carry(ctx, p.ID, nil)
		cancel()
		if err == nil {
			continue
		}
		broken++
		for i := range n { // what it had in hand is brought to its end
			if id := fmt.Sprint("c", i); r.times(id, "replay_requested") == 1 && !r.ran(id) {
				t.Errorf("%s: its replay is asked for, and its letter was not run", id)
			}
		}
		if err := r.rdb.Del(t.Context(), key.Lease("default", "action:"+p.ID)).Err(); err != nil { // it is over by then
			t.Fatal(err)
		}
	}
	if broken == 0 {
		t.Error("it was never broken off: the test says nothing")
	}
	r.want(r.status(p.ID), Finished, n, 0, 0)
	r.eachReplayedOnce(n)
}

// Two processes at the same batch, because one was frozen for longer than its lease: each
// campaign is touched by one of them, and counted once.
func TestTwoAtOneBatch(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	const n = 80
	r.dead(n)
	p := r.plan(Replay, dead(), "")
	h := r.begin(p.ID)
	var both sync.WaitGroup
	for range 2 {
		both.Go(func() {
			if err := r.process().batch(t.Context(), h); err != nil {
				t.Errorf("a batch: %v", err)
			}
		})
	}
	both.Wait()
	r.want(r.status(p.ID), Finished, n, 0, 0)
	r.eachReplayedOnce(n)
}

// The lease lets one process at a time carry an action out, and octoq web goes on with
// what another process has left.
func TestAnotherProcessGoesOn(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.dead(5)
	p := r.plan(Replay, dead(), "")
	r.begin(p.ID)
	first, second := r.process(), r.process()
	first.leaseFor = 100 * time.Millisecond
	if err := acquire(t.Context(), first.lease(p.ID)); err != nil {
		t.Fatal(err)
	}
	if err := second.Carry(t.Context(), p.ID, nil); !errors.Is(err, ErrElsewhere) {
		t.Errorf("got %v, want that another process is at it", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		second.Run(ctx, func(err error) { t.Errorf("reported: %v", err) })
	}()
	defer func() { cancel(); <-ended }()
	for deadline := time.Now().Add(20 * time.Second); r.status(p.ID).State != Finished; {
		second.Kick()
		if time.Now().After(deadline) {
			t.Fatalf("got %+v, want it carried out once the lease is over", r.status(p.ID))
		}
	}
	r.eachReplayedOnce(5)
	for deadline := time.Now().Add(5 * time.Second); ; {
		left, err := r.store.unfinished(t.Context(), 10)
		if err == nil && len(left) == 0 {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("got %q, %v, want that nothing is left", left, err)
		}
	}
}

// An action stops between two batches, and goes on when it is begun again.
func TestStopAndGoOn(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	const n = 250
	r.dead(n)
	p := r.plan(Replay, dead(), "")
	stopped := errors.New("stopped by a person")
	ctx, cancel := context.WithCancelCause(t.Context())
	err := r.BeginHere(ctx, p.ID, "user:anna", func(s Status) {
		if s.Done == batchSize {
			cancel(stopped)
		}
	})
	if err == nil {
		t.Fatal("got no error, want that it was broken off")
	}
	if s := r.status(p.ID); s.State != Stopped || s.Done < batchSize || s.Done == n || s.EndedAt.IsZero() {
		t.Fatalf("got %+v, want it stopped after a batch or so", s)
	}
	r.begin(p.ID)
	if s, err := r.Stop(t.Context(), p.ID); err != nil || s.State != Stopping {
		t.Errorf("stop: got %+v, %v, want that it stops", s, err)
	}
	if err := r.Carry(t.Context(), p.ID, nil); err != nil || r.status(p.ID).State != Stopped {
		t.Errorf("carry out what is to stop: got %v, %+v, want it stopped", err, r.status(p.ID))
	}
	r.want(r.carry(p.ID), Finished, n, 0, 0)
	r.eachReplayedOnce(n)
}

// What a batch touched before it was broken off counts as done, although the action was
// stopped in between.
func TestStopKeepsWhatWasTouched(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.enqueue(6)
	for i := 3; i < 6; i++ {
		r.priced(fmt.Sprint("c", i), 10_000, 20)
	}
	p := r.plan(Cancel, enqueue.Filter{IDPrefix: "c"}, "") // half of them wait in their queue
	acts, items := r.inHand(p, 6)
	for i := range 5 {
		if err := acts.do(t.Context(), i, items[i]); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := r.Stop(t.Context(), p.ID); err != nil {
		t.Fatal(err)
	}
	if err := r.Carry(t.Context(), p.ID, nil); err != nil {
		t.Fatal(err)
	}
	r.want(r.status(p.ID), Stopped, 0, 0, 0)
	r.want(r.carry(p.ID), Finished, 6, 0, 0)
	for i := range 6 {
		if got := r.times(fmt.Sprint("c", i), "cancel_requested"); got != 1 {
			t.Errorf("c%d: got %d cancels, want one", i, got)
		}
	}
}

// Trouble is no refusal: nothing is counted, and it is tried again.
func TestTroubleIsTriedAgain(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.dead(3)
	p := r.plan(Replay, dead(), "")
	r.begin(p.ID)
	r.acl("-zadd") // which writes a record, and moves no action
	if err := r.Carry(t.Context(), p.ID, nil); err == nil {
		t.Error("a right that lacks: got no error, want trouble")
	}
	r.acl("+zadd")
	r.want(r.status(p.ID), Running, 0, 0, 0)
	r.want(r.carry(p.ID), Finished, 3, 0, 0)
	r.eachReplayedOnce(3)
}

// A plan has a bound, and ends after an hour; an action is kept for a week.
func TestPlansAreBounded(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.dead(6)
	few := r.process()
	few.most = 5
	if _, err := few.Plan(t.Context(), Order{Verb: Replay, Filter: dead()}); err == nil {
		t.Error("6 of at most 5: got no error")
	}
	if left, err := r.rdb.Keys(t.Context(), key.Action("default", "*")).Result(); err != nil || len(left) != 0 {
		t.Errorf("the plan that was refused: got %q, %v, want nothing of it left", left, err)
	}
	few.most = 6
	p, err := few.Plan(t.Context(), Order{Verb: Replay, Filter: dead()})
	if err != nil || p.Campaigns != 6 {
		t.Fatalf("6 of at most 6: got %+v, %v", p, err)
	}
	r.expire(p.ID, keepPlans, 2)
	r.carry(p.ID)
	r.expire(p.ID, keepActions, 1)
	empty := r.plan(Replay, enqueue.Filter{FailureClass: campaign.FailLate}, "")
	r.want(r.carry(empty.ID), Finished, 0, 0, 0)
	lost := r.plan(Purge, dead(), "")
	if err := r.rdb.LPop(t.Context(), keysOf(lost.ID)[1]).Err(); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Begin(t.Context(), lost.ID, "user:anna"); !errors.Is(err, ErrUnknown) {
		t.Errorf("a plan without one of its parts: got %v, want that there is none", err)
	}
}

// The oldest plans that were not begun make room for new ones; an action stays.
func TestOldPlansMakeRoom(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.dead(1)
	begun := r.plan(Replay, dead(), "")
	r.begin(begun.ID)
	first := r.plan(Purge, dead(), "")
	for range maxPlans {
		r.plan(Purge, dead(), "")
	}
	if _, err := r.Begin(t.Context(), first.ID, "user:anna"); !errors.Is(err, ErrUnknown) {
		t.Errorf("the oldest: got %v, want it gone", err)
	}
	if kept, err := r.rdb.Keys(t.Context(), key.Action("default", "*:items")).Result(); err != nil || len(kept) != maxPlans+1 {
		t.Errorf("got %d plans, %v, want %d and the action", len(kept), err, maxPlans)
	}
	r.want(r.carry(begun.ID), Finished, 1, 0, 0)
}

// expire fails unless there are n keys of an action, and each expires in time.
func (r *rig) expire(id string, within time.Duration, n int) {
	r.t.Helper()
	found, err := r.rdb.Keys(r.t.Context(), key.Action("default", id)+"*").Result()
	if err != nil || len(found) != n {
		r.t.Errorf("got the keys %q, %v, want %d", found, err, n)
	}
	for _, k := range found {
		if left, err := r.rdb.PTTL(r.t.Context(), k).Result(); err != nil || left <= 0 || left > within {
			r.t.Errorf("%s: got it kept for %v, %v, want %v at most", k, left, err, within)
		}
	}
}
