package ledger

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/redis/go-redis/v9"
	"pgregory.net/rapid"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/record"
	"github.com/octoq/octoq/internal/redistest"
)

// TestModel holds random writes, stale, repeated, late and under a false
// run_id, against a ledger in memory.
func TestModel(t *testing.T) {
	t.Parallel()
	opened := map[string]redis.UniversalClient{"miniredis": openMini(t), "redis": redistest.Start(t).Client()}
	rapid.Check(t, func(rt *rapid.T) {
		name := rapid.SampledFrom([]string{"miniredis", "redis"}).Draw(rt, "backend")
		k := newMachine(t, rt, opened[name])
		rt.Repeat(k.actions())
		for id := range k.m.records {
			k.same(rt, id)
		}
	})
}

// model is the ledger in memory.
type model struct {
	runID     string
	now       time.Time // not after Redis's
	records   map[string]*modelled
	owners    map[string]string // of tickets, for good
	successes int64
}

// taken is the verdict, for the model alone, on a ticket of another campaign.
const taken record.CommitResult = "taken"

type modelled struct {
	record.Record
	entries int
}

// commit is what a Commit has to do.
func (m *model) commit(ch record.Change) record.CommitResult {
	r := m.records[ch.After.ID()]
	switch {
	case r != nil && (r.LastToken == ch.Token || slices.Contains(r.Applied, ch.Token)):
		return record.CommitApplied
	case ch.RunID != m.runID:
		return record.CommitStale
	case (r == nil) != (ch.Before == nil):
		return record.CommitStale
	case r != nil && (r.Revision != ch.Before.Revision || r.LastToken != ch.Before.LastToken):
		return record.CommitStale
	case ch.Kind == record.ChangeSettle && r.Claim.Deadline.Before(m.now):
		return record.CommitExpired
	}
	if t := ch.After.Ticket; t != "" && (r == nil || r.Ticket != t) {
		if owner, led := m.owners[t]; led && owner != ch.After.ID() {
			return taken
		}
		m.owners[t] = ch.After.ID()
	}
	next := modelled{Record: ch.Written(), entries: len(ch.Entries)}
	if next.Applied = nil; r != nil {
		next.entries = r.entries + len(ch.Entries)
		if r.Run == ch.After.Run {
			next.Applied = slices.Clone(r.Applied)
		}
	}
	if ch.Kind != record.ChangePoll {
		next.Applied = append(next.Applied, ch.Token)
	}
	if ch.Counts.ConfirmAccepted {
		m.successes++
	}
	m.records[ch.After.ID()] = &next
	return record.CommitApplied
}

// machine drives both.
type machine struct {
	*bench
	t    *rapid.T
	m    model
	last string // the id of the latest change
	past []record.Change
}

func newMachine(tb testing.TB, t *rapid.T, rdb redis.UniversalClient) *machine {
	k := &machine{bench: newBench(tb, rdb), t: t}
	moment := k.now()
	k.m = model{runID: moment.RunID, now: moment.Now, records: map[string]*modelled{}, owners: map[string]string{}}
	return k
}

func (k *machine) actions() map[string]func(*rapid.T) {
	return map[string]func(*rapid.T){
		"write":  func(t *rapid.T) { k.apply(k.next(t)) },
		"claim":  k.claim,
		"settle": k.settle,
		"forget": func(t *rapid.T) {
			ch := k.next(t)
			ch.RunID += "x"
			k.apply(ch)
		},
		"pack":   k.pack,
		"repeat": func(t *rapid.T) { k.apply(k.earlier(t)) },
		"stale": func(t *rapid.T) {
			ch := k.earlier(t)
			ch.Token, ch.Kind = k.token(), record.ChangeStep
			k.apply(ch)
		},
		"": k.agree,
	}
}

// next is a change that the ledger should take.
func (k *machine) next(t *rapid.T) record.Change {
	id := rapid.SampledFrom([]string{"a", "b", "c"}).Draw(t, "id")
	ch := record.Change{RunID: k.m.runID, Token: k.token(), Counts: record.Counts{ConfirmAccepted: rapid.Bool().Draw(t, "confirm accepted")}}
	if rapid.Bool().Draw(t, "poll") {
		ch.Kind = record.ChangePoll
	}
	ch.After = k.fresh(id)
	if r := k.m.records[id]; r != nil {
		before := r.Record
		ch.Before, ch.After = &before, before
	}
	states := slices.DeleteFunc(campaign.States(), func(s campaign.State) bool { return !record.CanMove(ch.After.State, s) })
	if s := rapid.SampledFrom(states).Draw(t, "state"); s != ch.After.State {
		if ch.After.State == campaign.StateDead {
			ch.After.Run++
		}
		ch.After.State, ch.After.Step = s, ch.After.Step+1
	}
	ch.After.Streak = rapid.IntRange(0, 3).Draw(t, "streak")
	ch.After.Approved = rapid.Bool().Draw(t, "approved")
	ch.After.Ticket = rapid.SampledFrom([]string{"", "sms_1", "sms_2"}).Draw(t, "ticket")
	ch.Entries = make([]campaign.Entry, rapid.IntRange(0, 2).Draw(t, "entries"))
	return ch
}

