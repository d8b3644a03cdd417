package stage

import (
	"strings"
	"testing"
	"time"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/lifecycle"
	"github.com/octoq/octoq/internal/record"
	"github.com/octoq/octoq/internal/recordtest"
)

// oneAtATime is an account that was answered 126 before.
func oneAtATime(b *bench) { b.redis.meta.oneAtATime = true }

// roomBench is a bench in an account that takes one unconfirmed campaign at a time.
func roomBench(t *testing.T, edits ...func(*bench)) *bench {
	t.Helper()
	b := newBench(t, edits...)
	oneAtATime(b) // the bench has just begun the account's meta
	return b
}

// unticketed fails unless the campaign waits for a person without a ticket, under the
// second request_id.
func (b *bench) unticketed() {
	b.t.Helper()
	r := b.record()
	if r.State != campaign.StateAwaitingApproval || r.Ticket != "" || r.Removal != record.RemovalDone || r.Try != 2 || !r.Priced() {
		b.t.Fatalf("got %s with ticket %q, removal %q, try %d, price %q, want it to wait without a ticket: %s",
			r.State, r.Ticket, r.Removal, r.Try, r.Price(), b.story())
	}
	if b.api.tickets[0] != ticketCancelled || r.Version() != record.BudgetedVersion {
		b.t.Errorf("at the API the ticket is %d, the record has version %d", b.api.tickets[0], r.Version())
	}
}

// A ticket that waits for a person is deleted, and the approval brings another one.
func TestATicketThatWaitsMakesRoom(t *testing.T) {
	t.Parallel()
	b := roomBench(t, manual)
	b.drain(b.runner)
	b.unticketed()
	if err := b.approve(); err != nil {
		t.Fatal(err)
	}
	b.drain(b.runner)
	b.is("sent approved try=2", 1)
	if ids := requestIDs(b); len(ids) != 2 || ids[0] == ids[1] {
		t.Errorf("request_ids: got %q, want two", ids)
	}
	if got, want := b.calls(), "create status status cancel create status status confirm"; got != want {
		t.Errorf("got calls %s, want %s", got, want)
	}
}

// The first 126 of an account is noted, and no other account's.
func TestTheFirst126IsNoted(t *testing.T) {
	t.Parallel()
	b := newBench(t, manual)
	b.api.wrong = once(campaign.CallCreate, &misstep{out: recordtest.Answer(t, "transient 126")})
	b.drain(b.runner)
	b.unticketed()
	if m := b.redis.moment(); !m.OneAtATime {
		t.Error("the account has answered 126, and the ledger does not say so")
	}
	b = newBench(t, manual)
	b.drain(b.runner)
	if r := b.record(); r.Ticket == "" || r.Version() == record.BudgetedVersion {
		t.Errorf("without a 126: got ticket %q in version %d, want the ticket to stay", r.Ticket, r.Version())
	}
}

// A ticket that waited before the account's first 126 is found by the sweep.
func TestATicketThatWaitedBeforeIsFound(t *testing.T) {
	t.Parallel()
	b := newBench(t, manual)
	b.drain(b.runner)
	r := b.record()
	if lifecycle.NeedsTask(r, b.redis.moment()) {
		t.Fatal("it needs a task before the 126")
	}
	oneAtATime(b)
	if !lifecycle.NeedsTask(r, b.redis.moment()) {
		t.Fatal("it needs no task after the 126")
	}
	b.redis.add(task{key: keyOf(r.Next()), step: r.Next()})
	b.drain(b.runner)
	b.unticketed()
}

func TestEndsWithoutATicket(t *testing.T) {
	t.Parallel()
	b := roomBench(t, manual)
	b.drain(b.runner)
	if err := b.cancel(); err != nil {
		t.Fatal(err)
	}
	b.drain(b.runner)
	b.is("cancelled cancel try=2", 0)
	if got := b.api.made(campaign.CallCancel); got != 1 {
		t.Errorf("got %d deletes, want the one that made room", got)
	}

	b = roomBench(t, manual, func(b *bench) { b.c.ExpiresAt = b.clock.Now().Add(time.Hour) })
	b.drain(b.runner)
	b.clock.advance(2 * time.Hour)
	if err := b.approve(); err != nil {
		t.Fatal(err)
	}
	b.drain(b.runner)
	if r := b.record(); r.Failure == nil || r.Failure.Class != campaign.FailExpired || r.MaybeConfirmed {
		t.Errorf("expired: got %s, %+v", recordtest.State(r), r.Failure)
	}
}

