package ledger

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/redis/go-redis/v9"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/key"
	"github.com/octoq/octoq/internal/record"
)

// enqueuedSuite is about the account's list.
func enqueuedSuite() suite {
	return suite{
		"list of many":          testEnqueuedMany,
		"list keeps its order":  testEnqueuedOrder,
		"list of older records": testReindex,
		"list refuses":          testEnqueuedRefuses,
	}
}

// all reads a list to its end.
func (b *bench) all(state campaign.State, n int) (ids []string) {
	b.tb.Helper()
	for after := (Place{}); ; {
		places, next, err := b.Enqueued(b.ctx(), b.account, state, after, n)
		if err != nil || len(places) > n {
			b.tb.Fatalf("list %q behind %v: got %d places, %v, want at most %d", state, after, len(places), err, n)
		}
		ids = append(ids, placeIDs(places)...)
		if next == (Place{}) {
			return ids
		}
		after = next
	}
}

// A state with many campaigns is searched for, one with few is sorted; both are
// complete, whatever the size of a page and where the few stand.
func testEnqueuedMany(t *testing.T, b *bench, be backend) {
	if be.name == "miniredis" {
		t.Skip("miniredis sorts the whole set for each read")
	}
	const many = smallState + 2*maxSearch + 1500
	want := map[campaign.State][]string{}
	pipe := b.rdb.Pipeline()
	for i := range many {
		id, state := fmt.Sprintf("c%05d", i), campaign.StateSent
		if i%1000 == 17 {
			state = campaign.StateDead
		}
		if i > 2000 && i < 2000+maxSearch+2*searchStep {
			state = campaign.StatePurged // a gap that is longer than one search
		}
		at := float64(1e12 + i/7)
		pipe.ZAdd(b.ctx(), key.Enqueued(b.account), redis.Z{Score: at, Member: id})
		pipe.ZAdd(b.ctx(), key.State(b.account, state), redis.Z{Score: 2e12 - at, Member: id})
		want[state], want[""] = append(want[state], id), append(want[""], id)
	}
	if _, err := pipe.Exec(b.ctx()); err != nil {
		t.Fatal(err)
	}
	for state, ids := range want {
		slices.Reverse(ids)
		for _, n := range []int{999, 1000, 3000} {
			if got := b.all(state, n); !slices.Equal(got, ids) {
				t.Errorf("state %q, pages of %d: got %d ids, want %d in the order of their places", state, n, len(got), len(ids))
			}
		}
	}
}

// The order is that of being enqueued, and a change, a purge included, is none.
func testEnqueuedOrder(t *testing.T, b *bench, _ backend) {
	for _, id := range []string{"a", "b", "c"} {
		b.path(id, campaign.StateCreating)
	}
	want := b.all("", 2)
	r, _ := b.load(want[2])
	before := r
	r.State, r.Failure = campaign.StateDead, &campaign.Failure{Class: campaign.FailRejected}
	b.commit(b.change(&before, r), record.CommitApplied)
	r, _ = b.load(want[2])
	b.purge(r, record.CommitApplied)
	if got := b.all("", 2); len(got) != 3 || !slices.Equal(got, want) {
		t.Errorf("after a purge: got %q, want %q", got, want)
	}
	if got := b.all(campaign.StatePurged, 2); !slices.Equal(got, want[2:]) {
		t.Errorf("purged: got %q, want %q", got, want[2:])
	}
}

// What an octoq without the list wrote is given its place, once, and what it
// trimmed leaves the list; what this one cannot read is kept.
func testReindex(t *testing.T, b *bench, _ backend) {
	for i := range 7 {
		b.path(fmt.Sprintf("c%d", i), campaign.StateCreating, campaign.StateSimulated)
	}
	want := b.all("", 100)
	list := key.Enqueued(b.account)
	b.rdb.ZRem(b.ctx(), list, "c1", "c5")
	b.rdb.ZAdd(b.ctx(), list, redis.Z{Score: 5, Member: "trimmed"})
	b.rdb.ZAdd(b.ctx(), key.State(b.account, campaign.StateDead), redis.Z{Score: 1, Member: "c0"}) // it has moved on
	b.rdb.ZAdd(b.ctx(), key.State(b.account, campaign.StateSent), redis.Z{Score: 2, Member: "strange"})
	b.rdb.Set(b.ctx(), key.Record(b.account, "strange"), "no hash", 0)
	for _, given := range []int{3, 0} {
		if n, err := b.Reindex(b.ctx(), b.account); n != given || err != nil {
			t.Errorf("reindex: got %d, %v, want %d", n, err, given)
		}
	}
	if got := b.all("", 3); !slices.Equal(got, append(want, "strange")) {
		t.Errorf("got %q, want %q and the strange one", got, want)
	}
	if state, err := b.StateOf(b.ctx(), b.account, "strange"); state != campaign.StateSent || err != nil {
		t.Errorf("the state of the strange one: got %q, %v, want sent", state, err)
	}
	if n := b.rdb.ZCard(b.ctx(), key.State(b.account, campaign.StateDead)).Val(); n != 0 {
		t.Errorf("dead: got %d ids, want none", n)
	}
}

func testEnqueuedRefuses(t *testing.T, b *bench, _ backend) {
	if _, _, err := b.Enqueued(b.ctx(), "No Account", "", Place{}, 1); !errors.Is(err, campaign.ErrInvalid) {
		t.Errorf("no account: got %v, want ErrInvalid", err)
	}
	if _, _, err := b.Enqueued(b.ctx(), b.account, "", Place{}, 0); !errors.Is(err, campaign.ErrInvalid) {
		t.Errorf("an empty page: got %v, want ErrInvalid", err)
	}
	for _, s := range []string{"", "a", "1:", "x:a", "1:no id"} {
		if p, err := ParsePlace(s); !errors.Is(err, campaign.ErrInvalid) {
			t.Errorf("place %q: got %v, %v, want ErrInvalid", s, p, err)
		}
	}
}