func (k *machine) claim(t *rapid.T) {
	ch := k.next(t)
	late := rapid.Bool().Draw(t, "late")
	ch.After.Claim = &campaign.Claim{Token: "claim" + k.token(), Call: campaign.CallCreate, Deadline: k.m.now.Add(time.Hour), RunID: k.m.runID}
	if late {
		ch.After.Claim.Deadline = k.m.now.Add(-time.Second)
	}
	k.apply(ch)
}

func (k *machine) settle(t *rapid.T) {
	ch := k.next(t)
	if ch.Before == nil || ch.Before.Claim == nil {
		t.Skip("nothing to settle")
	}
	ch.Kind, ch.Token = record.ChangeSettle, ch.Before.Claim.Token
	if rapid.Bool().Draw(t, "let go") {
		ch.After.Claim = nil
	}
	k.apply(ch)
}

// pack packs what is over; the tokens of its writes are not known from then on, but for the
// last.
func (k *machine) pack(t *rapid.T) {
	n, _, err := k.Pack(k.ctx(), k.account, k.m.now.Add(time.Hour), 100)
	if err != nil {
		t.Fatalf("pack: %v", err)
	}
	for id, r := range k.m.records {
		if got, _ := k.load(id); got.Packed != nil {
			if r.Revision < got.Revision {
				r.Revision++
				n--
			}
			r.Applied, r.Packed = nil, got.Packed // as who writes next has loaded it
		}
	}
	if n != 0 {
		t.Fatalf("of those packed, %d are not, or were before", n)
	}
}

func (k *machine) earlier(t *rapid.T) record.Change {
	if len(k.past) == 0 {
		t.Skip("nothing was written yet")
	}
	return rapid.SampledFrom(k.past).Draw(t, "earlier")
}

func (k *machine) apply(ch record.Change) {
	k.past = append(k.past, ch)
	k.last = ch.After.ID()
	successes := k.m.successes
	want := k.m.commit(ch)
	got, m, err := k.Commit(k.ctx(), ch)
	if other, ok := errors.AsType[*record.TicketError](err); ok && other.Owner == k.m.owners[ch.After.Ticket] && other.Ticket == ch.After.Ticket {
		got, err = taken, nil
	}
	if err != nil || got != want {
		k.t.Fatalf("commit %+v: got %q, %v, want %q", ch, got, err, want)
	}
	if whole := claims(ch); m.RunID != k.m.runID || whole == (len(m.Changes) == 0) || whole && m.Successes != successes {
		k.t.Fatalf("moment: got %+v, want it whole (%v) and %d successes", m, whole, successes)
	}
}

// agree compares the ledger with the model where it was last written, and in
// its indexes.
func (k *machine) agree(t *rapid.T) {
	if k.last != "" {
		k.same(t, k.last)
	}
	want := map[campaign.State]int64{}
	for _, r := range k.m.records {
		want[r.State]++
	}
	if m := k.now(); m.Successes != k.m.successes {
		t.Fatalf("successes: got %d, want %d", m.Successes, k.m.successes)
	}
	got, err := k.Counts(k.ctx(), k.account)
	for _, s := range campaign.States() {
		if err != nil || got[s] != want[s] {
			t.Fatalf("counts: got %v, %v, want %v", got, err, want)
		}
	}
}

func (k *machine) same(t *rapid.T, id string) {
	got, err := k.Get(k.ctx(), k.account, id)
	want := k.m.records[id]
	if want == nil {
		if !errors.Is(err, campaign.ErrNotFound) {
			t.Fatalf("get %s: got %v, want %v", id, err, campaign.ErrNotFound)
		}
		return
	}
	if diff := cmp.Diff(want.Record, got, cmpopts.IgnoreFields(record.Record{}, "UpdatedAt", "Timeline", "Packed")); err != nil || diff != "" {
		t.Fatalf("record differs (-want +got), %v:\n%s", err, diff)
	}
	if len(got.Timeline) != want.entries {
		t.Fatalf("timeline of %s: got %d entries, want %d", id, len(got.Timeline), want.entries)
	}
}
