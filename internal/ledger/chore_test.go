package ledger

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/redis/go-redis/v9"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/key"
	"github.com/octoq/octoq/internal/lease"
	"github.com/octoq/octoq/internal/record"
)

func choreSuite() suite {
	return suite{
		"trim":                       testTrim,
		"trim goes on":               testTrimGoesOn,
		"purge":                      testPurge,
		"purge in doubt":             testPurgeInDoubt,
		"purge of what changed":      testPurgeStale,
		"purge of the living":        testPurgeLiving,
		"one leads":                  testLeaseOfHolders,
		"a lease is one holder's":    testLease,
		"meta remembers two run_ids": testRunIDs,
	}
}

func testTrim(t *testing.T, b *bench, _ backend) {
	old := b.now().Now.Add(-DefaultRetention - time.Hour).UnixMilli()
	for _, id := range []string{"gone", "kept", "young", "anew"} {
		r := b.path(id, campaign.StateCreating, campaign.StateSimulated)
		if id != "young" {
			b.stamp(r, old)
		}
		if id != "kept" {
			b.rdb.Del(b.ctx(), key.Record(b.account, id))
		}
	}
	b.path("anew", campaign.StateCreating) // another campaign, long after
	for _, want := range []int{2, 0} {
		if n, err := b.Trim(b.ctx(), b.account); n != want || err != nil {
			t.Errorf("trim: got %d, %v, want %d", n, err, want)
		}
	}
	got, err := b.rdb.ZRange(b.ctx(), key.State(b.account, campaign.StateSimulated), 0, -1).Result()
	if diff := cmp.Diff([]string{"kept", "young"}, got); diff != "" || err != nil {
		t.Errorf("left in the set differs (-want +got), %v:\n%s", err, diff)
	}
}

// Tombstones that stay for good may be very many: one trim does not look at all
// of them, and what is gone behind them is found all the same.
func testTrimGoesOn(t *testing.T, b *bench, _ backend) {
	old := b.now().Now.Add(-2 * purgeGrace).UnixMilli()
	pipe := b.rdb.Pipeline()
	for i := range trimKept + trimBatch {
		id := fmt.Sprintf("t%05d", i)
		pipe.ZAdd(b.ctx(), key.State(b.account, campaign.StatePurged), redis.Z{Score: float64(old + int64(i)), Member: id})
		pipe.HSet(b.ctx(), key.Record(b.account, id), "state", "purged")
	}
	for i := range 3 * trimBatch { // those that go cost nothing again
		pipe.ZAdd(b.ctx(), key.State(b.account, campaign.StatePurged), redis.Z{Score: float64(old + 1e6), Member: fmt.Sprintf("u%05d", i)})
	}
	if _, err := pipe.Exec(b.ctx()); err != nil {
		t.Fatal(err)
	}
	for i, want := range []int{0, 3 * trimBatch, 0, 0} {
		if n, err := b.Trim(b.ctx(), b.account); n != want || err != nil {
			t.Errorf("trim %d: got %d, %v, want %d", i+1, n, err, want)
		}
	}
	b.rdb.Del(b.ctx(), key.Record(b.account, "t00000"))
	found := 0
	for range 2 {
		n, err := b.Trim(b.ctx(), b.account)
		if err != nil {
			t.Fatal(err)
		}
		found += n
	}
	if found != 1 {
		t.Errorf("one that went behind the walk: got %d, want it met in the next one", found)
	}
}

// dead is a dead campaign that has had a ticket and has an orphan.
func (b *bench) dead(id string) record.Record {
	b.tb.Helper()
	r := b.path(id, campaign.StateCreating)
	before := r
	r.State, r.Ticket = campaign.StateComputing, "sms_"+id
	r.Orphans = []campaign.Orphan{{Ticket: "late_" + id}}
	r = b.put(&before, r)
	before = r
	r.State, r.Failure = campaign.StateDead, &campaign.Failure{Class: campaign.FailRejected, Code: 121}
	ch := b.change(&before, r)
	ch.Entries = []campaign.Entry{{What: "dead"}}
	b.commit(ch, record.CommitApplied)
	r, _ = b.load(id)
	return r
}

func (b *bench) purge(r record.Record, want record.CommitResult) {
	b.tb.Helper()
	got, _, err := b.Purge(b.ctx(), r, false, b.now().RunID, "p", "operator", "")
	if err != nil || got != want {
		b.tb.Fatalf("purge: got %q, %v, want %q", got, err, want)
	}
}

// A purged campaign that surely was not confirmed leaves its id taken for a
// day: a first create that is still under way must not bring it back.
func testPurge(t *testing.T, b *bench, _ backend) {
	r := b.dead("a")
	b.purge(r, record.CommitApplied)
	b.purge(r, record.CommitApplied)
	got, err := b.Get(b.ctx(), b.account, "a")
	if err != nil || got.State != campaign.StatePurged || got.Campaign.Text != "" || got.MaybeConfirmed {
		t.Errorf("tombstone: got %+v, %v, want one without text and mark", got, err)
	}
	b.commit(b.change(nil, b.fresh("a")), record.CommitStale)
	for _, k := range []string{key.Record(b.account, "a"), key.Log(b.account, "a"), key.Ticket(b.account, "sms_a")} {
		b.wantTTL(k, 24*time.Hour)
	}
}

