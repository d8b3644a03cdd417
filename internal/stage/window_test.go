package stage

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/lifecycle"
	"github.com/octoq/octoq/internal/record"
	"github.com/octoq/octoq/internal/recordtest"
)

func byDay(campaign.Campaign, string) (lifecycle.SendingWindow, error) {
	return recordtest.Daytime{}, nil
}

// hour is a time of the day of recordtest.Noon().
func hour(t *testing.T, text string) time.Time {
	t.Helper()
	d, err := time.Parse("15:04:05.000", text)
	if err != nil {
		t.Fatal(err)
	}
	return recordtest.Noon().Truncate(24 * time.Hour).Add(d.Sub(d.Truncate(24 * time.Hour)))
}

// punctual is an API's client that writes no request after its time.
type punctual struct {
	*fakeAPI
	clock *clock
}

func (a punctual) Do(ctx context.Context, r record.Request) record.Outcome {
	if !r.NotAfter.IsZero() && a.clock.Now().After(r.NotAfter) {
		return record.Outcome{Class: record.ClassNotSent, Message: "the time granted had passed"}
	}
	return a.fakeAPI.Do(ctx, r)
}

// windowBench is a bench on which the window daytime holds.
func windowBench(t *testing.T, clock string, edits ...func(*bench)) *bench {
	t.Helper()
	return newBench(t, append([]func(*bench){func(b *bench) {
		b.clock.now = hour(t, clock)
		b.runner.Policy.Window = byDay
		b.runner.API = punctual{b.api, b.clock}
		during := b.api.wrong
		b.api.wrong = func(r record.Request) *misstep {
			if open, _ := (recordtest.Daytime{}).At(b.clock.Now()); !open && r.Call == campaign.CallConfirm {
				t.Errorf("confirmed at %s", b.clock.Now())
			}
			if during != nil {
				return during(r)
			}
			return nil
		}
	}}, edits...)...)
}

// waits runs tasks until the campaign waits for its window.
func (b *bench) waits() {
	b.t.Helper()
	for range 20 {
		b.step(b.t.Context(), b.runner)
		if strings.HasSuffix(b.story(), "window_closed") {
			return
		}
	}
	b.t.Fatalf("it does not wait: %s", b.story())
}

func TestConfirmWaitsForTheWindow(t *testing.T) {
	t.Parallel()
	b := windowBench(t, "21:00:00.000")
	b.waits()
	r := b.record()
	opening := hour(t, "08:00:00.000").AddDate(0, 0, 1)
	if r.State != campaign.StateReady || !r.DueAt.Equal(opening) || !r.WaitingSince.Equal(b.clock.Now()) || !strings.Contains(r.Waiting, "by day, opens at 2026-03-03T08:00:00Z") {
		t.Errorf("while it waits: got %s, due %s, since %s: %q", r.State, r.DueAt, r.WaitingSince, r.Waiting)
	}
	if at, _ := b.redis.soonest(); at.Sub(b.clock.Now()) > time.Hour {
		t.Errorf("it looks again at %s: a corrected window is not noticed for %s", at, at.Sub(b.clock.Now()))
	}
	revision := r.Revision
	b.step(t.Context(), b.runner)
	if got := b.record().Revision; got != revision {
		t.Errorf("a look at a closed window wrote: revision %d, want %d", got, revision)
	}
	b.drain(b.runner)
	b.is("sent", 1)
	if got := b.story(); got != "created, ready, window_closed, sent" {
		t.Errorf("timeline: got %q", got)
	}
	if r := b.record(); b.clock.Now().Sub(opening) > time.Second || r.Idle < 10*time.Hour || r.Waiting != "" || !r.WaitingSince.IsZero() {
		t.Errorf("sent at %s, idle %s, waiting %q since %s", b.clock.Now(), r.Idle, r.Waiting, r.WaitingSince)
	}
}

func TestOperatorsDoNotWaitForTheWindow(t *testing.T) {
	t.Parallel()
	b := windowBench(t, "21:00:00.000", manual)
	b.drain(b.runner)
	b.is("awaiting_approval", 0)
	if err := b.approve(); err != nil {
		t.Fatal(err)
	}
	b.waits()
	asked := b.clock.Now()
	if err := b.cancel(); err != nil {
		t.Fatal(err)
	}
	b.step(t.Context(), b.runner)
	b.step(t.Context(), b.runner)
	b.is("cancelled approved cancel", 0)
	if took := b.clock.Now().Sub(asked); took > time.Second {
		t.Errorf("the cancel took %s", took)
	}
	b.drain(b.runner)
	b.is("cancelled approved cancel", 0)
}

