package ledger

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/redis/go-redis/v9"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/key"
	"github.com/octoq/octoq/internal/record"
)

func readSuite() suite {
	return suite{
		"list by state":                testList,
		"list of all states":           testListAll,
		"list leaves out what is gone": testListGone,
		"pages of one millisecond":     testListTies,
		"bad pages":                    testBadPages,
		"counts":                       testCounts,
		"by ticket":                    testByTicket,
		"known":                        testKnown,
		"idle":                         testIdle,
		"get writes nothing":           testGetIsQuiet,
	}
}

func idsOf(page []record.Record) []string {
	var ids []string
	for _, r := range page {
		ids = append(ids, r.ID())
	}
	return ids
}

// pages walks through a listing and fails on one that does not end.
func (b *bench) pages(state campaign.State, limit int) []string {
	b.tb.Helper()
	var all []string
	var cursor string
	for range 100 {
		page, next, err := b.List(b.ctx(), b.account, state, cursor, limit)
		if err != nil {
			b.tb.Fatalf("list: %v", err)
		}
		if len(page) > limit {
			b.tb.Fatalf("page: got %d records, want at most %d", len(page), limit)
		}
		all = append(all, idsOf(page)...)
		if next == "" {
			return all
		}
		cursor = next
	}
	b.tb.Fatal("the listing does not end")
	return nil
}

// stamp sets when a record last changed, by its state's index.
func (b *bench) stamp(r record.Record, at int64) {
	b.tb.Helper()
	err := b.rdb.ZAdd(b.ctx(), key.State(b.account, r.State), redis.Z{Score: float64(at), Member: r.ID()}).Err()
	if err != nil {
		b.tb.Fatalf("stamp %s: %v", r.ID(), err)
	}
}

func testList(t *testing.T, b *bench, _ backend) {
	for i, id := range []string{"c", "a", "d", "b", "e"} {
		b.stamp(b.path(id, campaign.StateCreating), int64(1000+i))
	}
	b.path("other")
	for _, limit := range []int{1, 2, 5, 6} {
		if diff := cmp.Diff([]string{"e", "b", "d", "a", "c"}, b.pages(campaign.StateCreating, limit)); diff != "" {
			t.Errorf("pages of %d differ (-want +got):\n%s", limit, diff)
		}
	}
	want, _ := b.load("e")
	page, _, err := b.List(b.ctx(), b.account, campaign.StateCreating, "", 1)
	if diff := cmp.Diff([]record.Record{want}, page); diff != "" || err != nil {
		t.Errorf("record of a page differs (-want +got), %v:\n%s", err, diff)
	}
}

func testListAll(t *testing.T, b *bench, _ backend) {
	b.stamp(b.path("a", campaign.StateCreating), 1000)
	b.stamp(b.path("b"), 1001)
	b.stamp(b.path("c", campaign.StateCreating, campaign.StateDead), 1002)
	b.stamp(b.path("d", campaign.StateCreating), 1003)
	for _, limit := range []int{1, 3, 9} {
		if diff := cmp.Diff([]string{"d", "c", "b", "a"}, b.pages("", limit)); diff != "" {
			t.Errorf("pages of %d differ (-want +got):\n%s", limit, diff)
		}
	}
}

func testListGone(t *testing.T, b *bench, _ backend) {
	for i, id := range []string{"a", "b", "c"} {
		b.stamp(b.path(id, campaign.StateCreating), int64(1000+i))
	}
	b.rdb.Del(b.ctx(), key.Record(b.account, "b"))
	b.rdb.HSet(b.ctx(), key.Record(b.account, "c"), "state", "computing")
	for _, limit := range []int{1, 2, 3, 4} {
		if diff := cmp.Diff([]string{"a"}, b.pages(campaign.StateCreating, limit)); diff != "" {
			t.Errorf("pages of %d differ (-want +got):\n%s", limit, diff)
		}
	}
}

func testListTies(t *testing.T, b *bench, _ backend) {
	var want []string
	for i := range 12 {
		id := fmt.Sprintf("id-%02d", i)
		b.stamp(b.path(id), 1000)
		want = append(want, id)
	}
	slices.Reverse(want)
	for _, limit := range []int{1, 5, 12} {
		if diff := cmp.Diff(want, b.pages(campaign.StateQueued, limit)); diff != "" {
			t.Errorf("pages of %d differ (-want +got):\n%s", limit, diff)
		}
	}
}

func testBadPages(t *testing.T, b *bench, _ backend) {
	for _, c := range []struct {
		cursor string
		limit  int
	}{{"", 0}, {"", -1}, {"soon", 1}, {"12", 1}} {
		if _, _, err := b.List(b.ctx(), b.account, "", c.cursor, c.limit); !errors.Is(err, campaign.ErrInvalid) {
			t.Errorf("list from %q, %d: got %v, want %v", c.cursor, c.limit, err, campaign.ErrInvalid)
		}
		if _, _, err := b.Idle(b.ctx(), b.account, campaign.StateDead, time.Time{}, time.Now(), c.cursor, c.limit); !errors.Is(err, campaign.ErrInvalid) {
			t.Errorf("idle from %q, %d: got %v, want %v", c.cursor, c.limit, err, campaign.ErrInvalid)
		}
	}
}