// What the API says of the delete decides.
func TestAnswersToTheRemoval(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, answer string
		carriedOut   bool
		want         string // after an approval
		creates      int
	}{
		{"unanswered, and carried out", "unanswered", true, "sent approved try=2", 2},
		{"unanswered, and not carried out", "unanswered", false, "sent approved try=2", 2},
		{"500", "transient 500", false, "sent approved try=2", 2},
		{"126", "transient 126", false, "sent approved try=2", 2},
		{"the account", "account 101", false, "sent approved try=2", 2},
		{"unknown ticket", "rejected 131", true, "sent approved try=2", 2},
		{"refused", "rejected 202", false, "sent approved", 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			b := roomBench(t, manual)
			b.api.wrong = once(campaign.CallCancel, &misstep{out: recordtest.Answer(t, c.answer), carriedOut: c.carriedOut})
			b.drain(b.runner)
			if r := b.record(); r.State != campaign.StateAwaitingApproval {
				t.Fatalf("got %s, want it to wait: %s", recordtest.State(r), b.story())
			}
			if err := b.approve(); err != nil {
				t.Fatal(err)
			}
			b.drain(b.runner)
			b.is(c.want, 1)
			if got := b.api.made(campaign.CallCreate); got != c.creates {
				t.Errorf("got %d creates, want %d: %s", got, c.creates, b.story())
			}
		})
	}
	b := roomBench(t, manual)
	b.api.wrong = once(campaign.CallCancel, &misstep{out: recordtest.Answer(t, "done 132")})
	b.drain(b.runner)
	if r := b.record(); r.State != campaign.StateSent || !r.ConfirmedElsewhere {
		t.Errorf("sent elsewhere: got %s", recordtest.State(r))
	}
}

// Once Redis may have forgotten the ticket that came after, a ticket that the API does
// not know proves nothing.
func TestAnUnknownTicketInDoubtWaitsForAVouch(t *testing.T) {
	t.Parallel()
	b := newBench(t, manual)
	b.drain(b.runner)
	b.redis.forget(0)
	oneAtATime(b)
	b.api.tickets[0] = ticketCancelled
	b.redis.add(task{key: keyOf(b.record().Next()), step: b.record().Next()})
	b.drain(b.runner)
	if r := b.record(); !r.WaitsForVouch() {
		t.Fatalf("got %s waiting for %q, want it to wait for a vouch: %s", recordtest.State(r), r.Waiting, b.story())
	}
	if err := b.approve(); err == nil || !strings.Contains(err.Error(), "octoq vouch") {
		t.Errorf("approved: got %v, want a refusal that names the vouch", err)
	}
	b.redis.vouch(b.c.Account)
	b.redis.add(task{key: keyOf(b.record().Next()), step: b.record().Next()})
	b.drain(b.runner)
	b.unticketed()
}

// While its delete is under way an approval is stored, and acts once it is answered.
func TestAnApprovalDuringTheRemoval(t *testing.T) {
	t.Parallel()
	b := roomBench(t, manual)
	b.api.during = func(r record.Request) {
		if r.Call != campaign.CallCancel {
			return
		}
		b.api.during = nil
		if err := b.approve(); err != nil {
			t.Errorf("approve: %v", err)
		}
	}
	b.drain(b.runner)
	b.is("sent approved try=2", 1)
	if got := b.api.made(campaign.CallCreate); got != 2 {
		t.Errorf("got %d creates, want another one after the delete", got)
	}
}

