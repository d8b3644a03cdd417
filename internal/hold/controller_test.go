package hold

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/record"
)

func observe(t *testing.T, ctl *Controller, o Observation) {
	t.Helper()
	if o.Call == "" {
		o.Call = campaign.CallCreate
	}
	if err := ctl.Observe(context.Background(), o); err != nil {
		t.Fatalf("Observe(%+v): %v", o, err)
	}
	synctest.Wait()
}

func refused(code int) record.Outcome {
	return record.Outcome{Class: record.ClassAccount, Code: code, HTTPStatus: 400, Message: "no"}
}

func good() record.Outcome { return record.Outcome{Class: record.ClassOK, HTTPStatus: 200} }

func unavail() record.Outcome {
	return record.Outcome{Class: record.ClassTransient, HTTPStatus: 503}
}

func TestAHoldFromRefusalToLift(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBackends()
		b.balance = refused(101)
		ctl := b.controller(t)
		run(t, ctl)
		<-time.After(time.Minute)
		b.want(t, "at first", "")

		observe(t, ctl, Observation{Campaign: "a", Outcome: refused(101)})
		b.want(t, "after a refusal", record.PhaseHeld, mirrored()...)
		if got := b.view().order[0]; got != "key" {
			t.Errorf("first write: got %s, want the key", got)
		}
		h := b.view().hold
		if h.Reason != record.HoldAccount || h.Code != 101 || h.By != "a" || h.LastBy != "a" || time.Until(h.ProbeAt) != 5*time.Second {
			t.Errorf("hold: got %+v", h)
		}
		<-time.After(4 * time.Second)
		if b.view().balances != 0 {
			t.Errorf("balance calls in the first 4 s: got %d, want none", b.view().balances)
		}
		<-time.After(56 * time.Second) // probes at 5, 15, 35, then 75 s
		if b.view().balances != 3 {
			t.Errorf("balance calls in a minute: got %d, want 3", b.view().balances)
		}
		b.want(t, "while the balance is refused", record.PhaseHeld, mirrored()...)

		b.do(func() { b.balance = good() })
		<-time.After(20 * time.Second)
		b.want(t, "after a good balance", record.PhaseHalfOpen)
		observe(t, ctl, Observation{Campaign: "b", Outcome: refused(101)})
		b.want(t, "after a call that was no probe", record.PhaseHalfOpen)
		observe(t, ctl, Observation{Campaign: "c", Outcome: refused(104), Probe: true})
		b.want(t, "after a probe that was refused", record.PhaseHeld, mirrored()...)
		if h := b.view().hold; h.Code != 104 || h.LastBy != "c" || h.By != "a" || time.Until(h.ProbeAt) != 80*time.Second {
			t.Errorf("closed hold: got %+v, probe in %v", h, time.Until(h.ProbeAt))
		}
		<-time.After(81 * time.Second)
		b.want(t, "after the next good balance", record.PhaseHalfOpen)
		observe(t, ctl, Observation{Campaign: "d", Call: campaign.CallStatus, Outcome: good(), Probe: true})
		b.want(t, "after a status, which proves no credit", record.PhaseHalfOpen)
		observe(t, ctl, Observation{Campaign: "d", Call: campaign.CallConfirm, Outcome: good(), Probe: true})
		b.want(t, "after a confirm", "")

		want := []Action{ActionSet, ActionHalfOpen, ActionClose, ActionHalfOpen, ActionLift}
		if diff := cmp.Diff(want, b.view().changes); diff != "" {
			t.Errorf("changes (-want +got):\n%s", diff)
		}
		if n := b.view().marks; n != 0 {
			t.Errorf("marks left: got %d, want none", n)
		}
	})
}

func TestAnUnavailableAPIIsHeldAndKeepsItsReason(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBackends()
		b.balance = unavail()
		ctl := b.controller(t)
		run(t, ctl)
		observe(t, ctl, Observation{Campaign: "a", Outcome: unavail(), Streak: 50, Campaigns: 2})
		b.want(t, "one or two campaigns in trouble", "")
		observe(t, ctl, Observation{Campaign: "a", Outcome: unavail(), Streak: 10, Campaigns: 3})
		b.want(t, "a row over three campaigns", record.PhaseHeld, mirrored()...)
		<-time.After(time.Minute)
		if b.view().balances > 4 {
			t.Errorf("balance calls in a minute without answers: got %d, want a few", b.view().balances)
		}
		b.do(func() { b.hold.Code, b.hold.Reason, b.balance = 104, record.HoldAccount, good() })
		<-time.After(time.Minute)
		b.want(t, "after a good balance", record.PhaseHalfOpen)
		observe(t, ctl, Observation{Campaign: "a", Outcome: unavail(), Probe: true})
		if h := b.view().hold; h.Code != 104 || h.Reason != record.HoldAccount {
			t.Errorf("a probe without an answer changed the reason: %+v", h)
		}
	})
}

