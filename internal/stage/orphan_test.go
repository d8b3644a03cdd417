package stage

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/record"
	"github.com/octoq/octoq/internal/recordtest"
)

// withOrphan is a bench whose campaign stands somewhere, with T1 an orphan and
// its cancel queued.
func withOrphan(t *testing.T, words string) *bench {
	t.Helper()
	b := newBench(t)
	delete(b.redis.tasks, firstKey)
	r, m := recordtest.Given(t, words)
	r.Ticket = "T2"
	r.Orphans = []campaign.Orphan{{Ticket: "T1", At: m.Now}}
	b.runner.Policy = testPolicy()
	b.api.tickets = []ticketState{ticketReady, ticketReady}
	b.redis.records[b.c.Account+"/"+b.c.ID] = r
	b.redis.add(task{key: keyOf(r.OrphanStep()), step: r.OrphanStep()})
	return b
}

func TestOrphansAreCancelled(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name      string
		words     string
		answers   string // to the first of them
		cancelled bool
		tries     int
		calls     int
		state     string
		story     string
	}{
		{"at once", "computing", "", true, 1, 1, "computing", "orphan_cancelled"},
		{"of a campaign that is over", "sent", "", true, 1, 1, "sent", "orphan_cancelled"},
		{"of a dead one", "dead", "", true, 1, 1, "dead", "orphan_cancelled"},
		{"unknown to the API by now", "computing", "rejected 131", true, 1, 1, "computing", "orphan_cancelled"},
		{"after some tries", "computing", "transient;unanswered;not_sent", true, 4, 4, "computing", "orphan_cancelled"},
		{"a refusal of the account is no try", "computing", "account 101;account 101;account 101;account 101;account 101", true, 1, 6, "computing", "orphan_cancelled"},
		{"a few tries and no more", "computing", "rejected 202;rejected 202;rejected 202;rejected 202;rejected 202", false, 5, 5, "computing", ""},
		{"it was sent, and not by octoq", "computing", "done 132", false, 1, 1, "computing maybe", "orphan_sent"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			b := withOrphan(t, c.words)
			var left []string
			if c.answers != "" {
				left = strings.Split(c.answers, ";")
			}
			b.api.wrong = func(r record.Request) *misstep {
				if r.Ticket != "T1" {
					t.Errorf("%s of ticket %s, want a cancel of T1", r.Call, r.Ticket)
				}
				if len(left) == 0 {
					return nil
				}
				words := left[0]
				left = left[1:]
				return &misstep{out: recordtest.Answer(t, words)}
			}
			b.drain(b.runner)
			o := b.record().Orphans[0]
			if o.Cancelled != c.cancelled || o.Tries != c.tries || o.Note == "" {
				t.Errorf("got %+v, want cancelled %v after %d tries, with a note", o, c.cancelled, c.tries)
			}
			if got := b.api.made(campaign.CallCancel); got != c.calls {
				t.Errorf("calls: got %d, want %d", got, c.calls)
			}
			if got := recordtest.State(b.record()); got != c.state || b.story() != c.story {
				t.Errorf("got %q, timeline %q, want %q, %q", got, b.story(), c.state, c.story)
			}
			if b.gate.given != len(b.gate.released) {
				t.Errorf("%d permits given, %d given back", b.gate.given, len(b.gate.released))
			}
		})
	}
}

// A ticket that the record holds is its own, whatever else is noted of it.
func TestOwnTicketIsNoOrphan(t *testing.T) {
	t.Parallel()
	b := withOrphan(t, "computing")
	r := b.record()
	r.Ticket = "T1"
	b.redis.records[b.c.Account+"/"+b.c.ID] = r
	b.drain(b.runner)
	if len(b.api.calls) != 0 {
		t.Errorf("calls: got %q, want none: the ticket is alive", b.calls())
	}
	r.Orphans = nil
	b.redis.records[b.c.Account+"/"+b.c.ID] = r
	if err := b.runner.addOrphan(t.Context(), r, "T1"); err != nil {
		t.Fatal(err)
	}
	if got := b.record().Orphans; len(got) != 0 {
		t.Errorf("orphans: got %+v, want none", got)
	}
}

// An orphan that turns out to be sent stops the ticket that came after it.
func TestSentOrphanKeepsTheOtherTicketBack(t *testing.T) {
	t.Parallel()
	b := withOrphan(t, "ready")
	b.api.tickets[0] = ticketSent
	b.drain(b.runner)
	r := b.record()
	b.redis.add(task{key: keyOf(r.Next()), step: r.Next()})
	b.drain(b.runner)
	b.is("dead maybe", 1)
	if f := b.record().Failure; b.api.tickets[1] != ticketReady || f == nil || f.Class != campaign.FailDuplicate {
		t.Errorf("got failure %+v and T2 %v, want duplicate and T2 untouched", f, b.api.tickets[1])
	}
}

// The late ticket is written down, and its cancel queued, though the reply of
// the ledger is lost.
func TestOrphanWhoseWriteLostItsReply(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	overtake(b, campaign.CallCreate, true)
	done := false
	b.onCut = func(_ int, point string) {
		if point == "before orphan" && !done {
			done = true
			b.redis.trouble = func(op string) trouble {
				if op == "commit" {
					b.redis.trouble = nil
					return lostReply
				}
				return noTrouble
			}
		}
	}
	b.drain(b.runner)
	b.is("sent lost try=2", 1)
	if !done || b.api.tickets[0] != ticketCancelled || len(b.record().Orphans) != 1 {
		t.Errorf("the orphan was left at the API: %+v", b.record().Orphans)
	}
}

// The wake-up of orphans that is shut out, or meets a Redis in trouble, comes back.
func TestOrphansWaitLikeOthers(t *testing.T) {
	t.Parallel()
	b := withOrphan(t, "computing")
	b.redis.trouble = func(string) trouble { return lostRequest }
	if res, _ := b.step(t.Context(), b.runner); res.Done || res.Err == nil {
		t.Errorf("Redis away: got %+v, want again with the reason", res)
	}
	b.redis.trouble = counted("commit", 0, lostRequest, new(int))
	if res, _ := b.step(t.Context(), b.runner); res.Done || res.Err == nil {
		t.Errorf("Redis away after the call: got %+v, want again with the reason", res)
	}
	b.redis.trouble = nil
	later := &GateClosedError{At: b.clock.Now().Add(time.Hour), Why: "on hold"}
	given := b.gate.given
	b.gate.shut = func(context.Context, campaign.Call) error { return later }
	if res, _ := b.step(t.Context(), b.runner); res.Done || !res.At.Equal(later.At) || b.gate.given != given {
		t.Errorf("on hold: got %+v, want again at %v", res, later.At)
	}
}