func TestApprovedBeforeTheWindowOpens(t *testing.T) {
	t.Parallel()
	b := windowBench(t, "21:00:00.000", manual)
	b.drain(b.runner)
	b.clock.advance(2 * time.Hour)
	if err := b.approve(); err != nil {
		t.Fatal(err)
	}
	b.drain(b.runner)
	b.is("sent approved", 1)
	if got := b.record().Idle; got < 10*time.Hour || got > 11*time.Hour {
		t.Errorf("idle: got %s, want the time from the price to the opening", got)
	}
}

// What waited at the gate until the window was closed is not confirmed, and
// costs neither an attempt nor a grant that counts.
func TestClosingWhileAtTheGate(t *testing.T) {
	t.Parallel()
	b := windowBench(t, "19:59:00.000", func(b *bench) {
		b.gate.shut = func(_ context.Context, call campaign.Call) error {
			if open, closing := (recordtest.Daytime{}).At(b.clock.Now()); call == campaign.CallConfirm && open && closing.Sub(b.clock.Now()) < time.Hour {
				b.clock.now = closing
			}
			return nil
		}
	})
	b.drain(b.runner)
	b.is("sent", 1)
	if got := b.story(); got != "created, ready, window_closed, sent" {
		t.Errorf("timeline: got %q", got)
	}
	if got := b.record().Attempts.Confirm; got != 1 {
		t.Errorf("confirms: got %d, want 1", got)
	}
}

// While the confirm is claimed, or between the claim and the request, the window
// closes: nothing is written, and nothing counts as an API that is out of reach.
func TestClosingBeforeTheRequest(t *testing.T) {
	t.Parallel()
	for _, point := range []string{"before claim confirm", "before call confirm"} {
		t.Run(point, func(t *testing.T) {
			t.Parallel()
			b := windowBench(t, "19:59:00.000", func(b *bench) { b.closesAt(point) })
			b.drain(b.runner)
			b.is("sent", 1)
			if got := b.story(); got != "created, ready, confirm_again, window_closed, sent" {
				t.Errorf("timeline: got %q", got)
			}
			for _, out := range b.gate.released {
				if out.Class == record.ClassNotSent {
					t.Errorf("released to the gate: got %+v, want no call that was not sent", out)
				}
			}
		})
	}
}

// closesAt has the window close when a point of the runner is reached: the
// confirm got its permit just before, and that lasts longer.
func (b *bench) closesAt(point string) {
	b.runner.Policy.Deadline = time.Hour // it stands still while the window is closed
	closing := func() time.Time { _, at := (recordtest.Daytime{}).At(b.clock.Now()); return at }
	b.gate.shut = func(_ context.Context, call campaign.Call) error {
		if call == campaign.CallConfirm && closing().Sub(b.clock.Now()) < time.Hour {
			b.clock.now = closing().Add(-300 * time.Millisecond)
		}
		return nil
	}
	b.onCut = func(_ int, at string) {
		if at == point && closing().Sub(b.clock.Now()) < time.Hour {
			b.clock.now = closing()
		}
	}
}

// A confirm that may have arrived is repeated by day only, and stays marked.
func TestRepeatedConfirmWaitsForTheWindow(t *testing.T) {
	t.Parallel()
	b := windowBench(t, "19:59:00.000", func(b *bench) {
		right := b.api.wrong
		first := true
		b.api.wrong = func(r record.Request) *misstep {
			right(r)
			if r.Call != campaign.CallConfirm || !first {
				return nil
			}
			first = false
			b.clock.now = hour(t, "20:00:30.000")
			return &misstep{out: record.Outcome{Class: record.ClassUnanswered}}
		}
	})
	b.waits()
	if r := b.record(); !r.ConfirmTried || !r.MaybeConfirmed {
		t.Errorf("the mark is gone: %s", recordtest.State(r))
	}
	if err := b.cancel(); err == nil {
		t.Error("a confirm that may have arrived was cancelled")
	}
	b.drain(b.runner)
	b.is("sent tried", 1)
	if got := b.story(); got != "created, ready, confirm_unanswered, ready, window_closed, sent" {
		t.Errorf("timeline: got %q", got)
	}
}

