package ledger

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/redis/go-redis/v9"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/key"
	"github.com/octoq/octoq/internal/record"
	"github.com/octoq/octoq/internal/redistest"
)

// over leads a campaign with a ticket, a timeline and an end.
func (b *bench) over(id string, end campaign.State, edit func(*record.Record)) record.Record {
	b.tb.Helper()
	before := b.path(id, campaign.StateCreating)
	after := before
	after.State, after.Ticket, after.Started = campaign.StateComputing, "sms_"+id, map[campaign.Call]campaign.Start{campaign.CallCreate: {At: b.now().Now}}
	before = b.put(&before, after)
	for _, s := range []campaign.State{campaign.StateReady, end} {
		after = before
		after.State = s
		if s == end && edit != nil {
			edit(&after)
		}
		ch := b.change(&before, after)
		ch.Entries = []campaign.Entry{{What: "a step", Who: "worker-1", Why: "to be read again", State: s}}
		b.commit(ch, record.CommitApplied)
		before, _ = b.load(id)
	}
	return before
}

// ignorePacked ignores what packing changes.
func ignorePacked() cmp.Option {
	return cmpopts.IgnoreFields(record.Record{}, "Record.Revision", "Applied", "Packed")
}

// packAll packs what is over, and looks at so many records at a time.
func (b *bench) packAll(most int) (packed int) {
	b.tb.Helper()
	for more := true; more; {
		var n int
		var err error
		if n, more, err = b.Pack(b.ctx(), b.account, b.now().Now.Add(time.Hour), most); err != nil {
			b.tb.Fatalf("pack: %v", err)
		}
		packed += n
	}
	return packed
}

func (b *bench) packed(id string) bool {
	b.tb.Helper()
	r, _ := b.load(id)
	if r.Packed != nil && b.rdb.Exists(b.ctx(), key.Log(b.account, id)).Val() == 1 {
		b.tb.Errorf("%s is packed, and its timeline still has a list", id)
	}
	return r.Packed != nil
}

// Campaigns that are over are packed, whatever end they came to, and are read, listed and
// kept as before. What may still change is left alone.
func TestPack(t *testing.T) {
	t.Parallel()
	for _, backend := range backends() {
		t.Run(backend.name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t, backend.open(t))
			dead := b.over("dead", campaign.StateDead, nil)
			ends := map[string]bool{"sent": true, "cancelled": true, "simulated": true, "purged": true, "forever": true}
			b.over("sent", campaign.StateSent, func(r *record.Record) { r.Cost, r.Reserved = 1234, nil })
			b.over("cancelled", campaign.StateCancelled, nil)
			b.path("simulated", campaign.StateCreating, campaign.StateSimulated)
			for id, forGood := range map[string]bool{"purged": false, "forever": true} {
				r := b.over(id, campaign.StateDead, nil)
				if _, _, err := b.Purge(b.ctx(), r, forGood, b.now().RunID, b.token(), "operator", ""); err != nil {
					t.Fatal(err)
				}
			}
			b.over("orphan", campaign.StateSent, func(r *record.Record) { r.Orphans = []campaign.Orphan{{Ticket: "sms_late"}} })
			b.over("unclaimed", campaign.StateCancelled, func(r *record.Record) { r.Started = nil })
			b.path("living", campaign.StateCreating)

			read := func() (all []any) {
				for _, id := range []string{"dead", "sent", "cancelled", "simulated", "purged", "forever", "orphan", "unclaimed", "living"} {
					whole, err := b.Get(b.ctx(), b.account, id)
					loaded, _ := b.load(id)
					ttl := b.rdb.TTL(b.ctx(), key.Record(b.account, id)).Val().Round(time.Minute)
					all = append(all, id, whole, err, loaded, ttl)
				}
				page, _, err := b.List(b.ctx(), b.account, "", "", 100)
				counts, countsErr := b.Counts(b.ctx(), b.account)
				places, _, placesErr := b.Enqueued(b.ctx(), b.account, "", Place{}, 100)
				return append(all, page, err, counts, countsErr, places, placesErr)
			}
			before := read()
			if n, more, err := b.Pack(b.ctx(), b.account, b.now().Now.Add(-time.Hour), 100); n > 0 || more || err != nil {
				t.Errorf("what is young: got %d packed, %v, %v, want none", n, more, err)
			}
			if n := b.packAll(100); n != len(ends) {
				t.Errorf("got %d packed, want %d", n, len(ends))
			}
			for _, id := range []string{"dead", "sent", "cancelled", "simulated", "purged", "forever", "orphan", "unclaimed", "living"} {
				if got := b.packed(id); got != ends[id] {
					t.Errorf("%s is packed: got %v, want %v", id, got, ends[id])
				}
			}
			if diff := cmp.Diff(before, read(), ignorePacked(), cmpopts.EquateErrors()); diff != "" {
				t.Errorf("what is read of them (-before +after):\n%s", diff)
			}
			if n := b.packAll(100); n != 0 {
				t.Errorf("a second time: got %d packed, want none", n)
			}
			if got, _, err := b.Commit(b.ctx(), b.change(&dead, dead)); got != record.CommitApplied || err != nil {
				t.Errorf("the dead one: got %q, %v, want it to go on", got, err)
			}
		})
	}
}