func TestGoodAnswersAskTheStoreNothing(t *testing.T) {
	t.Parallel()
	b := newBackends()
	ctl := b.controller(t)
	for name, o := range answers() {
		if o.Class != record.ClassAccount {
			if err := ctl.Observe(context.Background(), Observation{Campaign: "a", Outcome: o, Streak: 1, Campaigns: 1}); err != nil {
				t.Errorf("Observe %s: %v", name, err)
			}
		}
	}
	if b.view().gets != 0 {
		t.Errorf("got %d looks at the hold, want none", b.view().gets)
	}
}

func TestHoldsByHand(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBackends()
		b.balance = good()
		cli, ctx := b.controller(t), context.Background()
		for range 2 {
			if err := cli.Set(ctx, "eve", "wait"); err != nil {
				t.Fatalf("Set: %v", err)
			}
		}
		b.want(t, "set without a worker", record.PhaseHeld, mirrored()...)
		if b.view().led {
			t.Errorf("the command kept the lead")
		}

		run(t, b.controller(t))
		<-time.After(time.Hour)
		b.want(t, "an hour later", record.PhaseHeld, mirrored()...)
		if b.view().balances != 0 {
			t.Errorf("balance calls during a hold by hand: got %d, want none", b.view().balances)
		}
		observe(t, cli, Observation{Campaign: "a", Outcome: good(), Probe: true})
		b.want(t, "after a good answer", record.PhaseHeld, mirrored()...)

		for i, want := range []bool{true, false} {
			got, err := cli.Clear(ctx, "eve")
			if got != want || err != nil {
				t.Errorf("Clear %d: got %v, %v, want %v", i+1, got, err, want)
			}
		}
		<-time.After(2 * time.Second)
		b.want(t, "after Clear", "")
	})
}

func TestAHoldByHandTakesOverAnother(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBackends()
		b.balance = good()
		ctl := b.controller(t)
		run(t, ctl)
		observe(t, ctl, Observation{Campaign: "a", Outcome: refused(101)})
		since := b.view().hold.Since
		<-time.After(10 * time.Second)
		b.want(t, "before", record.PhaseHalfOpen)
		if err := ctl.Set(context.Background(), "eve", "mine"); err != nil {
			t.Fatalf("Set: %v", err)
		}
		<-time.After(time.Minute)
		b.want(t, "after", record.PhaseHeld, mirrored()...)
		if h := b.view().hold; h.Reason != record.HoldOperator || h.By != "eve" || h.Message != "mine" || !h.Since.Equal(since) || !h.ProbeAt.IsZero() {
			t.Errorf("hold: got %+v, want eve's since %v", h, since)
		}
	})
}

func TestResumingAQueueByHandLiftsTheHold(t *testing.T) {
	t.Parallel()
	for _, reason := range []record.HoldReason{record.HoldAccount, record.HoldOperator} {
		for _, s := range mirrored() {
			synctest.Test(t, func(t *testing.T) {
				b := newBackends()
				ctl := b.controller(t)
				run(t, ctl)
				if reason == record.HoldOperator {
					if err := ctl.Set(context.Background(), "eve", ""); err != nil {
						t.Fatalf("Set: %v", err)
					}
				} else {
					observe(t, ctl, Observation{Campaign: "a", Outcome: refused(101)})
				}
				<-time.After(2 * time.Second)
				b.do(func() { delete(b.paused, s) })
				<-time.After(2 * time.Second)
				b.want(t, string(reason)+", after a resume of "+string(s), "")
			})
		}
	}
}