// From the claim of the delete on nothing else is done before the API has answered one:
// a worker that goes on later has to know whether the ticket is there.
func TestNothingEndsARemovalUnanswered(t *testing.T) {
	t.Parallel()
	b := roomBench(t, manual, func(b *bench) { b.c.ExpiresAt = b.clock.Now().Add(time.Hour) })
	b.api.wrong = once(campaign.CallCancel, &misstep{out: recordtest.Answer(t, "unanswered"), carriedOut: true})
	b.api.during = func(r record.Request) {
		if r.Call == campaign.CallCancel {
			b.api.during = nil
			b.clock.advance(2 * time.Hour)
		}
	}
	b.drain(b.runner)
	if r := b.record(); r.State != campaign.StateAwaitingApproval || r.Removal != record.RemovalDone {
		t.Errorf("got %s with removal %q, want it to know that its ticket is gone: %s", recordtest.State(r), r.Removal, b.story())
	}
	if got := b.api.made(campaign.CallCancel); got != 2 {
		t.Errorf("got %d deletes, want another one after that without an answer", got)
	}
}

// A ticket whose confirm was not answered is never deleted: it may be sent.
func TestAnUnansweredConfirmKeepsItsTicket(t *testing.T) {
	t.Parallel()
	b := roomBench(t)
	b.api.wrong = once(campaign.CallConfirm, &misstep{out: recordtest.Answer(t, "unanswered"), carriedOut: true})
	b.api.afterSend = record.Outcome{Class: record.ClassOK, Progress: record.ProgressReady, Contacts: 4000, Cost: 5_000_000}
	b.api.during = func(r record.Request) {
		if r.Call == campaign.CallConfirm { // from now on a person is asked
			b.runner.Policy.Manual = true
		}
	}
	b.drain(b.runner)
	b.is("awaiting_approval tried maybe", 1)
	if got := b.api.made(campaign.CallCancel); got != 0 {
		t.Errorf("got %d deletes of a ticket that may be sent: %s", got, b.story())
	}
}

// A ticket that waits for its window is deleted, and the campaign is created again when
// the window opens.
func TestATicketThatWaitsForItsWindowMakesRoom(t *testing.T) {
	t.Parallel()
	b := windowBench(t, "21:00:00.000")
	oneAtATime(b)
	b.drain(b.runner)
	b.is("sent try=2", 1)
	if got, want := b.calls(), "create status status cancel create status status confirm"; got != want {
		t.Errorf("got calls %s, want %s", got, want)
	}
}

// An account is free again within seconds of a 126, and what waits is there then.
func TestABlockedCreateComesBackSoon(t *testing.T) {
	t.Parallel()
	for purpose, most := range map[string]time.Duration{campaign.PurposeAlert: time.Second, campaign.PurposeWholesale: 30 * time.Second} {
		b := roomBench(t, func(b *bench) { b.c.Purpose = purpose })
		b.api.wrong = func(r record.Request) *misstep {
			if r.Call == campaign.CallCreate {
				return &misstep{out: recordtest.Answer(t, "transient 126")}
			}
			return nil
		}
		for range 12 {
			if _, more := b.step(t.Context(), b.runner); !more {
				t.Fatalf("%s: it does not come back: %s", purpose, b.story())
			}
			if wait := b.record().DueAt.Sub(b.clock.Now()); wait <= 0 || wait > most {
				t.Fatalf("%s: got a wait of %s, want %s at most", purpose, wait, most)
			}
		}
	}
}

// Lost tickets stop a campaign after a few, and those that made room are none.
func TestRoomIsNoLostTicket(t *testing.T) {
	t.Parallel()
	b := roomBench(t, manual)
	b.drain(b.runner)
	for i := range lifecycle.MaxLostTickets + 1 {
		b.api.cost += 10_000 // beyond each approval
		if err := b.approve(); err != nil {
			t.Fatal(err)
		}
		b.drain(b.runner)
		if r := b.record(); r.State != campaign.StateAwaitingApproval || r.Removals != i+2 {
			t.Fatalf("round %d: got %s after %d removals: %s", i, recordtest.State(r), r.Removals, b.story())
		}
	}
	b.api.wrong = once(campaign.CallCreate, &misstep{out: recordtest.Answer(t, "unanswered"), carriedOut: true})
	if err := b.approve(); err != nil {
		t.Fatal(err)
	}
	b.drain(b.runner)
	b.is("sent approved lost try=7", 1)
}
