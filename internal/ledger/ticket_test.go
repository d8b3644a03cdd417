package ledger

import (
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/key"
	"github.com/octoq/octoq/internal/record"
)

func ticketSuite() suite {
	return suite{
		"a ticket of another campaign":         testTicketTaken,
		"an orphan of another campaign":        testOrphanTaken,
		"a ticket that two have stays with it": testTicketOfTwo,
		"one ticket for two at once":           testTicketRace,
	}
}

// settling is a create's answer, ticket sms_1, to a record that waits for it.
func (b *bench) settling(id string) record.Change {
	b.tb.Helper()
	r := b.path(id)
	claimed := r
	claimed.State = campaign.StateCreating
	claimed.Claim = &campaign.Claim{Token: "claim-" + id, Call: campaign.CallCreate, Deadline: b.now().Now.Add(time.Hour)}
	claimed = b.put(&r, claimed)
	after := claimed
	after.Claim, after.Ticket, after.State = nil, "sms_1", campaign.StateComputing
	ch := b.change(&claimed, after)
	ch.Token, ch.Kind, ch.Counts = "claim-"+id, record.ChangeSettle, record.Counts{ConfirmAccepted: true, CreateAccepted: true}
	ch.Entries = []campaign.Entry{{What: "created", Who: "w"}}
	return ch
}

func (b *bench) wantTaken(err error, ticket, owner string) {
	b.tb.Helper()
	taken, ok := errors.AsType[*record.TicketError](err)
	if want := (record.TicketError{Account: b.account, Ticket: ticket, Owner: owner}); !ok || *taken != want {
		b.tb.Errorf("got %v, want %v", err, &want)
	}
}

// Nothing is written of a settle that brings another campaign's ticket, nor
// does anything follow; written without it, under the same token, it is.
func testTicketTaken(t *testing.T, b *bench, _ backend) {
	b.commit(b.settling("a"), record.CommitApplied)
	ch := b.settling("b")
	want := b.dump()
	_, m, err := b.CommitAppending(b.ctx(), ch, Append{Script: "redis.call('SET', KEYS[1], '1')", Keys: []string{key.Lease(b.account, "x")}})
	b.wantTaken(err, "sms_1", "a")
	if m.RunID != ch.RunID || m.Now.IsZero() {
		t.Errorf("moment: got %+v, want time and run_id", m)
	}
	if diff := cmp.Diff(want, b.dump()); diff != "" {
		t.Errorf("a refused write changed something (-before +after):\n%s", diff)
	}
	ch.After.Ticket, ch.Counts = "", record.Counts{}
	b.commit(ch, record.CommitApplied)
	if id, err := b.ByTicket(b.ctx(), b.account, "sms_1"); id != "a" || err != nil {
		t.Errorf("sms_1: got %q, %v, want a", id, err)
	}
	// Its own ticket comes back to a campaign that had given it up.
	r, _ := b.load("a")
	r = b.withOrphans(r, campaign.Orphan{Ticket: "sms_1"})
	before := r
	r.Ticket = ""
	r = b.put(&before, r)
	before = r
	r.Orphans, r.Ticket = nil, "sms_1"
	b.put(&before, r)
}

// An orphan is cancelled at the API: one of another campaign must be none.
func testOrphanTaken(t *testing.T, b *bench, _ backend) {
	b.commit(b.settling("a"), record.CommitApplied)
	before := b.path("b", campaign.StateCreating)
	after := before
	after.Ticket, after.Orphans = "sms_b", []campaign.Orphan{{Ticket: "sms_c"}, {Ticket: "sms_1"}}
	_, _, err := b.Commit(b.ctx(), b.change(&before, after))
	b.wantTaken(err, "sms_1", "a")
	for _, ticket := range []string{"sms_b", "sms_c"} {
		if id, err := b.ByTicket(b.ctx(), b.account, ticket); !errors.Is(err, campaign.ErrNotFound) {
			t.Errorf("%s: got %q, %v, want nothing written", ticket, id, err)
		}
	}
}

// A record that an older octoq gave the ticket of another goes on: an answer to
// its confirm is not thrown away. The ticket goes on leading where it did.
func testTicketOfTwo(t *testing.T, b *bench, _ backend) {
	b.commit(b.settling("a"), record.CommitApplied)
	if err := b.rdb.Set(b.ctx(), key.Ticket(b.account, "sms_1"), "b", 0).Err(); err != nil {
		t.Fatal(err)
	}
	r, _ := b.load("a")
	for _, state := range []campaign.State{campaign.StateReady, campaign.StateConfirming, campaign.StateSent} {
		before := r
		r.State, r.Step = state, r.Step+1
		r = b.put(&before, r)
	}
	if id, err := b.ByTicket(b.ctx(), b.account, "sms_1"); id != "b" || err != nil {
		t.Errorf("sms_1: got %q, %v, want b", id, err)
	}
}

// Of two campaigns that are given one ticket at the same time one has it.
func testTicketRace(t *testing.T, b *bench, _ backend) {
	changes := []record.Change{b.settling("a"), b.settling("b")}
	errs := make([]error, len(changes))
	var wg sync.WaitGroup
	for i, ch := range changes {
		wg.Go(func() { _, _, errs[i] = b.Commit(b.ctx(), ch) })
	}
	wg.Wait()
	winner := 0
	if errs[0] != nil {
		winner = 1
	}
	id := changes[winner].After.ID()
	if errs[winner] != nil {
		t.Fatalf("got %v and %v, want one to have the ticket", errs[0], errs[1])
	}
	b.wantTaken(errs[1-winner], "sms_1", id)
	if owner, err := b.ByTicket(b.ctx(), b.account, "sms_1"); owner != id || err != nil {
		t.Errorf("sms_1: got %q, %v, want %s", owner, err, id)
	}
}