func TestAnOperatorsOwnPauseIsNotUndone(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBackends()
		b.paused[campaign.StageConfirm] = true
		ctl := b.controller(t)
		run(t, ctl)
		observe(t, ctl, Observation{Campaign: "a", Outcome: refused(101)})
		b.want(t, "held", record.PhaseHeld, mirrored()...)
		if _, err := ctl.Clear(context.Background(), "eve"); err != nil {
			t.Fatalf("Clear: %v", err)
		}
		<-time.After(2 * time.Second)
		b.want(t, "cleared", "", campaign.StageConfirm)
	})
}

func TestOneProcessLeadsAndAnotherTakesOver(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBackends()
		b.balance = refused(101)
		first, second := b.controller(t), b.controller(t)
		stop := run(t, first)
		synctest.Wait()
		run(t, second)
		observe(t, second, Observation{Campaign: "a", Outcome: refused(101)})
		<-time.After(time.Minute)
		b.want(t, "seen by the one that follows", record.PhaseHeld, mirrored()...)
		if b.view().balances != 3 {
			t.Errorf("balance calls of two processes in a minute: got %d, want 3", b.view().balances)
		}
		stop()
		b.do(func() { b.balance = good() })
		<-time.After(time.Minute)
		b.want(t, "after the first has ended", record.PhaseHalfOpen)
	})
}

func TestAnIdleAccountCostsLittle(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBackends()
		run(t, b.controller(t))
		<-time.After(100 * time.Second)
		if b.view().gets > 105 || b.view().leads > 25 {
			t.Errorf("in 100 s: got %d looks at the hold and %d at the lead, want about 100 and 20", b.gets, b.view().leads)
		}
	})
}

// TestACrashAnywhereIsMended ends the process before each of its writes in
// turn, starts another, and expects what a run without a crash ends in.
func TestACrashAnywhereIsMended(t *testing.T) {
	t.Parallel()
	type end struct {
		phase  record.HoldPhase
		paused []campaign.Stage
	}
	held, free := end{record.PhaseHeld, mirrored()}, end{}
	ctx := context.Background()
	for _, c := range []struct {
		name string
		from *record.Hold // a hold that stands, its queues paused, at first
		do   func(ctl *Controller) error
		want []end // any of them
	}{
		{
			"set", nil,
			func(ctl *Controller) error {
				return ctl.Observe(ctx, Observation{Campaign: "a", Outcome: refused(101)})
			},
			[]end{held, free}, // free when the key was not written yet
		},
		{"set by hand", nil, func(ctl *Controller) error { return ctl.Set(ctx, "eve", "") }, []end{held, free}},
		{
			"clear by hand", &record.Hold{Reason: record.HoldOperator, Phase: record.PhaseHeld},
			func(ctl *Controller) error { _, err := ctl.Clear(ctx, "eve"); return err },
			[]end{free, held}, // held when the key was not taken away yet
		},
		{
			"half-open", &record.Hold{Reason: record.HoldAccount, Phase: record.PhaseHalfOpen},
			func(*Controller) error { return nil }, []end{{phase: record.PhaseHalfOpen}},
		},
	} {
		for n := 1; n < 20; n++ {
			synctest.Test(t, func(t *testing.T) {
				b := newBackends()
				if c.from != nil {
					h := *c.from
					b.hold = &h
					for _, s := range mirrored() {
						b.paused[s], b.marks[s] = true, true
					}
				}
				b.crashIn = n
				ctl := b.controller(t)
				if err := c.do(ctl); err != nil && !errors.Is(err, errCrash) {
					t.Fatalf("%s: %v", c.name, err)
				}
				stop := run(t, ctl)
				<-time.After(2 * time.Second)
				stop()
				b.do(func() { b.crashIn, b.leader = 0, nil })
				run(t, b.controller(t))
				<-time.After(2 * time.Second)
				for _, e := range c.want {
					if b.view().none == (e.phase == "") {
						b.want(t, c.name+" with a crash", e.phase, e.paused...)
						if _, err := ctl.Clear(ctx, "eve"); err != nil {
							t.Fatalf("Clear: %v", err)
						}
						<-time.After(2 * time.Second)
						b.want(t, c.name+" with a crash, then cleared", "")
						return
					}
				}
				t.Errorf("%s: the hold is %+v", c.name, b.view().hold)
			})
		}
	}
}

