package stage

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/record"
	"github.com/octoq/octoq/internal/recordtest"
)

// life is one way through the states, for tests that disturb it at each point.
type life struct {
	name  string
	edits []func(*bench)
	state string
	sent  int
}

func lives() []life {
	noAnswer := record.Outcome{Class: record.ClassUnanswered}
	return []life{
		{"auto", nil, "sent", 1},
		{"approved", []func(*bench){manual, approving}, "sent approved", 1},
		{"confirm unanswered", []func(*bench){func(b *bench) {
			b.api.wrong = once(campaign.CallConfirm, &misstep{carriedOut: true, out: noAnswer})
		}}, "sent tried", 1},
		{"create answered with 5xx", []func(*bench){func(b *bench) {
			b.api.wrong = once(campaign.CallCreate, &misstep{out: record.Outcome{Class: record.ClassTransient, HTTPStatus: 503}})
		}}, "sent", 1},
		{"rejected", []func(*bench){func(b *bench) {
			b.api.wrong = once(campaign.CallCreate, &misstep{out: record.Outcome{Class: record.ClassRejected, Code: 121}})
		}}, "dead", 0},
		{"cancelled", []func(*bench){func(b *bench) {
			b.api.during = func(r record.Request) {
				if r.Call == campaign.CallStatus {
					_ = b.cancel() // again and again: only the first is needed
				}
			}
		}}, "cancelled cancel", 0},
	}
}

// approving approves as soon as the campaign waits for it.
func approving(b *bench) {
	b.redis.wrote = func(before *record.Record, after record.Record) {
		if after.State == campaign.StateAwaitingApproval && !after.Approved && before.State != after.State {
			if err := b.approve(); err != nil {
				b.t.Error(err)
			}
		}
	}
}

// settleDown drains, with a sweep whenever nothing moves any more.
func (b *bench) settleDown() {
	b.t.Helper()
	for range 4 {
		b.drain(b.runner)
		b.clock.advance(2 * time.Minute)
		b.redis.sweep(noneHeld)
	}
}

// counted makes one trouble of the nth request of a kind, and counts them.
func counted(op string, n int, what trouble, count *int) func(string) trouble {
	return func(o string) trouble {
		if o != op {
			return noTrouble
		}
		*count++
		if *count-1 == n {
			return what
		}
		return noTrouble
	}
}

// Any one request to Redis may be lost, on the way there or back, or be
// repeated: the campaign ends as it would have, and is confirmed once.
func TestAnyOneLostRequestIsSurvived(t *testing.T) {
	t.Parallel()
	for _, l := range lives() {
		for _, op := range []string{"load", "commit", "put", "bury"} {
			for what, name := range map[trouble]string{lostRequest: "request lost", lostReply: "reply lost", repeated: "repeated"} {
				t.Run(l.name+": "+op+" "+name, func(t *testing.T) {
					t.Parallel()
					for n, count := 0, 1; n < count; n++ {
						count = 0
						b := newBench(t, l.edits...)
						b.redis.trouble = counted(op, n, what, &count)
						b.settleDown()
						endsLike(t, b, l, fmt.Sprintf("%s number %d", op, n))
					}
				})
			}
		}
	}
}

// endsLike checks the end of a disturbed life. A mark of doubt may have been
// left by what was lost; a second sending may not.
func endsLike(t *testing.T, b *bench, l life, what string) {
	t.Helper()
	want, _ := recordtest.Given(t, l.state)
	r := b.record()
	if r.State != want.State || b.api.sent() != l.sent {
		t.Fatalf("%s: got %s with %d tickets confirmed, want %s with %d: %s", what, r.State, b.api.sent(), want.State, l.sent, b.story())
	}
	if r.State == campaign.StateSent && r.MaybeConfirmed {
		t.Fatalf("%s: sent, and still marked: %s", what, b.story())
	}
	if letter, there := b.redis.letter(); there != (r.State == campaign.StateDead) {
		t.Fatalf("%s: %s with letter %v", what, r.State, letter)
	}
	if b.gate.given != len(b.gate.released) {
		t.Fatalf("%s: %d permits given, %d given back", what, b.gate.given, len(b.gate.released))
	}
}

