package lifecycle

import (
	"slices"
	"testing"
	"time"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/record"
	"github.com/octoq/octoq/internal/recordtest"
)

// every builds all records that the two functions can be asked about: states,
// flags, doubt, claims, and more flags than one campaign ever has at once. A
// confirming one always has a claim.
func every(t *testing.T, visit func(r record.Record, m record.Snapshot, p Policy)) {
	t.Helper()
	words := []string{"unanswered", "tried", "cancel", "approved", "forced", "in_doubt"}
	for _, s := range campaign.States() {
		for set := range 1 << len(words) {
			with := string(s)
			for i, w := range words {
				if set&(1<<i) != 0 {
					with += " " + w
				}
			}
			for _, when := range []string{"", " late", " born", " expired", " overdue", " priced=999999 asked=1"} {
				r, m, p := given(t, with+when)
				visit(r, m, p)
				if r.Claim != nil && r.State != campaign.StateConfirming {
					r.Claim = nil
					visit(r, m, p)
				}
			}
		}
	}
}

// sound checks what holds of every write, whatever led to it.
func sound(t *testing.T, what func() string, before, after record.Record, entries []campaign.Entry) {
	t.Helper()
	fail := func(format string, args ...any) {
		t.Helper()
		t.Fatalf(what()+" on "+recordtest.State(before)+" → "+recordtest.State(after)+": "+format, args...)
	}
	if after.State == campaign.StateConfirming && after.Claim == nil {
		fail("confirming without a claim")
	}
	if !record.CanMove(before.State, after.State) {
		fail("illegal transition")
	}
	lost := before.MaybeConfirmed && !after.MaybeConfirmed
	if lost && (after.State != campaign.StateSent || len(after.ForcedRuns) > 0) {
		fail("the mark of what may have been confirmed is lost")
	}
	if after.ConfirmTried && !after.MaybeConfirmed && after.State != campaign.StateSent {
		fail("a confirm may have arrived, and there is no mark")
	}
	if before.ConfirmTried && !after.ConfirmTried {
		fail("the confirm that may have arrived is forgotten")
	}
	if before.Unanswered && !after.Unanswered && after.Ticket == before.Ticket && after.Try == before.Try {
		fail("the unanswered create is forgotten without a ticket or a new request_id")
	}
	if after.Run != before.Run || after.EnqueuedRunID != before.EnqueuedRunID || after.Revision != before.Revision {
		fail("run, origin or revision was touched")
	}
	dead := after.State == campaign.StateDead && before.State != campaign.StateDead
	if dead && (after.Failure == nil || !slices.Contains(record.FailureClasses(), after.Failure.Class)) {
		fail("dead with failure %+v, want a class of the closed set", after.Failure)
	}
	if dead && after.Failure.MaybeConfirmed != after.MaybeConfirmed {
		fail("the letter says maybe_confirmed %v, the record %v", after.Failure.MaybeConfirmed, after.MaybeConfirmed)
	}
	if after.Try != before.Try && (after.Try != before.Try+1 || after.Try > MaxLostTickets) {
		fail("after %d tries there are %d", before.Try, after.Try)
	}
	streak := 0 // of a new step
	if after.Try > before.Try {
		streak = before.Streak + 1 // a lost ticket is no progress
	}
	own, then := before.Next(), after.Next()
	switch raised := after.Step - before.Step; {
	case raised != 0 && raised != 1:
		fail("the step went up by %d", raised)
	case raised == 0 && own.Stage != then.Stage && then.Stage != "":
		fail("another stage's wake-up under the same step: %v → %v", own, then)
	case raised == 1 && (after.Epoch != 0 || after.Streak != streak || after.Claim != nil):
		fail("a new step begins with epoch %d, streak %d, claim %v", after.Epoch, after.Streak, after.Claim)
	case raised == 1 && len(entries) == 0:
		fail("it has no entry of the timeline")
	}
	for _, e := range entries {
		if e.What == "" || e.Who == "" || !e.State.Valid() {
			fail("entry %+v is not complete", e)
		}
	}
}