func testCounts(t *testing.T, b *bench, _ backend) {
	b.path("a", campaign.StateCreating)
	b.path("b", campaign.StateCreating)
	b.path("c", campaign.StateCreating, campaign.StateComputing)
	got, err := b.Counts(b.ctx(), b.account)
	if err != nil || len(got) != len(campaign.States()) {
		t.Fatalf("got %v, %v, want every state", got, err)
	}
	for _, s := range campaign.States() {
		want := map[campaign.State]int64{campaign.StateCreating: 2, campaign.StateComputing: 1}[s]
		if got[s] != want {
			t.Errorf("%s: got %d, want %d", s, got[s], want)
		}
	}
}

func testByTicket(t *testing.T, b *bench, _ backend) {
	r := b.path("a", campaign.StateCreating)
	before := r
	r.Ticket, r.State = "sms_1", campaign.StateComputing
	r = b.put(&before, r)
	before = r
	r.Orphans = []campaign.Orphan{{Ticket: "sms_late"}}
	b.put(&before, r)
	for _, ticket := range []string{"sms_1", "sms_late"} {
		if id, err := b.ByTicket(b.ctx(), b.account, ticket); id != "a" || err != nil {
			t.Errorf("%s: got %q, %v, want a", ticket, id, err)
		}
	}
	if _, err := b.ByTicket(b.ctx(), b.account, "sms_0"); !errors.Is(err, campaign.ErrNotFound) {
		t.Errorf("unknown ticket: got %v, want %v", err, campaign.ErrNotFound)
	}
}

func testKnown(t *testing.T, b *bench, _ backend) {
	b.path("b")
	cases := []struct {
		ids  []string
		want []bool
	}{
		{nil, []bool{}},
		{[]string{"x", "y"}, []bool{false, false}},
		{[]string{"a", "b", "c", "b"}, []bool{false, true, false, true}},
	}
	for _, c := range cases {
		got, err := b.Known(b.ctx(), b.account, c.ids)
		if diff := cmp.Diff(c.want, got); diff != "" || err != nil {
			t.Errorf("known %v differs (-want +got), %v:\n%s", c.ids, err, diff)
		}
	}
	if _, err := b.Known(b.ctx(), b.account, []string{"a:log"}); !errors.Is(err, campaign.ErrInvalid) {
		t.Errorf("known of no id: got %v, want %v", err, campaign.ErrInvalid)
	}
}

func testIdle(t *testing.T, b *bench, _ backend) {
	for i, id := range []string{"c", "a", "b", "young"} {
		b.stamp(b.path(id, campaign.StateCreating), int64(1000+i))
	}
	before := time.UnixMilli(1003)
	for _, n := range []int{1, 2, 3, 4} {
		var got []string
		cursor := ""
		for range 10 {
			ids, next, err := b.Idle(b.ctx(), b.account, campaign.StateCreating, time.Time{}, before, cursor, n)
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, ids...)
			if cursor = next; cursor == "" {
				break
			}
		}
		if diff := cmp.Diff([]string{"c", "a", "b"}, got); diff != "" {
			t.Errorf("idle by %d differs (-want +got):\n%s", n, diff)
		}
	}
	ids, _, err := b.Idle(b.ctx(), b.account, campaign.StateCreating, time.UnixMilli(1001), before, "", 10)
	if diff := cmp.Diff([]string{"a", "b"}, ids); err != nil || diff != "" {
		t.Errorf("idle since a time differs (-want +got), %v:\n%s", err, diff)
	}
}

func testGetIsQuiet(t *testing.T, b *bench, _ backend) {
	b.path("a")
	b.rdb.Del(b.ctx(), key.Meta(b.account))
	want := b.dump()
	if _, err := b.Get(b.ctx(), b.account, "a"); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, b.dump()); diff != "" {
		t.Errorf("get wrote (-before +after):\n%s", diff)
	}
}

func testLoadAll(t *testing.T, b *bench, _ backend) {
	b.path("a", campaign.StateCreating)
	b.path("b")
	b.rdb.HSet(b.ctx(), key.Record(b.account, "newer"), "v", "99", "state", "ready")
	b.rdb.Set(b.ctx(), key.Record(b.account, "text"), "no record", 0)
	all, err := b.LoadAll(b.ctx(), b.account, []string{"b", "newer", "unknown", "text", "a"})
	if err != nil || all.Unknown != 2 || all.At.Now.IsZero() || len(all.At.Changes) == 0 {
		t.Errorf("got %d unknown, snapshot %+v, %v, want 2 and a whole snapshot", all.Unknown, all.At, err)
	}
	var got []string
	for _, r := range all.Records {
		got = append(got, r.ID()+" "+string(r.State))
	}
	if diff := cmp.Diff([]string{"b queued", "a creating"}, got); diff != "" {
		t.Errorf("records differ (-want +got):\n%s", diff)
	}
	if _, err := b.LoadAll(b.ctx(), b.account, []string{"a", "no id!"}); !errors.Is(err, campaign.ErrInvalid) {
		t.Errorf("of no id: got %v, want %v", err, campaign.ErrInvalid)
	}
}