// A settle that was written though its reply was lost is found by its token:
// the same step comes again when it is due, and is not called done, for its
// task would be deleted and nothing be left to wake the campaign.
func TestLostReplyOfASettleThatComesAgain(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.api.wrong = once(campaign.CallCreate, &misstep{out: record.Outcome{Class: record.ClassThrottled, RetryAfter: time.Minute}})
	b.redis.trouble = onSettle(b, lostReply)
	res, _ := b.step(t.Context(), b.runner)
	if want := recordtest.Noon().Add(time.Minute); res.Done || !res.At.Equal(want) {
		t.Errorf("got %+v, want again at %v", res, want)
	}
	b.drain(b.runner) // without a sweep
	b.is("sent", 1)
}

// onSettle makes one trouble of the first commit that comes after a call.
func onSettle(b *bench, what trouble) func(string) trouble {
	return func(op string) trouble {
		if op != "commit" || len(b.api.calls) == 0 {
			return noTrouble
		}
		now := what
		what = noTrouble
		return now
	}
}

// The same for a look that found the ticket ready: its next step is queued by
// the worker that settled it, without the help of the sweep.
func TestLostReplyOfALookThatMoves(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.redis.wrote = func(before *record.Record, after record.Record) {
		if after.State == campaign.StateReady && before.State == campaign.StateComputing {
			b.redis.trouble = nil
		}
	}
	lost := false
	b.redis.trouble = func(op string) trouble {
		if op == "commit" && b.api.made(campaign.CallStatus) == 2 && !lost {
			lost = true
			return lostReply
		}
		return noTrouble
	}
	b.drain(b.runner)
	b.is("sent", 1)
	if !lost {
		t.Error("no reply was lost")
	}
}

// A worker keeps an answer of the API until Redis is back, and does not ask Redis in a
// tight loop meanwhile.
func TestAnswerIsKeptWhileRedisIsAway(t *testing.T) {
	t.Parallel()
	for _, call := range []campaign.Call{campaign.CallCreate, campaign.CallStatus, campaign.CallConfirm} {
		for name, away := range map[string][]string{"all of it": {"load", "commit"}, "its writes (no memory left)": {"commit"}} {
			t.Run(string(call)+" "+name, func(t *testing.T) {
				t.Parallel()
				b := newBench(t)
				requests, back := 0, recordtest.Noon().Add(time.Hour)
				b.api.during = func(r record.Request) {
					if r.Call == call {
						b.api.during, back = nil, b.clock.Now().Add(20*time.Second)
					}
				}
				b.redis.trouble = func(op string) trouble {
					if b.api.during != nil || !b.clock.Now().Before(back) || !slices.Contains(away, op) {
						return noTrouble
					}
					requests++
					return lostRequest
				}
				b.drain(b.runner)
				b.is("sent", 1)
				if requests == 0 || requests > 200 {
					t.Errorf("%d requests in 20 s, want some, and at most 200", requests)
				}
			})
		}
	}
}

// A Redis that stays away costs the answer: what follows is what follows a
// crash.
func TestRedisThatStaysAway(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.runner.sleep = func(context.Context, time.Duration) { b.clock.advance(time.Second) }
	b.redis.trouble = func(string) trouble {
		if len(b.api.calls) == 0 || b.clock.Now().After(recordtest.Noon().Add(time.Minute)) {
			return noTrouble
		}
		return lostRequest
	}
	res, _ := b.step(t.Context(), b.runner)
	if res.Done {
		t.Errorf("got %+v, want again", res)
	}
	b.redis.trouble = nil
	b.settleDown()
	b.is("sent lost try=2", 1)
}

// Asked to stop at any point, a worker begins nothing new: at most the call
// that is in flight is finished, and then it is settled.
func TestStopAtEveryPoint(t *testing.T) {
	t.Parallel()
	for _, l := range lives() {
		for n, point := range points(t, l.edits...) {
			t.Run(fmt.Sprint(l.name, " ", n, " ", point), func(t *testing.T) {
				t.Parallel()
				stopAt(t, l, n)
			})
		}
	}
}