func TestRunNeedsAProber(t *testing.T) {
	t.Parallel()
	p := newBackends().ports()
	p.Prober = nil
	ctl, err := NewController("acc", Config{}, p)
	if err != nil {
		t.Fatalf("NewController: %v", err)
	}
	if err := ctl.Run(context.Background()); err == nil {
		t.Errorf("got nil, want an error")
	}
}

func blockedAnswer() record.Outcome {
	return record.Outcome{Class: record.ClassTransient, Code: 126, HTTPStatus: 400, Message: "another campaign"}
}

// Ten minutes of 126 hold the creates, and say what is in the way; then they
// are tried like any hold.
func TestBlockedCreatesAreHeld(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBackends()
		b.balance = good()
		ctl := b.controller(t)
		inTheWay, fail := "ticket T1", error(nil)
		ctl.InTheWay = func(context.Context) (string, error) { return inTheWay, fail }
		run(t, ctl)
		see := func(lasts time.Duration, o Observation) {
			b.do(func() { b.blockedFor, b.blocked = lasts, 9 })
			o.Campaign = "a"
			observe(t, ctl, o)
		}
		see(9*time.Minute, Observation{Outcome: blockedAnswer()})
		b.want(t, "after nine minutes", "")
		see(10*time.Minute, Observation{Outcome: blockedAnswer(), Call: campaign.CallStatus})
		b.want(t, "after a status that was answered 126", "")
		see(10*time.Minute, Observation{Outcome: blockedAnswer()})
		b.want(t, "after ten", record.PhaseHeld, campaign.StageCreate)
		h := b.view().hold
		if h.Reason != record.HoldBlocked || h.Code != 126 || h.Call != campaign.CallCreate || h.Message != "another campaign; ticket T1" {
			t.Errorf("hold: got %+v", h)
		}

		<-time.After(6 * time.Second)
		b.want(t, "after a good balance", record.PhaseHalfOpen)
		inTheWay = "ticket T2"
		see(0, Observation{Outcome: blockedAnswer(), Probe: true})
		b.want(t, "after one more 126", record.PhaseHeld, campaign.StageCreate)
		if h := b.view().hold; h.Message != "another campaign; ticket T2" || h.Tries != 1 {
			t.Errorf("held again: got %+v", h)
		}
		fail = errors.New("no luck")
		observe(t, ctl, Observation{Campaign: "b", Call: campaign.CallConfirm, Outcome: refused(101)})
		b.want(t, "after a refusal of the account", record.PhaseHeld, mirrored()...)
		if h := b.view().hold; h.Reason != record.HoldAccount || h.Call != campaign.CallConfirm {
			t.Errorf("held for the account: got %+v", h)
		}
		<-time.After(30 * time.Second)
		observe(t, ctl, Observation{Campaign: "b", Call: campaign.CallConfirm, Outcome: good(), Probe: true})
		b.want(t, "after a confirm", "")

		see(time.Hour, Observation{Outcome: blockedAnswer()})
		b.want(t, "though what is in the way could not be found out", record.PhaseHeld, campaign.StageCreate)
	})
}

// A half-open hold without a probe is lifted after a while.
func TestAHoldWithoutAProbeIsLifted(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBackends()
		b.balance = good()
		ctl := b.controller(t)
		run(t, ctl)
		observe(t, ctl, Observation{Campaign: "a", Call: campaign.CallConfirm, Outcome: refused(104)})
		<-time.After(6 * time.Second)
		b.want(t, "after a good balance", record.PhaseHalfOpen)
		observe(t, ctl, Observation{Campaign: "b", Call: campaign.CallCreate, Outcome: good(), Probe: true})
		<-time.After(58 * time.Second)
		b.want(t, "after a create, which proves no credit", record.PhaseHalfOpen)
		<-time.After(3 * time.Second)
		b.want(t, "after a minute", "")
		if got := b.view().changes; got[len(got)-1] != ActionLift {
			t.Errorf("changes: got %v, want a lift at the end", got)
		}
		observe(t, ctl, Observation{Campaign: "a", Call: campaign.CallConfirm, Outcome: refused(104)})
		<-time.After(6 * time.Second)
		observe(t, ctl, Observation{Campaign: "a", Call: campaign.CallConfirm, Outcome: refused(104), Probe: true})
		<-time.After(9 * time.Second)
		b.want(t, "while a campaign probes", record.PhaseHeld, mirrored()...)
	})
}
