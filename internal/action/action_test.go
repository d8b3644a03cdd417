package action

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/enqueue"
)

// Letters are replayed by a filter, each once, in the name of the person who began the action; what has changed
// since the plan was made is left alone.
func TestReplayByFilter(t *testing.T) {
	t.Parallel()
	onBoth(t, testReplay)
}

func testReplay(t *testing.T, r *rig) {
	t.Helper()
	r.dead(25)
	p := r.plan(Replay, enqueue.Filter{Labels: map[string]string{"odd": "1"}}, "the list is mended")
	if p.Campaigns != 12 || len(p.Sample) != 10 || p.LeftOut != 0 || p.Unpriced != 12 {
		t.Errorf("plan: got %+v, want the 12 odd ones and ten of them shown", p)
	}
	operator, err := r.operator("user:ben")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := operator.Edit(t.Context(), "default", "c3", [][2]string{{"text", "Other. STOP au 30101"}}); err != nil {
		t.Fatal(err)
	}
	if err := operator.Replay(t.Context(), "default", "c5", "", false); err != nil {
		t.Fatal(err)
	}
	s := r.carry(p.ID)
	r.want(s, Finished, 10, 2, 0)
	if s.By != "user:anna" || s.Total != 12 || s.Verb != Replay || s.BegunAt.IsZero() || s.EndedAt.Before(s.BegunAt) || time.Since(s.EndedAt) > time.Minute {
		t.Errorf("got %+v, want who began it, and when it was", s)
	}
	for i := range 25 {
		id := fmt.Sprint("c", i)
		touched := i%2 == 1 && i != 3 && i != 5
		if got := r.times(id, "replay_requested") == 1; got != touched || r.ran(id) != (touched || i == 5) {
			t.Errorf("%s: got replayed %v, its letter run %v, want %v", id, got, r.ran(id), touched)
		}
	}
	for _, problem := range s.Problems {
		if problem.Effect != Skipped || problem.Detail != "it has changed since the plan was made: it is dead" {
			t.Errorf("got %+v, want why it was skipped", problem)
		}
	}
	r.want(r.carry(p.ID), Finished, 10, 2, 0) // once more changes nothing
	if got := r.times("c1", "replay_requested"); got != 1 {
		t.Errorf("begun again: c1 was replayed %d times, want once", got)
	}
}

// An order that would mean everything, or that cannot be, is refused.
func TestOrdersThatAreRefused(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	long := make([]byte, 501)
	for name, o := range map[string]Order{
		"no filter":                   {Verb: Cancel},
		"an account alone":            {Verb: Purge, Filter: enqueue.Filter{Account: "shop"}},
		"no verb":                     {Filter: dead()},
		"a state that it has not":     {Verb: Replay, Filter: enqueue.Filter{States: []campaign.State{campaign.StateSent}}},
		"an unknown state":            {Verb: Replay, Filter: enqueue.Filter{State: "flying"}},
		"a rejection without reason":  {Verb: Reject, Filter: enqueue.Filter{ListName: "l"}},
		"an approval with a reason":   {Verb: Approve, Filter: enqueue.Filter{ListName: "l"}, Reason: "cheap"},
		"a reason that is too long":   {Verb: Cancel, Filter: enqueue.Filter{ListName: "l"}, Reason: string(long)},
		"an account that cannot be":   {Verb: Cancel, Filter: enqueue.Filter{Account: "No!", ListName: "l"}},
		"a failure that there is not": {Verb: Replay, Filter: enqueue.Filter{FailureClass: "tired"}},
	} {
		if p, err := r.Plan(t.Context(), o); !errors.Is(err, campaign.ErrInvalid) {
			t.Errorf("%s: got %+v, %v, want that it is invalid", name, p, err)
		}
	}
	for _, id := range []string{"", "default", "default.x", "default.aaaaaaaaaaaaaaaa", "No!.aaaaaaaaaaaaaaaa"} {
		if _, err := r.Begin(t.Context(), id, "user:anna"); !errors.Is(err, ErrUnknown) {
			t.Errorf("begin %q: got %v, want that there is none", id, err)
		}
		if _, err := r.Stop(t.Context(), id); !errors.Is(err, ErrUnknown) {
			t.Errorf("stop %q: got %v, want that there is none", id, err)
		}
	}
}