func stopAt(t *testing.T, l life, n int) {
	t.Helper()
	b := newBench(t, l.edits...)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var calls int
	b.onCut = func(at int, _ string) {
		if at == n {
			calls = len(b.api.calls)
			cancel()
		}
	}
	for ctx.Err() == nil {
		if _, more := b.step(ctx, b.runner); !more {
			break
		}
	}
	point := b.cuts[n]
	claimed := slices.Contains([]string{"before claim create", "before claim confirm", "before claim cancel", "after claim create", "after claim confirm", "after claim cancel"}, point)
	inFlight := claimed || slices.Contains([]string{"before call create", "before call status", "before call confirm", "before call cancel"}, point)
	if made := len(b.api.calls) - calls; made > 1 || made == 1 && !inFlight {
		t.Errorf("stopped at %q, it made %d more calls", point, made)
	}
	if r, there := b.redis.records[b.c.Account+"/"+b.c.ID]; there && r.Claim != nil {
		t.Errorf("stopped at %q, it left a claim: %+v", point, *r.Claim)
	}
	b.onCut = nil
	b.drain(b.runner) // everything was put back: no sweep is needed
	endsLike(t, b, l, "stopped at "+point)
}

func TestStopAtTheGate(t *testing.T) {
	t.Parallel()
	for _, call := range []campaign.Call{campaign.CallCreate, campaign.CallStatus, campaign.CallConfirm} {
		t.Run(string(call), func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			b.gate.shut = func(_ context.Context, c campaign.Call) error {
				if c == call {
					cancel() // and the gate opens all the same
				}
				return nil
			}
			for ctx.Err() == nil {
				b.step(ctx, b.runner)
			}
			if got := b.api.made(call); got != 0 || b.gate.given != len(b.gate.released) {
				t.Errorf("%d calls and %d of %d permits given back, want none and all", got, len(b.gate.released), b.gate.given)
			}
			b.gate.shut = nil
			b.drain(b.runner)
			b.is("sent", 1)
		})
	}
}

// Redis changes its run_id while the call is in flight and forgets nothing, or
// the claim, or everything.
func TestRedisForgetsDuringACall(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		call   campaign.Call
		writes int
		state  string
		sent   int
		orphan bool
	}{
		{"nothing, during create", campaign.CallCreate, 0, "sent", 1, false},
		{"the record, during the first create", campaign.CallCreate, 1, "dead maybe", 0, false},
		{"the claim, during a later create", campaign.CallCreate, 1, "dead maybe", 0, true},
		{"nothing, during confirm", campaign.CallConfirm, 0, "sent", 1, false},
		{"the claim, during confirm", campaign.CallConfirm, 1, "sent elsewhere", 1, false},
		{"all but the ticket, during confirm", campaign.CallConfirm, 5, "sent elsewhere", 1, false},
		{"all, during confirm", campaign.CallConfirm, 99, "dead maybe", 1, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t, func(b *bench) { b.redis.depth = 100 })
			b.redis.past = nil // the enqueueing itself is not forgotten
			if c.orphan {
				b.api.wrong = once(c.call, &misstep{out: record.Outcome{Class: record.ClassNotSent}})
				b.step(t.Context(), b.runner)
			}
			b.api.during = func(r record.Request) {
				if r.Call == c.call {
					b.api.during = nil
					b.redis.forget(c.writes)
				}
			}
			b.settleDown()
			b.drain(b.runner)
			b.is(c.state, c.sent)
			if r := b.record(); (len(r.Orphans) == 1) != c.orphan {
				t.Errorf("orphans: got %+v, want one: %v", r.Orphans, c.orphan)
			}
		})
	}
}

// A producer that puts the campaign back after Redis lost all of it meets the
// API's memory, and the doubt ends in a letter, not in a second sending.
func TestEverythingForgottenAndEnqueuedAgain(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.drain(b.runner)
	empty := newRedis(b.clock).kept
	empty.meta = b.redis.meta
	b.redis.past = []kept{empty}
	b.redis.forget(1)
	b.redis.enqueue(b.c, false)
	b.drain(b.runner)
	b.is("dead maybe", 1)
}

// Only a write that failed for good is an error of octoq itself: none may break the
// ledger's contract.
func TestNoWriteBreaksTheContract(t *testing.T) {
	t.Parallel()
	for _, l := range lives() {
		b := newBench(t, l.edits...)
		b.redis.meddle = func(ch record.Change) {
			if err := check(ch); err != nil {
				t.Errorf("%s: %v", l.name, err)
			}
		}
		b.settleDown()
		if b.api.sent() != l.sent {
			t.Errorf("%s: got %d confirmed, want %d", l.name, b.api.sent(), l.sent)
		}
	}
	if !errors.Is(check(record.Change{After: record.Record{Record: campaign.Record{State: campaign.StateSent}}, Token: "t"}), errContract) {
		t.Error("the check finds nothing")
	}
}