func TestSettleIsTotal(t *testing.T) {
	t.Parallel()
	outs := []record.Outcome{{}, {Class: "a class of tomorrow"}}
	for _, class := range record.Classes() {
		for _, code := range []int{0, 104, 105, 125, 131, 132} {
			outs = append(outs, record.Outcome{Class: class, Code: code, Ticket: "T2"})
		}
	}
	for _, p := range []record.Progress{"", "a word of tomorrow", record.ProgressComputing, record.ProgressReady, record.ProgressFailed} {
		outs = append(outs, record.Outcome{Class: record.ClassOK, Progress: p, Cost: 1})
	}
	states := map[campaign.Call][]campaign.State{
		campaign.CallCreate:  {campaign.StateCreating},
		campaign.CallStatus:  {campaign.StateComputing},
		campaign.CallConfirm: {campaign.StateConfirming},
		campaign.CallCancel:  {campaign.StateCancelling},
	}
	every(t, func(r record.Record, m record.Snapshot, p Policy) {
		for call, in := range states {
			if !slices.Contains(in, r.State) || !r.Campaign.ExpiresAt.IsZero() || r.Started != nil {
				continue // neither is looked at after a call
			}
			for _, out := range outs {
				s := Settle(r, call, out, m, p)
				what := func() string { return "settle " + string(call) + " " + string(out.Class) }
				sound(t, what, r, s.After, s.Entries)
				settledSoundly(t, what, r, s, out)
			}
		}
	})
}

// settledSoundly checks what holds of every answer.
func settledSoundly(t *testing.T, what func() string, before record.Record, s Settled, out record.Outcome) {
	t.Helper()
	plain := out.Class == record.ClassOK || out.Class == record.ClassDone
	switch {
	case s.After.Claim != nil:
		t.Fatalf("%s on %s: the claim is still there", what(), recordtest.State(before))
	case s.After.State == campaign.StateSent && !plain:
		t.Fatalf("%s on %s: sent without the API having said so", what(), recordtest.State(before))
	case s.ConfirmAccepted && (out.Class != record.ClassOK || s.After.State.Final() && s.After.State != campaign.StateSent && s.After.State != campaign.StateSimulated):
		t.Fatalf("%s on %s: a success that ends in %s", what(), recordtest.State(before), s.After.State)
	case !s.After.State.Final() && s.After.Step == before.Step && !s.After.DueAt.After(recordtest.Noon()):
		t.Fatalf("%s on %s: the same step again at once, due %v", what(), recordtest.State(before), s.After.DueAt)
	}
}

func TestPlanIsTotal(t *testing.T) {
	t.Parallel()
	every(t, func(r record.Record, m record.Snapshot, p Policy) {
		for _, passed := range []time.Duration{0, time.Hour} {
			m := m
			m.Now = m.Now.Add(passed)
			for _, stage := range record.Stages() {
				step := r.Next()
				step.Stage = stage
				plannedSoundly(t, r, PlanStep(r, step, m, p, "mine"), m)
			}
		}
	})
}

// plannedSoundly checks what holds of every plan.
func plannedSoundly(t *testing.T, r record.Record, pl StepPlan, m record.Snapshot) {
	t.Helper()
	what := func() string { return "plan: " + planned(pl) }
	switch pl.Action {
	case ActionDone:
		return
	case ActionAgain:
		if !pl.At.After(m.Now) {
			t.Fatalf("%s on %s: again at %v, which is past", what(), recordtest.State(r), pl.At)
		}
		return
	case ActionWrite, ActionCall:
		sound(t, what, r, pl.After, pl.Entries)
	}
	if r.State.Final() {
		t.Fatalf("%s on %s: a final campaign is touched", what(), recordtest.State(r))
	}
	if pl.Action != ActionCall {
		return
	}
	switch {
	case r.Claim != nil:
		t.Fatalf("%s on %s: a call past another's claim", what(), recordtest.State(r))
	case pl.Claimed != (pl.Call != campaign.CallStatus), pl.Claimed != (pl.After.Claim != nil):
		t.Fatalf("%s on %s: claimed %v, claim %v", what(), recordtest.State(r), pl.Claimed, pl.After.Claim)
	case pl.Call == campaign.CallConfirm && r.CancelRequested && !r.ConfirmTried:
		t.Fatalf("%s on %s: confirmed although a cancel was asked for", what(), recordtest.State(r))
	case pl.Call == campaign.CallConfirm && r.State == campaign.StateAwaitingApproval && !r.Approved:
		t.Fatalf("%s on %s: confirmed without approval", what(), recordtest.State(r))
	case pl.Call == campaign.CallConfirm && beyondLimit(r, m) != "":
		t.Fatalf("%s on %s: confirmed though %s", what(), recordtest.State(r), beyondLimit(r, m))
	}
}