// The next change of a packed record writes it out, with its whole timeline and its end,
// and it is packed again when that is over, too.
func TestAChangeWritesAPackedRecordOut(t *testing.T) {
	t.Parallel()
	for _, backend := range backends() {
		t.Run(backend.name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t, backend.open(t))
			unpacked := b.over("a-1", campaign.StateSent, nil)
			want, err := b.Get(b.ctx(), b.account, "a-1")
			if err != nil || len(want.Timeline) != 2 {
				t.Fatalf("got %+v, %v, want two entries", want.Timeline, err)
			}
			b.packAll(1)
			before, _ := b.load("a-1")
			stale := before
			after := before
			after.ConfirmedElsewhere = true
			ch := b.change(&before, after)
			ch.Entries = []campaign.Entry{{At: time.UnixMilli(1_700_000_000_000).UTC(), What: "learnt later"}}
			b.commit(ch, record.CommitApplied)
			b.commit(ch, record.CommitApplied) // its answer was lost

			got, err := b.Get(b.ctx(), b.account, "a-1")
			want.ConfirmedElsewhere, want.Timeline = true, append(want.Timeline, ch.Entries...)
			want.Revision, want.LastToken, want.Applied = want.Revision+2, ch.Token, []string{ch.Token}
			if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(record.Record{}, "Record.UpdatedAt")); err != nil || diff != "" {
				t.Errorf("written out (-want +got), %v:\n%s", err, diff)
			}
			for _, k := range []string{key.Record(b.account, "a-1"), key.Log(b.account, "a-1")} {
				b.wantTTL(k, DefaultRetention)
			}
			if fields, err := b.rdb.HKeys(b.ctx(), key.Record(b.account, "a-1")).Result(); err != nil || slices.Contains(fields, "0") {
				t.Errorf("fields: got %q, %v, want no part of the packed form", fields, err)
			}
			for _, r := range []record.Record{unpacked, stale} {
				b.commit(b.change(&r, r), record.CommitStale)
			}
			if n := b.packAll(1); n != 1 || !b.packed("a-1") {
				t.Errorf("got %d packed afterwards, want it again", n)
			}
		})
	}
}

// A record that changes while it is being packed stays as it is.
func TestPackBesideAChange(t *testing.T) {
	t.Parallel()
	b := newBench(t, redistest.Start(t).Client())
	r := b.over("a-1", campaign.StateSent, nil)
	hash := b.rdb.HGetAll(b.ctx(), key.Record(b.account, "a-1")).Val()
	fields, err := b.compression.pack(hash, nil)
	if err != nil {
		t.Fatal(err)
	}
	args := []any{hash["revision"], hash["last"], len(fields)}
	for _, f := range fields {
		args = append(args, f)
	}
	after := r
	after.ConfirmedElsewhere = true
	b.put(&r, after)
	keys := []string{key.Record(b.account, "a-1"), key.Log(b.account, "a-1")}
	if n, err := b.scripts.pack.Run(b.ctx(), b.rdb, keys, args...).Int(); n != 0 || err != nil {
		t.Errorf("got %d packed, %v, want none", n, err)
	}
	if got, err := b.Get(b.ctx(), b.account, "a-1"); err != nil || !got.ConfirmedElsewhere || len(got.Timeline) != 2 {
		t.Errorf("got %+v, %v, want the change", got, err)
	}
}

