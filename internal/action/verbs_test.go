package action

import (
	"fmt"
	"strings"
	"testing"

	"github.com/redis/go-redis/v9"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/enqueue"
)

// An approval by filter covers the prices of its plan: what has become dearer, larger or
// another since is not approved, and what has no price, or no recipient, is in no plan.
func TestApproveByFilterApprovesNoOtherPrice(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.enqueue(8)
	for i := range 6 {
		r.priced(fmt.Sprint("c", i), campaign.Money(10_000*(i+1)), 20)
	}
	r.kit.Advance("c5", campaign.StateAwaitingApproval, func(c *campaign.Record) { c.Contacts, c.Cost, c.NoContacts = 0, 0, true })
	r.kit.Advance("c6", campaign.StateAwaitingApproval, nil) // has no price
	p := r.plan(Approve, enqueue.Filter{IDPrefix: "c"}, "")
	if p.Campaigns != 5 || p.Contacts != 100 || p.Cost != 150_000 || p.LeftOut != 2 || len(p.Problems) != 2 || p.Unpriced != 0 {
		t.Fatalf("plan: got %+v, want c0 to c4 at 15 € for 100 contacts", p)
	}
	r.priced("c1", 20_001, 20) // dearer
	r.priced("c2", 30_000, 21) // larger
	r.priced("c3", 30_000, 20) // cheaper: it has changed all the same
	s := r.carry(p.ID)
	r.want(s, Finished, 2, 3, 0)
	for i := range 8 {
		got := r.record(fmt.Sprint("c", i))
		if want := i == 0 || i == 4; got.Approved != want {
			t.Errorf("c%d: got approved %v, want %v", i, got.Approved, want)
		}
		if got.Approved && (got.Cover == nil || got.Cover.Cost != campaign.Money(10_000*(i+1)) || *got.Cover.Contacts != 20 || got.Cover.Content == "") {
			t.Errorf("c%d: got the cover %+v, want what the plan showed", i, got.Cover)
		}
	}
	if again := r.plan(Approve, enqueue.Filter{State: campaign.StateAwaitingApproval}, ""); again.Campaigns != 3 || again.LeftOut != 4 {
		t.Errorf("once more: got %+v, want those that are not approved", again)
	}
}

// A campaign that waits in its queue is cancelled there, and its task is gone.
func TestCancelByFilter(t *testing.T) {
	t.Parallel()
	onBoth(t, testCancel)
}

func testCancel(t *testing.T, r *rig) {
	t.Helper()
	r.enqueue(6)
	r.kit.Advance("c1", campaign.StateComputing, func(c *campaign.Record) { c.Ticket = "sms_1" })
	r.kit.Advance("c2", campaign.StateSent, nil)
	r.die("c4")
	p := r.plan(Cancel, enqueue.Filter{IDPrefix: "c"}, "no stock")
	if p.Campaigns != 4 || p.LeftOut != 0 {
		t.Fatalf("plan: got %+v, want those that are neither sent nor dead", p)
	}
	if _, err := r.kit.Client().Cancel(t.Context(), "default", "c3"); err != nil {
		t.Fatal(err)
	}
	r.want(r.carry(p.ID), Finished, 3, 1, 0)
	for id, state := range map[string]campaign.State{
		"c0": campaign.StateCancelled, "c1": campaign.StateComputing, "c2": campaign.StateSent, "c3": campaign.StateCancelled,
		"c4": campaign.StateDead, "c5": campaign.StateCancelled,
	} {
		if got := r.record(id); got.State != state || got.CancelRequested != (id != "c2" && id != "c4") {
			t.Errorf("%s: got %s, cancel asked for: %v, want %s", id, got.State, got.CancelRequested, state)
		}
	}
	if n := r.times("c0", "cancel_requested") + r.times("c1", "cancel_requested"); n != 2 || r.record("c0").Timeline[0].Why != "no stock" {
		t.Errorf("got %d cancels of c0 and c1, %+v, want one each, with its reason", n, r.record("c0").Timeline)
	}
	if _, cluster := r.rdb.(*redis.ClusterClient); cluster {
		return // there the task stays until a worker finds the campaign cancelled
	}
	if waiting, err := r.rdb.LRange(t.Context(), "asynq:{default.create}:pending", 0, -1).Result(); err != nil || strings.Contains(strings.Join(waiting, " "), "c0") {
		t.Errorf("the queue: got %q, %v, want no c0", waiting, err)
	}
}