func testPurgeInDoubt(t *testing.T, b *bench, _ backend) {
	marks := map[string]func(*record.Record){
		"marked":  func(r *record.Record) { r.MaybeConfirmed = true },
		"tried":   func(r *record.Record) { r.ConfirmTried = true },
		"failure": func(r *record.Record) { r.Failure.MaybeConfirmed = true },
	}
	for id, mark := range marks {
		r := b.dead(id)
		before := r
		failure := *r.Failure
		r.Failure = &failure
		mark(&r)
		r = b.put(&before, r)
		b.purge(r, record.CommitApplied)
		b.purge(r, record.CommitApplied)

		got, err := b.Get(b.ctx(), b.account, id)
		if err != nil {
			t.Fatalf("%s: tombstone: %v", id, err)
		}
		want := r.Tombstone()
		want.MaybeConfirmed = true
		if diff := cmp.Diff(want, got, owned()); diff != "" {
			t.Errorf("%s: tombstone differs (-want +got):\n%s", id, diff)
		}
		if got.Campaign.Text != "" || got.State != campaign.StatePurged {
			t.Errorf("%s: got state %s, text %q", id, got.State, got.Campaign.Text)
		}
		if n := len(got.Timeline); n != 2 || got.Timeline[1].Who != "operator" {
			t.Errorf("%s: timeline: got %v", id, got.Timeline)
		}
		b.wantTTL(key.Record(b.account, id), -1)
		if owner, err := b.ByTicket(b.ctx(), b.account, "sms_"+id); owner != id || err != nil {
			t.Errorf("%s: ticket: got %q, %v", id, owner, err)
		}
		b.commit(b.change(nil, b.fresh(id)), record.CommitStale) // the id stays taken
	}
	r := b.dead("doubted") // as its purge does
	if got, _, err := b.Purge(b.ctx(), r, true, b.now().RunID, "p", "operator", ""); got != record.CommitApplied || err != nil {
		t.Fatalf("purge: got %q, %v", got, err)
	}
	b.wantTTL(key.Record(b.account, "doubted"), -1)
}

func testPurgeStale(t *testing.T, b *bench, _ backend) {
	old := b.dead("a")
	after := old
	after.Streak++
	b.put(&old, after)
	b.purge(old, record.CommitStale)
	now, m := b.load("a")
	if got, _, err := b.Purge(b.ctx(), now, false, m.RunID+"0", "p", "", ""); got != record.CommitStale || err != nil {
		t.Errorf("under another run_id: got %q, %v, want %q", got, err, record.CommitStale)
	}
	other := now // of another history
	other.LastToken = "a-lost-token"
	b.purge(other, record.CommitStale)
	if _, err := b.Get(b.ctx(), b.account, "a"); err != nil {
		t.Errorf("after stale purges: %v", err)
	}
}

func testPurgeLiving(t *testing.T, b *bench, _ backend) {
	r := b.path("a", campaign.StateCreating)
	if _, _, err := b.Purge(b.ctx(), r, false, b.now().RunID, "p", "operator", ""); !errors.Is(err, campaign.ErrState) {
		t.Errorf("got %v, want %v", err, campaign.ErrState)
	}
}

func testLeaseOfHolders(t *testing.T, b *bench, _ backend) {
	ctx := b.ctx()
	step := func(what string, got bool, err error, want bool) {
		t.Helper()
		if got != want || err != nil {
			t.Errorf("%s: got %v, %v, want %v", what, got, err, want)
		}
	}
	got, err := b.Lease(b.account, "sweep", "a", time.Minute).TryAcquire(ctx)
	step("first", got, err, true)
	got, err = b.Lease(b.account, "sweep", "b", time.Minute).TryAcquire(ctx)
	step("second", got, err, false)
	got, err = b.Lease(b.account, "hold", "b", time.Minute).TryAcquire(ctx)
	step("another lease", got, err, true)
	got, err = b.Lease(b.account, "sweep", "a", time.Hour).TryAcquire(ctx)
	step("extended", got, err, true)
	b.wantTTL(key.Lease(b.account, "sweep"), time.Hour)

	if err := b.Lease(b.account, "sweep", "b", time.Minute).Resign(ctx); err != nil {
		t.Error(err)
	}
	got, err = b.Lease(b.account, "sweep", "b", time.Minute).TryAcquire(ctx)
	step("released by another", got, err, false)
	if err := b.Lease(b.account, "sweep", "a", time.Minute).Resign(ctx); err != nil {
		t.Error(err)
	}
	got, err = b.Lease(b.account, "sweep", "b", time.Minute).TryAcquire(ctx)
	step("released by its holder", got, err, true)
	if _, err := b.Lease(b.account, "sweep", "", time.Minute).TryAcquire(ctx); err == nil {
		t.Error("a lease without a holder was taken")
	}
	if _, err := b.Lease(b.account, "sweep", "a", time.Microsecond).TryAcquire(ctx); err == nil {
		t.Error("a lease of no length was taken")
	}
}

func testLease(t *testing.T, b *bench, _ backend) {
	one := b.Lease(b.account, "sweep", "one", time.Minute)
	two := b.Lease(b.account, "sweep", "two", time.Minute)
	for i, step := range []struct {
		lease *lease.Lease
		want  bool
	}{{one, true}, {two, false}, {one, true}} {
		if got, err := step.lease.TryAcquire(b.ctx()); got != step.want || err != nil {
			t.Errorf("step %d: got %v, %v, want %v", i, got, err, step.want)
		}
	}
	for _, l := range []*lease.Lease{two, one} {
		if err := l.Resign(b.ctx()); err != nil {
			t.Error(err)
		}
	}
	if got, err := two.TryAcquire(b.ctx()); !got || err != nil {
		t.Errorf("after the holder resigned: got %v, %v, want true", got, err)
	}
}
