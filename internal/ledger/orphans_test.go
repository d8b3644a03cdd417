package ledger

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/redis/go-redis/v9"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/key"
	"github.com/octoq/octoq/internal/record"
)

func orphanSuite() suite {
	return suite{
		"orphans are indexed":        testOrphanIndex,
		"trim of orphans":            testTrimOrphans,
		"bad pages of orphans":       testBadOrphanPages,
		"epoch of orphans is stored": testOrphanEpoch,
	}
}

// orphaned is a campaign with orphans, and how it changes.
func (b *bench) orphaned(id string, orphans ...campaign.Orphan) record.Record {
	b.tb.Helper()
	r := b.path(id, campaign.StateCreating, campaign.StateSimulated)
	return b.withOrphans(r, orphans...)
}

func (b *bench) withOrphans(r record.Record, orphans ...campaign.Orphan) record.Record {
	b.tb.Helper()
	before := r
	r.Orphans = orphans
	return b.put(&before, r)
}

// wantOrphans checks which ids are to be cancelled, and which stand there at all.
func (b *bench) wantOrphans(when string, live, loose []string) {
	b.tb.Helper()
	var got []string
	for cursor, first := "", true; first || cursor != ""; first = false {
		ids, next, err := b.Orphaned(b.ctx(), b.account, b.now().Now.Add(time.Hour), cursor, 1)
		if err != nil {
			b.tb.Fatalf("%s: %v", when, err)
		}
		got, cursor = append(got, ids...), next
	}
	if diff := cmp.Diff(live, got); diff != "" {
		b.tb.Errorf("%s: to be cancelled differs (-want +got):\n%s", when, diff)
	}
	records, all, err := b.Loose(b.ctx(), b.account, 10)
	if diff := cmp.Diff(loose, idsOf(records)); diff != "" || err != nil || all != int64(len(loose)) {
		b.tb.Errorf("%s: got %d in all, %v; those in the way differ (-want +got):\n%s", when, all, err, diff)
	}
}

func testOrphanIndex(t *testing.T, b *bench, _ backend) {
	b.wantOrphans("at first", nil, nil)
	live := campaign.Orphan{Ticket: "T1"}
	r := b.orphaned("a", live)
	b.wantOrphans("an orphan", []string{"a"}, []string{"a"})
	if ids, _, err := b.Orphaned(b.ctx(), b.account, b.now().Now.Add(-time.Hour), "", 10); err != nil || len(ids) > 0 {
		t.Errorf("an hour ago: got %v, %v, want none", ids, err)
	}

	tried := live
	tried.Tries = record.OrphanTries
	r = b.withOrphans(r, tried)
	b.wantOrphans("one given up", nil, []string{"a"})
	gone, sent := tried, live
	gone.Cancelled, sent.Ticket, sent.Sent = true, "T2", true
	for name, o := range map[string]campaign.Orphan{"cancelled": gone, "sent": sent} {
		r = b.withOrphans(r, tried, live)
		b.wantOrphans("one more", []string{"a"}, []string{"a"})
		r = b.withOrphans(r, gone, o)
		b.wantOrphans(name, nil, nil)
	}
	live.Ticket, tried.Ticket = "T3", "T4" // T1 is a's
	b.orphaned("b", live)
	b.orphaned("c", tried)
	b.wantOrphans("two campaigns", []string{"b"}, []string{"c", "b"})
}

func testTrimOrphans(t *testing.T, b *bench, _ backend) {
	old := b.now().Now.Add(-DefaultRetention - time.Hour).UnixMilli()
	for id, tries := range map[string]int{"gone": 0, "kept": 0, "young": 0, "gone2": record.OrphanTries, "kept2": record.OrphanTries, "young2": record.OrphanTries} {
		r := b.orphaned(id, campaign.Orphan{Ticket: "T" + id, Tries: tries})
		set, score := key.Orphans(b.account), old
		if tries > 0 {
			score += spent
		}
		if id != "young" && id != "young2" {
			b.rdb.ZAdd(b.ctx(), set, zOf(score, r.ID()))
		}
		if id != "kept" && id != "kept2" {
			b.rdb.Del(b.ctx(), key.Record(b.account, id))
		}
	}
	for _, want := range []int{2, 0} {
		if n, err := b.Trim(b.ctx(), b.account); n != want || err != nil {
			t.Errorf("trim: got %d, %v, want %d", n, err, want)
		}
	}
	got, err := b.rdb.ZRange(b.ctx(), key.Orphans(b.account), 0, -1).Result()
	if diff := cmp.Diff([]string{"kept", "young", "kept2", "young2"}, got); diff != "" || err != nil {
		t.Errorf("left in the set differs (-want +got), %v:\n%s", err, diff)
	}
	if records, all, err := b.Loose(b.ctx(), b.account, 10); len(records) != 2 || all != 4 || err != nil {
		t.Errorf("in the way: got %v of %d, %v, want the two that are there", idsOf(records), all, err)
	}
}

func testBadOrphanPages(t *testing.T, b *bench, _ backend) {
	for _, n := range []int{0, -1} {
		if _, _, err := b.Orphaned(b.ctx(), b.account, time.Now(), "", n); err == nil {
			t.Errorf("a page of %d: got no error", n)
		}
		if _, _, err := b.Loose(b.ctx(), b.account, n); err == nil {
			t.Errorf("%d in the way: got no error", n)
		}
	}
	if _, _, err := b.Orphaned(b.ctx(), "", time.Now(), "", 1); err == nil {
		t.Error("without an account: got no error")
	}
	if _, _, err := b.Loose(b.ctx(), "", 1); err == nil {
		t.Error("in the way without an account: got no error")
	}
}

func testOrphanEpoch(t *testing.T, b *bench, _ backend) {
	r := b.orphaned("a", campaign.Orphan{Ticket: "T1"})
	before := r
	r.OrphanEpoch = 2
	b.put(&before, r)
	if got, _ := b.load("a"); got.OrphanEpoch != 2 || got.OrphanStep().Epoch != 3 {
		t.Errorf("got epoch %d, step %+v, want 2 and 3", got.OrphanEpoch, got.OrphanStep())
	}
	b.wantOrphans("put back", []string{"a"}, []string{"a"})
}

func zOf(score int64, id string) redis.Z { return redis.Z{Score: float64(score), Member: id} }