func TestRejectByFilter(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.enqueue(3)
	r.priced("c1", 10_000, 20)
	r.kit.Advance("c2", campaign.StateAwaitingApproval, func(c *campaign.Record) { c.ConfirmTried, c.MaybeConfirmed = true, true })
	r.want(r.carry(r.plan(Reject, enqueue.Filter{ListName: "l0"}, "a wrong date").ID), Finished, 1, 0, 0)
	r.want(r.carry(r.plan(Reject, enqueue.Filter{State: campaign.StateAwaitingApproval}, "a wrong date").ID), Finished, 2, 0, 0)
	for id, state := range map[string]campaign.State{"c0": campaign.StateCancelled, "c1": campaign.StateAwaitingApproval, "c2": campaign.StateDead} {
		if got := r.record(id); got.State != state || got.RejectedBy != "user:anna" || got.RejectReason != "a wrong date" {
			t.Errorf("%s: got %s, rejected by %q because %q", id, got.State, got.RejectedBy, got.RejectReason)
		}
	}
}

func TestPurgeByFilter(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.dead(4)
	p := r.plan(Purge, enqueue.Filter{FailureClass: campaign.FailRejected}, "a test")
	operator, err := r.operator("user:ben")
	if err != nil {
		t.Fatal(err)
	}
	if err := operator.Purge(t.Context(), "default", "c2", ""); err != nil {
		t.Fatal(err)
	}
	s := r.carry(p.ID)
	r.want(s, Finished, 3, 1, 0)
	for i := range 4 {
		if got := r.record(fmt.Sprint("c", i)); got.State != campaign.StatePurged {
			t.Errorf("c%d: got %s, want it purged", i, got.State)
		}
	}
	if left, _, err := r.letters.List(t.Context(), "default", "", 10); len(left) != 0 || err != nil {
		t.Errorf("letters: got %d, %v, want none", len(left), err)
	}
}

// No action forces: what may have been sent is in no plan to replay it.
func TestReplayByFilterForcesNothing(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.dead(2)
	r.enqueueFrom(2, 3)
	r.kit.Advance("c2", campaign.StateAwaitingApproval, func(c *campaign.Record) { c.ConfirmTried, c.MaybeConfirmed = true, true })
	if _, err := r.kit.Client().Reject(t.Context(), "default", "c2", "too dear"); err != nil {
		t.Fatal(err)
	}
	p := r.plan(Replay, dead(), "")
	if p.Campaigns != 2 || p.LeftOut != 1 || p.Problems[0].ID != "c2" || !strings.Contains(p.Problems[0].Detail, "may have been sent") {
		t.Errorf("got %+v, want c2 left out, and why", p)
	}
}

// What has not changed and is refused all the same has failed, and the others are done.
func TestWhatRefusesTheActHasFailed(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.dead(3)
	p := r.plan(Replay, dead(), "")
	known, _, err := r.ledger.Load(t.Context(), "default", "c1")
	if err != nil {
		t.Fatal(err)
	}
	if err := r.letters.Delete(t.Context(), "default", "c1", known.Next()); err != nil {
		t.Fatal(err)
	}
	s := r.carry(p.ID)
	r.want(s, Finished, 2, 0, 1)
	if len(s.Problems) != 1 || s.Problems[0].ID != "c1" || s.Problems[0].Effect != Failed || !strings.Contains(s.Problems[0].Detail, "letter of campaign default/c1 is missing") {
		t.Errorf("got %+v, want that the letter of c1 is missing", s.Problems)
	}
}
