package stage

import (
	"context"
	"strings"
	"testing"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/ledger"
	"github.com/octoq/octoq/internal/record"
	"github.com/octoq/octoq/internal/recordtest"
)

// othersTicket is a ticket of another campaign of the account.
const othersTicket = "X1"

// benchCompleter completes steps in one request, as a worker does whose ledger and
// queues are on one Redis.
type benchCompleter struct{ b *bench }

func (c benchCompleter) Complete(ctx context.Context, job Job, ch record.Change, next NextStep) (Completion, error) {
	f := c.b.redis
	served := f.tasks[keyOf(job.Step)]
	v, m, err := f.ask(ctx, ch, func(ch record.Change) (record.CommitResult, record.Snapshot, error) {
		return f.complete(ch, next, served, f.runID)
	})
	return Completion{Result: v, At: m, Acknowledged: err == nil && v == record.CommitApplied}, err
}

// keptByRedis has a bench's records kept by the real ledger.
func keptByRedis(t *testing.T) func(*bench) {
	t.Helper()
	rdb := openReal(t)
	store, err := ledger.New(rdb, ledger.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return func(b *bench) {
		b.redis.real = &realLedger{rdb: rdb, store: store, broken: t.Errorf, compare: true}
	}
}

// A create that is answered with a ticket of another campaign stops the
// campaign, whatever keeps its record and however it is written. The ticket is
// neither asked about, nor confirmed, nor cancelled, nor by a later run.
func TestTicketOfAnotherCampaignIsRefused(t *testing.T) {
	t.Parallel()
	completing := func(b *bench) { b.runner.Completer = benchCompleter{b} }
	for _, c := range []struct {
		name  string
		real  bool
		edits []func(*bench)
	}{
		{"in memory", false, nil},
		{"in one script", false, []func(*bench){completing}},
		{"in memory, the reply is lost", false, []func(*bench){loseReply("commit", 2)}},
		{"in Redis", true, nil},
		{"in Redis, the reply is lost", true, []func(*bench){loseReply("commit", 2)}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			edits := c.edits
			if c.real {
				edits = append(edits, keptByRedis(t))
			}
			b := newBench(t, edits...)
			b.redis.lead(b.c.Account, "T1", "summer")
			b.drain(b.runner)
			b.is("dead unanswered", 0)
			r := b.record()
			if f := r.Failure; f.Class != campaign.FailTicketTaken || f.MaybeConfirmed || f.Ticket != "" || r.Ticket != "" ||
				!strings.Contains(f.Message, "ticket T1, which belongs to campaign summer") {
				t.Errorf("got ticket %q, failure %+v, want none of it, and summer named", r.Ticket, *f)
			}
			if owner := b.redis.tickets[b.c.Account+"/T1"]; owner != "summer" {
				t.Errorf("T1 leads to %q, want summer", owner)
			}
			b.run(nil)
			b.drain(b.runner)
			b.is("sent lost try=2", 1) // the create had arrived: it is asked anew
			for _, call := range b.api.calls {
				if call.Ticket == "T1" {
					t.Errorf("%s of T1, which is another campaign's", call.Call)
				}
			}
		})
	}
}

// loseReply has the reply to the n-th request of a kind be lost.
func loseReply(op string, n int) func(*bench) {
	return func(b *bench) {
		b.redis.trouble = func(asked string) trouble {
			if asked != op {
				return noTrouble
			}
			if n--; n == 0 {
				return lostReply
			}
			return noTrouble
		}
	}
}

// A ticket that was given up stays so, and is cancelled.
func TestOrphanGivenAgainIsNotTakenBack(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.api.wrong = func(r record.Request) *misstep {
		if r.Call == campaign.CallCreate && len(b.api.tickets) == 1 {
			return &misstep{out: record.Outcome{Class: record.ClassOK, Ticket: "T1"}}
		}
		return nil
	}
	b.redis.meddle = func(ch record.Change) { // T1 comes too late for the record
		if ch.Kind == record.ChangeSettle && ch.After.Ticket == "T1" && len(b.api.tickets) == 1 && b.api.made(campaign.CallCreate) == 1 {
			b.clock.advance(2 * b.runner.Policy.Claim)
		}
	}
	b.drain(b.runner)
	b.is("dead unanswered", 0)
	r := b.record()
	if f := r.Failure; f.Class != campaign.FailTicketTaken || !strings.Contains(f.Message, "earlier create of this campaign") {
		t.Errorf("got %+v, want it to speak of the earlier create", *f)
	}
	if len(r.Orphans) != 1 || !r.Orphans[0].Cancelled || b.api.tickets[0] != ticketCancelled {
		t.Errorf("got orphans %+v, want T1 cancelled", r.Orphans)
	}
}

// A ticket that comes too late, and is another campaign's, is not cancelled
// from under that.
func TestLateTicketOfAnotherCampaignIsNoOrphan(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.redis.lead(b.c.Account, othersTicket, "summer")
	delete(b.redis.tasks, firstKey)
	r, _ := recordtest.Given(t, "computing")
	b.redis.records[b.c.Account+"/"+b.c.ID] = r
	if err := b.runner.addOrphan(t.Context(), r, othersTicket); err != nil {
		t.Fatal(err)
	}
	got := b.record()
	if len(got.Orphans) != 0 || len(b.redis.tasks) != 0 || b.story() != "ticket_taken" {
		t.Errorf("got orphans %+v, %d tasks, timeline %q, want none of them, and ticket_taken", got.Orphans, len(b.redis.tasks), b.story())
	}
	if why := got.Timeline[0].Why; !strings.Contains(why, othersTicket) || !strings.Contains(why, "summer") {
		t.Errorf("reason: got %q, want ticket and campaign named", why)
	}
}
