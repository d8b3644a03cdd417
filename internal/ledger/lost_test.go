package ledger

import (
	"context"
	"errors"
	"io"
	"net"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/redis/go-redis/v9"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/record"
	"github.com/octoq/octoq/internal/redistest"
)

// cutter is a connection that loses the next reply once it is armed, after Redis has
// done what was asked.
type cutter struct {
	net.Conn
	armed *atomic.Bool
}

func (c cutter) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if err == nil && c.armed.CompareAndSwap(true, false) {
		_ = c.Close()
		return 0, io.EOF
	}
	return n, err
}

// The client repeats a script whose reply was lost by itself; the campaign
// must not notice, and nothing may be written twice.
func TestLostReplyIsAppliedOnce(t *testing.T) {
	t.Parallel()
	var armed atomic.Bool
	s := redistest.Start(t)
	rdb := redis.NewClient(&redis.Options{
		Addr: s.Addr,
		Dialer: func(ctx context.Context, network, addr string) (net.Conn, error) {
			conn, err := new(net.Dialer).DialContext(ctx, network, addr)
			return cutter{conn, &armed}, err
		},
	})
	t.Cleanup(func() { _ = rdb.Close() })
	b := newBench(t, rdb)
	r := b.path("a", campaign.StateCreating)

	after := r
	after.State, after.Ticket = campaign.StateComputing, "sms_1"
	ch := b.change(&r, after)
	ch.Counts.ConfirmAccepted, ch.Entries = true, []campaign.Entry{{What: "created"}}
	armed.Store(true)
	b.commit(ch, record.CommitApplied)
	if armed.Load() {
		t.Fatal("no reply was lost")
	}
	if m := b.now(); m.Successes != 1 {
		t.Errorf("successes: got %d, want 1", m.Successes)
	}
	got, err := b.Get(b.ctx(), b.account, "a")
	if err != nil || got.Revision != r.Revision+1 || len(got.Timeline) != 1 {
		t.Errorf("got revision %d, timeline %v, %v, want %d, one entry", got.Revision, got.Timeline, err, r.Revision+1)
	}
}

// A restarted Redis is another one to the ledger, even if it has kept all.
func TestRestartIsSeen(t *testing.T) {
	t.Parallel()
	s := redistest.Start(t, "--appendonly", "yes", "--appendfsync", "always")
	b := newBench(t, s.Client())
	r := b.path("a", campaign.StateCreating)
	ch := b.change(&r, r)
	b.commit(ch, record.CommitApplied)
	want, before := b.load("a")

	s.Restart()
	got, m := b.load("a")
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("record differs after a restart (-want +got):\n%s", diff)
	}
	wantChange(t, before, m)
	b.commit(ch, record.CommitApplied) // the token is known still
	old := b.change(&got, got)
	old.RunID = before.RunID
	b.commit(old, record.CommitStale)
	old.RunID = m.RunID
	b.commit(old, record.CommitApplied)

	// A second restart makes the first one no younger.
	s.Restart()
	_, third := b.load("a")
	if diff := cmp.Diff(m.Changes, third.Changes[:2]); diff != "" || len(third.Changes) != 3 {
		t.Errorf("earlier changes of %d (-want +got):\n%s", len(third.Changes), diff)
	}
}

// wantChange checks that a change of the run was noted after a moment.
func wantChange(t *testing.T, before, after record.Snapshot) {
	t.Helper()
	c := after.Changes[len(after.Changes)-1]
	stamped := !c.LastStamp.IsZero() && !c.LastStamp.After(before.Now)
	if after.RunID == before.RunID || c.From == c.To || c.To != after.RunID || !c.FirstSeen.Equal(after.Now) || !stamped {
		t.Errorf("got run %s, change %+v, before it %+v", after.RunID, c, before)
	}
}

// A Redis that took over a replica's data in the place of its own is another one
// to the ledger, though it was not restarted.
func TestOlderDataIsSeen(t *testing.T) {
	t.Parallel()
	primary, replica := redistest.Start(t), redistest.Start(t)
	b := newBench(t, primary.Client())
	r := b.path("a", campaign.StateCreating)
	replica.Follow(primary)
	replica.Promote()
	b.path("b", campaign.StateCreating)
	_, before := b.load("b")

	primary.Follow(replica)
	primary.Promote()
	_, m := b.load("a")
	wantChange(t, before, m)
	if _, err := b.Get(b.ctx(), b.account, "b"); !errors.Is(err, campaign.ErrNotFound) {
		t.Errorf("what was written after the copy was made: got %v, want it gone", err)
	}
	old := b.change(&r, r)
	old.RunID = before.RunID
	b.commit(old, record.CommitStale)
}

// The next write to a Redis that lost everything adds the account's name again.
func TestAccountIsAnnouncedAgain(t *testing.T) {
	t.Parallel()
	s := redistest.Start(t)
	b := newBench(t, s.Client())
	b.path("a")
	s.Restart()
	b.path("b")
	b.path("c")
	got, err := b.Accounts(b.ctx())
	if diff := cmp.Diff([]string{b.account}, got); err != nil || diff != "" {
		t.Errorf("accounts differ (-want +got), %v:\n%s", err, diff)
	}
}

// A Redis whose memory is full refuses a write as a whole.
func TestFullMemoryWritesNothing(t *testing.T) {
	t.Parallel()
	b := newBench(t, redistest.Start(t).Client())
	r := b.path("a", campaign.StateCreating)
	after := r
	after.State = campaign.StateComputing
	ch := b.change(&r, after)
	ch.Entries = []campaign.Entry{{What: "created"}}
	want := b.dump()
	memory := func(limit string) {
		t.Helper()
		if err := b.rdb.ConfigSet(b.ctx(), "maxmemory", limit).Err(); err != nil {
			t.Fatal(err)
		}
	}
	memory("1")
	if verdict, _, err := b.Commit(b.ctx(), ch); err == nil {
		t.Fatalf("commit: got %q, want an error", verdict)
	}
	if diff := cmp.Diff(want, b.dump()); diff != "" {
		t.Errorf("a refused write changed something (-before +after):\n%s", diff)
	}
	memory("0")
	b.commit(ch, record.CommitApplied)
}
