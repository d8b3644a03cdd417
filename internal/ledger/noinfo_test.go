package ledger

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/key"
	"github.com/octoq/octoq/internal/record"
	"github.com/octoq/octoq/internal/redistest"
	"github.com/octoq/octoq/internal/runid"
)

// A user that may not run INFO gets no snapshot to decide on, and writes nothing, not
// even what was decided before, or is written for the second time.
func TestNothingIsWrittenWithoutARunID(t *testing.T) {
	t.Parallel()
	s := redistest.Start(t)
	user := s.User()
	b := newBench(t, user.Client())
	r := b.path("a", campaign.StateCreating)
	m := b.now()
	poll, again := b.change(&r, r), b.change(&r, r)
	b.commit(again, record.CommitApplied)
	claim := b.change(&r, r)
	claim.After.Claim = &campaign.Claim{Token: "mine", Call: campaign.CallCreate, Deadline: m.Now, RunID: m.RunID}
	fresh := b.change(nil, b.fresh("b"))
	unknown := fresh
	unknown.RunID = ""

	want := b.dump()
	user.Change(redistest.NoInfo)
	if m, err := b.Vouch(b.ctx(), b.account, "ann", "why"); !runid.Missing(err) {
		t.Errorf("a vouch: got %+v, %v, want the error that names INFO", m, err)
	}
	for name, ch := range map[string]record.Change{
		"a write": poll, "a claim": claim, "a first write": fresh, "a repetition": again, "one without a run_id": unknown,
	} {
		if verdict, _, err := b.Commit(b.ctx(), ch); !runid.Missing(err) {
			t.Errorf("%s: got %q, %v, want the error that names INFO", name, verdict, err)
		}
		if verdict, _, err := b.CommitAppending(b.ctx(), ch, Append{Script: "redis.call('SET', 'followed', 1)"}); !runid.Missing(err) {
			t.Errorf("%s with what follows: got %q, %v, want the error that names INFO", name, verdict, err)
		}
	}
	for _, id := range []string{"a", "b"} {
		if _, m, err := b.Load(b.ctx(), b.account, id); !runid.Missing(err) {
			t.Errorf("load %s: got %+v, %v, want the error that names INFO", id, m, err)
		}
	}
	if _, err := b.Get(b.ctx(), b.account, "a"); err != nil {
		t.Errorf("what only reads: got %v", err)
	}
	if diff := cmp.Diff(want, b.dump()); diff != "" {
		t.Errorf("something was written (-before +after):\n%s", diff)
	}

	user.Change("+info")
	if after := b.now(); after.RunID != m.RunID || len(after.Changes) != len(m.Changes) {
		t.Errorf("the run with INFO granted again: got %+v, want %s and no change", after, m.RunID)
	}
}

// Half of an id is none: neither may come from a Redis that hides the other.
func TestHalfARunIDIsNone(t *testing.T) {
	t.Parallel()
	for name, rules := range map[string][]string{
		"only the server":      {redistest.NoInfo, "+info|server"},
		"only the replication": {redistest.NoInfo, "+info|replication"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t, redistest.Start(t).User(rules...).Client())
			if _, m, err := b.Load(b.ctx(), b.account, "a"); !runid.Missing(err) {
				t.Errorf("got %+v, %v, want the error that names INFO", m, err)
			}
		})
	}
}

// Older versions noted an empty run_id. The first real one is a change from a run of
// which nothing is known.
func TestAnEmptyRunIDIsNoRun(t *testing.T) {
	t.Parallel()
	b := newBench(t, redistest.Start(t).Client())
	noted := b.now()
	b.rdb.Del(b.ctx(), key.Meta(b.account))
	err := b.rdb.HSet(b.ctx(), key.Meta(b.account), "run_id", "", "since", 5, "seen", noted.Now.UnixMilli(), "run:", 7).Err()
	if err != nil {
		t.Fatal(err)
	}
	m := b.now()
	last := m.Changes[len(m.Changes)-1]
	want := record.RedisChange{From: record.UnknownRun, To: noted.RunID, FirstSeen: m.Now, LastStamp: noted.Now}
	if diff := cmp.Diff(want, last); diff != "" || m.RunID != noted.RunID {
		t.Errorf("got %+v (-want +got):\n%s", m, diff)
	}
}
