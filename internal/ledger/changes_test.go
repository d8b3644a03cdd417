package ledger

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/key"
	"github.com/octoq/octoq/internal/record"
	"github.com/octoq/octoq/internal/redistest"
)

func (b *bench) meta(name string, v any) {
	b.tb.Helper()
	if err := b.rdb.HSet(b.ctx(), key.Meta(b.account), name, v).Err(); err != nil {
		b.tb.Fatal(err)
	}
}

func testRunIDs(t *testing.T, b *bench, _ backend) {
	stamp := func() int64 {
		n, _ := b.rdb.HGet(b.ctx(), key.Meta(b.account), "stamp").Int64()
		return n
	}
	first := b.now()
	birth := []record.RedisChange{{To: first.Changes[0].To, FirstSeen: first.Now}}
	if diff := cmp.Diff(birth, first.Changes); diff != "" {
		t.Errorf("changes of a new ledger (-want +got):\n%s", diff)
	}
	b.meta("stamp", first.Now.Add(-29*time.Second).UnixMilli())
	if b.now(); stamp() > first.Now.Add(-28*time.Second).UnixMilli() {
		t.Error("a stamp of 29 seconds ago was renewed")
	}
	b.meta("stamp", first.Now.Add(-31*time.Second).UnixMilli())
	if _, err := b.Observe(b.ctx(), b.account); err != nil || stamp() < first.Now.UnixMilli() {
		t.Errorf("a stamp of 31 seconds ago was not renewed, %v", err)
	}
	last := first.Now.Add(-time.Hour).Truncate(time.Millisecond)
	b.meta("run", "another")
	b.meta("stamp", last.UnixMilli())
	m := b.now()
	want := append(slices.Clone(birth), record.RedisChange{From: "another", To: birth[0].To, FirstSeen: m.Now, LastStamp: last})
	if diff := cmp.Diff(want, m.Changes); diff != "" {
		t.Errorf("after a change (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(want, b.now().Changes); diff != "" {
		t.Errorf("later (-want +got):\n%s", diff)
	}
}

// Eight changes are kept. What comes before is one: the earliest stamp, the latest
// sight; and of a birth that it swallows nothing is known.
func testManyChanges(t *testing.T, b *bench, _ backend) {
	var first record.Snapshot
	for i := range 10 {
		m := b.now()
		if i == 1 {
			first = m
		}
		b.meta("run", fmt.Sprintf("run%d", i))
		b.meta("stamp", 1000+i)
	}
	m := b.now()
	if len(m.Changes) != 8 {
		t.Fatalf("got %d changes, want 8: %+v", len(m.Changes), m.Changes)
	}
	oldest := m.Changes[0]
	if oldest.From != record.UnknownRun || oldest.LastStamp.UnixMilli() != 1000 || oldest.FirstSeen.Before(first.Now) {
		t.Errorf("the oldest is %+v, want an unknown run, the first stamp and a sight no earlier than %v", oldest, first.Now)
	}
	if newest := m.Changes[7]; newest.From != "run9" || newest.LastStamp.UnixMilli() != 1009 {
		t.Errorf("the newest is %+v, want the one from run9", newest)
	}
}

// What an octoq before the list of changes has left becomes one.
func testOldMeta(t *testing.T, b *bench, _ backend) {
	run := b.now().RunID
	if run == "" {
		run = "0"
	}
	b.rdb.Del(b.ctx(), key.Meta(b.account))
	for name, v := range map[string]any{
		"run_id": "c", "since": 3000, "before": 2500, "seen": 4000, "run:a": 1500, "run:b": 2500, "creates": 7,
	} {
		b.meta(name, v)
	}
	m := b.now()
	at := func(ms int64) time.Time { return time.UnixMilli(ms).UTC() }
	want := []record.RedisChange{
		{From: "a", To: "b", FirstSeen: at(2500), LastStamp: at(1500)},
		{From: "b", To: "c", FirstSeen: at(3000), LastStamp: at(2500)},
		{From: "c", To: runOf(run), FirstSeen: m.Now, LastStamp: at(4000)},
	}
	if diff := cmp.Diff(want, m.Changes); diff != "" || m.Creates != 7 {
		t.Errorf("changes (-want +got), %d creates:\n%s", m.Creates, diff)
	}
	b.rdb.Del(b.ctx(), key.Meta(b.account))
	b.meta("run_id", "c")
	b.meta("since", 3000)
	b.meta("seen", 4000)
	if m := b.now(); len(m.Changes) != 2 || !m.Changes[0].Birth() || !m.Changes[0].FirstSeen.Equal(at(3000)) {
		t.Errorf("of one that knew a single run: got %+v, want its birth and a change", m.Changes)
	}
}

func testVouch(t *testing.T, b *bench, _ backend) {
	if m := b.now(); len(m.Changes) != 1 {
		t.Fatalf("got %+v, want a birth", m.Changes)
	}
	vouched, err := b.Vouch(b.ctx(), b.account, "ann", "a new account")
	if err != nil || len(vouched.Changes) != 1 || vouched.VouchedAt.IsZero() {
		t.Fatalf("got %+v, %v", vouched, err)
	}
	if list, err := b.Changes(b.ctx(), b.account); len(list) != 0 || err != nil {
		t.Errorf("the list: got %+v, %v, want none", list, err)
	}
	if m := b.now(); len(m.Changes) != 0 || !m.VouchedAt.Equal(vouched.VouchedAt) {
		t.Errorf("later: got %+v", m)
	}
	said, _ := b.rdb.HMGet(b.ctx(), key.Meta(b.account), "vouched_by", "vouched_why").Result()
	if fmt.Sprint(said) != "[ann a new account]" {
		t.Errorf("on record: got %v", said)
	}
	b.meta("run", "another")
	if m := b.now(); len(m.Changes) != 1 || m.Changes[0].From != "another" {
		t.Errorf("a later change: got %+v, want it to count", m.Changes)
	}
	if list, err := b.Changes(b.ctx(), b.account); len(list) != 1 || err != nil {
		t.Errorf("the list: got %+v, %v, want the later change", list, err)
	}
}

// A machine's snapshot that is rolled back keeps run_id and replication id. A process
// that was given more than there is now notices.
func TestRolledBackSnapshotIsSeen(t *testing.T) {
	t.Parallel()
	s := redistest.Start(t, "--enable-debug-command", "yes")
	b := newBench(t, s.Client())
	create := func(id string) {
		t.Helper()
		r := b.path(id, campaign.StateCreating)
		after := r
		after.State, after.Ticket = campaign.StateComputing, "sms_"+id
		ch := b.change(&r, after)
		ch.Counts.CreateAccepted = true
		b.commit(ch, record.CommitApplied)
	}
	rollBack := func() {
		t.Helper()
		if err := b.rdb.Do(b.ctx(), "DEBUG", "RELOAD", "NOSAVE").Err(); err != nil {
			t.Fatal(err)
		}
	}
	create("a")
	kept, _ := b.load("a")
	if err := b.rdb.Save(b.ctx()).Err(); err != nil {
		t.Fatal(err)
	}
	create("b")
	before := b.now()
	rollBack()

	old := b.change(&kept, kept)
	if got, m := old.RunID, b.now(); got != before.RunID+".1" || m.RunID != got {
		t.Fatalf("got run %q, then %q, want %s.1", got, m.RunID, before.RunID)
	}
	if m := b.now(); len(m.Changes) != 2 || m.Changes[1].From != before.RunID || m.Changes[1].To != before.RunID+".1" {
		t.Errorf("changes: got %+v, want one to the next epoch", m.Changes)
	}
	under := b.change(&kept, kept)
	under.RunID = before.RunID
	b.commit(under, record.CommitStale)
	b.commit(old, record.CommitApplied)

	other := newBench(t, b.rdb) // a process that knows nothing of it goes by what is stored
	other.account = b.account
	if m := other.now(); m.RunID != before.RunID+".1" {
		t.Errorf("another process: got %q", m.RunID)
	}
	rollBack()
	if m := b.now(); m.RunID != before.RunID+".2" {
		t.Errorf("rolled back again: got %q, want the next epoch, not the same again", m.RunID)
	}
	if err := b.rdb.FlushAll(b.ctx()).Err(); err != nil {
		t.Fatal(err)
	}
	if m := b.now(); m.RunID != before.RunID+".3" || len(m.Changes) != 1 || !m.Changes[0].Birth() {
		t.Errorf("emptied: got %q, %+v, want the next epoch and a birth", m.RunID, m.Changes)
	}
}

// Answers may come out of order; what was seen once stays the most.
func TestSeenGrowsOnly(t *testing.T) {
	t.Parallel()
	var s seen
	for _, o := range []record.Snapshot{
		{RunID: "a", Creates: 5, Successes: 2}, {RunID: "a", Creates: 4, Successes: 3}, {RunID: "a"},
	} {
		s = s.with(seenIn(o))
	}
	if want := (seen{run: "a", creates: 5, successes: 3}); !s.equal(want) {
		t.Errorf("got %+v, want %+v", s, want)
	}
	s = s.with(seenIn(record.Snapshot{RunID: "a.1", Creates: 1}))
	s = s.with(seenIn(record.Snapshot{RunID: "a", Creates: 9}))
	if want := (seen{run: "a", epoch: 1, creates: 1}); !s.equal(want) {
		t.Errorf("an earlier epoch came late: got %+v, want %+v", s, want)
	}
	if s = s.with(seenIn(record.Snapshot{RunID: "b", Creates: 1})); s.run != "b" || s.creates != 1 {
		t.Errorf("another run: got %+v", s)
	}
	if s = s.with(seenIn(record.Snapshot{RunID: "a.1", Creates: 7})); s.run != "b" {
		t.Errorf("an answer of the run before came late: got %+v, want it ignored", s)
	}
	if args := fmt.Sprint(s.args()); !strings.Contains(args, "b 0 1 0 a 1") {
		t.Errorf("as arguments: got %s", args)
	}
	if s = s.with(seenIn(record.Snapshot{RunID: "a.2", Creates: 1})); s.run != "a" || s.epoch != 2 || len(s.left) != 1 {
		t.Errorf("back at the run before, in its next epoch: got %+v", s)
	}
}

// An address that is moved to another Redis and back, while neither was restarted: the
// first one has missed what was written to the other, and says nothing of it itself.
func TestAnAddressThatIsMovedBackIsSeen(t *testing.T) {
	t.Parallel()
	first, other := redistest.Start(t), redistest.Start(t)
	b := newBench(t, first.Client())
	before := b.now()
	away := newBench(t, other.Client())
	away.account = b.account
	noted := func(m record.Snapshot) { // one process, which sees both
		b.noteSeen(b.account, m)
		away.noteSeen(b.account, m)
	}
	noted(before)
	noted(away.now())
	back := b.now()
	if want := before.RunID + ".1"; back.RunID != want || len(back.Changes) != 2 || back.Changes[1].From != before.RunID {
		t.Fatalf("back at the first: got %s, changes %+v, want %s and a change", back.RunID, back.Changes, want)
	}
	// Scripts that were under way when it came back begin no further epoch.
	if late := b.now(); late.RunID != back.RunID {
		t.Errorf("again: got %s, want %s", late.RunID, back.RunID)
	}
	noted(back)
	noted(away.now())
	if again := b.now(); again.RunID != before.RunID+".2" {
		t.Errorf("moved once more: got %s, want the next epoch", again.RunID)
	}
}