func TestSendAtThatHasPassed(t *testing.T) {
	t.Parallel()
	soon := func(b *bench) { b.c.SendAt = recordtest.Noon().Add(90 * time.Second) }
	slow := func(b *bench) { b.runner.Policy.PollFirst = 3 * time.Minute }
	sends := func(b *bench) { b.c.Late = campaign.LateSend }
	waits := func(d time.Duration) func(*bench) {
		return func(b *bench) { b.c.NotBefore = recordtest.Noon().Add(d) }
	}
	for _, c := range []struct {
		name   string
		edits  []func(*bench)
		state  string
		sent   int
		sendAt bool // the create has send_at
		calls  string
	}{
		{"created and confirmed before", []func(*bench){soon}, "sent", 1, true, "create status status confirm"},
		{"a little late", []func(*bench){soon, waits(2 * time.Minute)}, "sent", 1, false, "create status status confirm"},
		{"late for the create", []func(*bench){soon, waits(3 * time.Minute)}, "dead", 0, false, ""},
		{"late for the confirm", []func(*bench){soon, slow}, "dead", 0, true, "create status status"},
		{"created late, and sent", []func(*bench){soon, waits(3 * time.Minute), sends}, "sent", 1, false, "create status status confirm"},
		{"confirmed late, and sent", []func(*bench){soon, slow, sends}, "sent", 1, true, "create status status confirm"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t, c.edits...)
			b.drain(b.runner)
			b.is(c.state, c.sent)
			if got := b.calls(); got != c.calls {
				t.Errorf("calls: got %q, want %q", got, c.calls)
			}
			if len(b.api.calls) > 0 && b.api.calls[0].Campaign.SendAt.IsZero() == c.sendAt {
				t.Errorf("send_at of the create: got %s, want one: %v", b.api.calls[0].Campaign.SendAt, c.sendAt)
			}
			if f := b.record().Failure; c.state == "dead" && (f == nil || f.Class != campaign.FailLate) {
				t.Errorf("failure: got %+v, want %s", f, campaign.FailLate)
			}
			if !b.record().Campaign.SendAt.Equal(b.c.SendAt) {
				t.Error("the record forgot its send_at")
			}
		})
	}
}

// halfHours is open in the first half of every hour.
type halfHours struct{}

func (halfHours) At(t time.Time) (bool, time.Time) {
	half := t.Truncate(30 * time.Minute)
	return half.Minute() == 0, half.Add(30 * time.Minute)
}

func (halfHours) String() string { return "by halves" }

// timed gives a world a window, and its campaign a send_at in some plays.
func timed(w *world) {
	w.policy.Window = func(campaign.Campaign, string) (lifecycle.SendingWindow, error) { return halfHours{}, nil }
	w.edge = 30 * time.Minute
	w.policy.SendLate = w.dice.roll("sent late", 2) == 1
	switch w.dice.roll("send_at", 4) {
	case 2:
		w.c.SendAt = recordtest.Noon().Add(10 * time.Minute)
	case 3:
		w.c.SendAt = recordtest.Noon().Add(75 * time.Minute)
	}
	w.beforeConfirm = func() {
		at := w.clock.Now()
		if !w.c.SendAt.IsZero() && at.After(w.c.SendAt.Add(campaign.LateTolerance)) && !w.policy.SendLate {
			w.violate("confirmed at %s, send_at was %s", at, w.c.SendAt)
		}
		if w.c.SendAt.After(at) {
			at = w.c.SendAt
		}
		if open, _ := (halfHours{}).At(at); !open {
			w.violate("confirmed to be sent at %s, when the window is closed", at)
		}
	}
}

// TestModelWithWindow is the model's play with times that are forbidden: no
// confirm is ever made that would be sent then.
func TestModelWithWindow(t *testing.T) {
	t.Parallel()
	for seed := range plays(t, 1000) {
		w := newWorld(seeded(seed), "", timed)
		if v := w.play(steps); v != "" {
			t.Fatalf("seed %d: %s\n%s", seed, v, w.fullStory())
		}
	}
}
