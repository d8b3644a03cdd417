package ledger

import (
	"errors"
	"testing"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/key"
	"github.com/octoq/octoq/internal/record"
	"github.com/octoq/octoq/internal/redistest"
)

// A command that Redis refuses in the middle of a write leaves no record behind the
// caller's back, and the write can be made as soon as the right is granted.
func TestARefusedCommandLeavesNoRecord(t *testing.T) {
	t.Parallel()
	for _, command := range []string{"zadd", "rpush", "hset"} {
		t.Run(command, func(t *testing.T) {
			t.Parallel()
			user := redistest.Start(t).User()
			b := newBench(t, user.Client())
			b.now()
			ch := b.change(nil, b.fresh("a"))
			ch.Entries = []campaign.Entry{{What: "begun"}}
			user.Change("-" + command)
			if verdict, _, err := b.Commit(b.ctx(), ch); err == nil {
				t.Errorf("got %q, want the refusal", verdict)
			}
			user.Change("+" + command)
			if r, err := b.Get(b.ctx(), b.account, "a"); !errors.Is(err, campaign.ErrNotFound) {
				t.Errorf("got revision %d, %v, want no record", r.Revision, err)
			}
			b.commit(ch, record.CommitApplied)
		})
	}
}

// What follows the record fails no write.
func TestARefusedCommandAfterTheRecordFailsNoWrite(t *testing.T) {
	t.Parallel()
	for _, command := range []string{"zrem", "hdel", "xadd"} {
		t.Run(command, func(t *testing.T) {
			t.Parallel()
			user := redistest.Start(t).User()
			b := newBench(t, user.Client())
			before := b.path("a", campaign.StateCreating)
			after := before
			after.State, after.Step = campaign.StateComputing, before.Step+1
			user.Change("-" + command)
			b.commit(b.change(&before, after), record.CommitApplied)
			user.Change("+" + command)
			if r, _ := b.load("a"); r.State != campaign.StateComputing {
				t.Errorf("got %s, want %s", r.State, campaign.StateComputing)
			}
		})
	}
}

// People look at campaigns when Redis is full, and see them.
func TestAFullRedisIsRead(t *testing.T) {
	t.Parallel()
	b := newBench(t, redistest.Start(t).Client())
	want := b.path("a", campaign.StateCreating)
	if err := b.rdb.ConfigSet(b.ctx(), "maxmemory", "1").Err(); err != nil {
		t.Fatal(err)
	}
	if r, err := b.Get(b.ctx(), b.account, "a"); err != nil || r.State != want.State {
		t.Errorf("got %s, %v, want %s", r.State, err, want.State)
	}
	places, _, err := b.Enqueued(b.ctx(), b.account, "", Place{}, 10)
	if err != nil || len(places) != 1 {
		t.Errorf("the list: got %v, %v, want one campaign", places, err)
	}
}

// Neither an event nor its record exists without the other.
func TestARefusedEventLeavesNoRecord(t *testing.T) {
	t.Parallel()
	user := redistest.Start(t).User()
	b := newBench(t, user.Client())
	b.now()
	sent := b.fresh("a")
	sent.State = campaign.StateCancelled
	ch := b.change(nil, sent)
	user.Change("-xadd")
	if verdict, _, err := b.Commit(b.ctx(), ch); err == nil {
		t.Errorf("got %q, want the refusal", verdict)
	}
	user.Change("+xadd")
	if r, err := b.Get(b.ctx(), b.account, "a"); !errors.Is(err, campaign.ErrNotFound) {
		t.Errorf("got revision %d, %v, want no record", r.Revision, err)
	}
	b.commit(ch, record.CommitApplied)
	b.commit(ch, record.CommitApplied) // its answer was lost
	if n := b.rdb.XLen(b.ctx(), key.Outbox(b.account)).Val(); n != 1 {
		t.Errorf("got %d events, want 1", n)
	}
}