// A timeline that is packed between the reading of the record and that of its list is read
// from the packed record.
func TestGetWhileItIsPacked(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	b, reader := newBench(t, server.Client()), server.Client()
	b.over("a-1", campaign.StateSent, nil)
	want, err := b.Get(b.ctx(), b.account, "a-1")
	if err != nil {
		t.Fatal(err)
	}
	between := &betweenTwo{do: func() { b.packAll(1) }}
	reader.AddHook(between)
	s, err := New(reader, Options{})
	if err != nil {
		t.Fatal(err)
	}
	got, err := s.Get(b.ctx(), b.account, "a-1")
	if diff := cmp.Diff(want, got, ignorePacked()); err != nil || diff != "" {
		t.Errorf("got (-want +got), %v:\n%s", err, diff)
	}
	if between.do != nil || !b.packed("a-1") {
		t.Error("it was not packed meanwhile")
	}
}

// Packing goes on where it was left, also by another worker, in steps.
func TestPackGoesOn(t *testing.T) {
	t.Parallel()
	rdb := redistest.Start(t).Client()
	b := newBench(t, rdb)
	const n = 2*packBatch + 3
	for i := range n {
		b.path("s-"+strings.Repeat("x", i+1)[:1+i%30]+string(rune('a'+i/30)), campaign.StateCreating, campaign.StateSimulated)
	}
	later := b.now().Now.Add(time.Hour)
	got, more, err := b.Pack(b.ctx(), b.account, later, 1)
	if got != packBatch || !more || err != nil {
		t.Errorf("first: got %d, %v, %v, want a batch and more", got, more, err)
	}
	s, err := New(rdb, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if got, more, err = s.Pack(b.ctx(), b.account, later, 1000); got != n-packBatch || more || err != nil {
		t.Errorf("by another: got %d, %v, %v, want the %d others", got, more, err, n-packBatch)
	}
}

// What is packed takes much less of Redis, in its form for small hashes.
func TestPackedIsSmall(t *testing.T) {
	t.Parallel()
	rdb := redistest.Start(t).Client()
	b := newBench(t, rdb)
	b.over("a-1", campaign.StateSent, nil)
	bytes := func() (sum int64) {
		for _, k := range []string{key.Record(b.account, "a-1"), key.Log(b.account, "a-1")} {
			n, err := rdb.MemoryUsage(b.ctx(), k).Result()
			if err != nil && !errors.Is(err, redis.Nil) {
				t.Fatal(err)
			}
			sum += n
		}
		return sum
	}
	before := bytes()
	b.packAll(1)
	if got := rdb.ObjectEncoding(b.ctx(), key.Record(b.account, "a-1")).Val(); got != "listpack" {
		t.Errorf("encoding: got %q, want listpack", got)
	}
	if after := bytes(); after*2 > before {
		t.Errorf("got %d bytes of %d, want less than half", after, before)
	}
}

// Records that are packed leave the indexes with the others, and find their places.
func TestIndexesOfPackedRecords(t *testing.T) {
	t.Parallel()
	b := newBench(t, redistest.Start(t).Client())
	for _, id := range []string{"kept", "gone"} {
		b.over(id, campaign.StateSent, nil)
	}
	b.packAll(1)
	b.rdb.ZRem(b.ctx(), key.Enqueued(b.account), "kept")
	b.rdb.Del(b.ctx(), key.Record(b.account, "gone"))
	places, _, err := b.Enqueued(b.ctx(), b.account, campaign.StateSent, Place{}, 10)
	if err != nil || len(places) != 1 || places[0] != (Place{At: 1_700_000_000_123, ID: "kept"}) {
		t.Errorf("places: got %v, %v, want that of the one that is there", places, err)
	}
	old := time.Now().Add(-2 * DefaultRetention)
	b.rdb.ZAdd(b.ctx(), key.State(b.account, campaign.StateSent), redis.Z{Score: float64(old.UnixMilli()), Member: "kept"}, redis.Z{Score: float64(old.UnixMilli()), Member: "gone"})
	if n, err := b.Trim(b.ctx(), b.account); n != 1 || err != nil {
		t.Errorf("trim: got %d, %v, want the one that is gone", n, err)
	}
}
