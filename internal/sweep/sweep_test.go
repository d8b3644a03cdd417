package sweep

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/record"
)

func noon() time.Time { return time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC) }

// recordsAndTasks is a ledger and a queue in memory.
type recordsAndTasks struct {
	records map[string]record.Record
	tasks   map[string]bool // by wake-up; true: it will run
	put     []string
	buried  []string
	stale   bool // each write finds the record changed
	fail    error
	looked  []campaign.State
	loads   int
}

func (w *recordsAndTasks) Idle(_ context.Context, _ string, s campaign.State, since, before time.Time, cursor string, n int) ([]string, string, error) {
	if since.IsZero() {
		w.looked = append(w.looked, s)
	}
	var ids []string
	for id, r := range w.records {
		if r.State == s && r.UpdatedAt.Before(before) && !r.UpdatedAt.Before(since) && id > cursor {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	if len(ids) <= n {
		return ids, "", w.fail
	}
	return ids[:n], ids[n-1], w.fail
}

func (w *recordsAndTasks) LoadAll(_ context.Context, _ string, ids []string) (record.Loaded, error) {
	all := record.Loaded{At: record.Snapshot{Now: noon()}}
	w.loads += len(ids)
	for _, id := range ids {
		if r, ok := w.records[id]; ok {
			all.Records = append(all.Records, r)
		}
	}
	return all, nil
}

func (w *recordsAndTasks) Commit(_ context.Context, ch record.Change) (record.CommitResult, record.Snapshot, error) {
	if w.stale || ch.Before.Revision != w.records[ch.After.ID()].Revision {
		return record.CommitStale, record.Snapshot{}, nil
	}
	after := ch.After
	after.Revision++
	w.records[after.ID()] = after
	return record.CommitApplied, record.Snapshot{Now: noon()}, nil
}

func name(id string, s record.Step) string {
	return fmt.Sprintf("%s %s %d.%d.%d", id, s.Stage, s.Run, s.Step, s.Epoch)
}

func (w *recordsAndTasks) Stuck(_ context.Context, _ string, expected []ExpectedTask) ([]bool, error) {
	stuck := make([]bool, len(expected))
	for i, wake := range expected {
		stuck[i] = !w.tasks[name(wake.ID, wake.Step)]
	}
	return stuck, nil
}

func (w *recordsAndTasks) Put(_ context.Context, r record.Record, step record.Step, at time.Time) error {
	id := r.ID()
	line := name(id, step)
	if !at.IsZero() {
		line += " at " + at.Format(time.TimeOnly)
	}
	w.put = append(w.put, line)
	w.tasks[name(id, step)] = true
	return nil
}

func (w *recordsAndTasks) Bury(_ context.Context, r record.Record, _ string) error {
	w.buried = append(w.buried, name(r.ID(), r.Next()))
	w.tasks[name(r.ID(), r.Next())] = true
	return nil
}

func newRecordsAndTasks(records ...record.Record) (*recordsAndTasks, *Sweeper) {
	w := &recordsAndTasks{records: map[string]record.Record{}, tasks: map[string]bool{}}
	for _, r := range records {
		w.records[r.ID()] = r
	}
	tokens := 0
	return w, &Sweeper{
		Account: "default", Ledger: w, Queue: w, Who: "sweeper", Idle: 45 * time.Second,
		Token: func() string { tokens++; return fmt.Sprint(tokens) }, Now: noon,
		Clock: func(context.Context) (time.Time, error) { return noon(), nil },
	}
}

// record is one that was last changed age ago.
func recordOf(id string, s campaign.State, age time.Duration, edits ...func(*record.Record)) record.Record {
	r := record.New(campaign.Campaign{ID: id, Account: "default"}, noon(), "")
	r.State, r.Step, r.Revision, r.UpdatedAt = s, 3, 7, noon().Add(-age)
	for _, edit := range edits {
		edit(&r)
	}
	return r
}

func claimed(left time.Duration) func(*record.Record) {
	return func(r *record.Record) { r.Claim = &campaign.Claim{Token: "t", Deadline: noon().Add(left)} }
}

func TestSweepPutsBackWhatIsStuck(t *testing.T) {
	t.Parallel()
	const old, young = time.Minute, 10 * time.Second
	due := func(r *record.Record) { r.DueAt = noon().Add(30 * time.Second) }
	approved := func(r *record.Record) { r.Approved = true }
	cancelled := func(r *record.Record) { r.CancelRequested = true }
	for _, tt := range []struct {
		name string
		r    record.Record
		task bool // its task is there
		want string
	}{
		{"a step without a task", recordOf("a", campaign.StateComputing, old), false, "a status 1.3.1"},
		{"in the next epoch again", recordOf("a", campaign.StateComputing, old, func(r *record.Record) { r.Epoch = 4 }), false, "a status 1.3.5"},
		{"at the time it was due", recordOf("a", campaign.StateCreating, old, due), false, "a create 1.3.1 at 12:00:30"},
		{"an expired claim", recordOf("a", campaign.StateConfirming, old, claimed(-time.Second)), false, "a confirm 1.3.1"},
		{"a claim that is good", recordOf("a", campaign.StateConfirming, old, claimed(time.Second)), false, ""},
		{"a task that will run", recordOf("a", campaign.StateComputing, old), true, ""},
		{"a change just now", recordOf("a", campaign.StateComputing, young), false, ""},
		{"waiting for a person", recordOf("a", campaign.StateAwaitingApproval, old), false, ""},
		{"approved, and the wake-up lost", recordOf("a", campaign.StateAwaitingApproval, old, approved), false, "a confirm 1.3.1"},
		{"cancelled, and the wake-up lost", recordOf("a", campaign.StateAwaitingApproval, old, cancelled), false, "a confirm 1.3.1"},
		{"sent", recordOf("a", campaign.StateSent, old), false, ""},
		{"cancelled for good", recordOf("a", campaign.StateCancelled, old), false, ""},
		{"a missing letter", recordOf("a", campaign.StateDead, old), false, "letter a dead 1.3.1"},
		{"a letter that is there", recordOf("a", campaign.StateDead, old), true, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w, s := newRecordsAndTasks(tt.r)
			if tt.task {
				w.tasks[name("a", tt.r.Next())] = true
			}
			found, err := s.Sweep(t.Context())
			if err != nil {
				t.Fatalf("sweep: %v", err)
			}
			got := strings.Join(w.put, ", ")
			if len(w.buried) > 0 {
				got = "letter " + strings.Join(w.buried, ", ")
			}
			if got != tt.want {
				t.Errorf("put back: got %q, want %q", got, tt.want)
			}
			if n := found[string(tt.r.State)]; (n == 1) != (tt.want != "") {
				t.Errorf("found: got %v, want it to count %q", found, tt.want)
			}
		})
	}
}

// What is idle was written by Redis's clock, and is judged by it. The leader stays
// the same for long: were its own clock asked, a slow one would find nothing.
func TestASweepGoesByTheClockOfRedis(t *testing.T) {
	t.Parallel()
	stuck := campaign.Orphan{Ticket: "T1"}
	for _, off := range []time.Duration{-10 * time.Minute, 0, 10 * time.Minute} {
		w, s := newRecordsAndTasks(
			recordOf("old", campaign.StateComputing, time.Minute), recordOf("young", campaign.StateComputing, 10*time.Second),
			recordOf("over", campaign.StateSent, time.Minute, func(r *record.Record) { r.Orphans = []campaign.Orphan{stuck} }),
			recordOf("just", campaign.StateSent, 10*time.Second, func(r *record.Record) { r.Orphans = []campaign.Orphan{stuck} }),
		)
		s.Orphans = orphaned{w}
		s.Now = func() time.Time { return noon().Add(off) }
		if _, err := s.Sweep(t.Context()); err != nil {
			t.Fatalf("sweep: %v", err)
		}
		if diff := cmp.Diff([]string{"old status 1.3.1", "over cancel 1.0.2"}, w.put); diff != "" {
			t.Errorf("with a clock off by %v, put back (-want +got):\n%s", off, diff)
		}
	}
}

// The record is written first: what has moved on meanwhile is left alone.
func TestSweepLeavesWhatMovedOn(t *testing.T) {
	t.Parallel()
	w, s := newRecordsAndTasks(recordOf("a", campaign.StateComputing, time.Minute))
	w.stale = true
	if found, err := s.Sweep(t.Context()); err != nil || len(found) > 0 || len(w.put) > 0 {
		t.Errorf("sweep: got %v, %v, put %v, want nothing", found, err, w.put)
	}
}

// A second sweep finds what the first one put back, and more than a batch is
// walked through.
func TestSweepEndsAndIsDone(t *testing.T) {
	t.Parallel()
	w, s := newRecordsAndTasks()
	for i := range 2*batch + 1 {
		r := recordOf(fmt.Sprintf("c%04d", i), campaign.StateComputing, time.Minute)
		w.records[r.ID()] = r
	}
	want := []Findings{{"computing": 2*batch + 1}, {}}
	for i, want := range want {
		got, err := s.Sweep(t.Context())
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("sweep %d: error %v, -want +got\n%s", i+1, err, diff)
		}
	}
}

// Letters are many and nothing happens to them: they are looked at seldom.
func TestLettersAreLookedAtSeldom(t *testing.T) {
	t.Parallel()
	w, s := newRecordsAndTasks()
	for range lettersEvery + 1 {
		if _, err := s.Sweep(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	looks := map[campaign.State]int{}
	for _, state := range w.looked {
		looks[state]++
	}
	if looks[campaign.StateDead] != 2 || looks[campaign.StateReady] != lettersEvery+1 {
		t.Errorf("looks: got %d at letters and %d at ready, want 2 and %d", looks[campaign.StateDead], looks[campaign.StateReady], lettersEvery+1)
	}
}

// One trouble does not keep the rest from being swept, and all are reported.
func TestSweepGoesOnAfterAnError(t *testing.T) {
	t.Parallel()
	w, s := newRecordsAndTasks(recordOf("a", campaign.StateComputing, time.Minute))
	w.fail = errors.New("Redis is away")
	done := 0
	s.Maintenance = []Maintenance{
		{"broken", func(context.Context, string) (int, error) { return 0, errors.New("no luck") }},
		{"tidied", func(context.Context, string) (int, error) { done++; return 3, nil }},
	}
	found, err := s.Sweep(t.Context())
	if err == nil || !strings.Contains(err.Error(), "Redis is away") || !strings.Contains(err.Error(), "no luck") {
		t.Errorf("error: got %v, want both", err)
	}
	if done != 1 || found["tidied"] != 3 {
		t.Errorf("maintenance: got %v, want tidied 3", found)
	}
}

// What only makes room is left out where that is not asked for.
func TestPutBackDoesNotTidyUp(t *testing.T) {
	t.Parallel()
	_, s := newRecordsAndTasks(recordOf("a", campaign.StateComputing, time.Minute))
	did := func(n int) func(context.Context, string) (int, error) {
		return func(context.Context, string) (int, error) { return n, nil }
	}
	s.Maintenance, s.Tidying = []Maintenance{{"emptied", did(1)}}, []Maintenance{{"trimmed", did(2)}}
	for i, want := range []Findings{{"computing": 1, "emptied": 1}, {"emptied": 1, "trimmed": 2}} {
		sweep := []func(context.Context) (Findings, error){s.PutBack, s.Sweep}[i]
		if got, err := sweep(t.Context()); err != nil || !cmp.Equal(want, got) {
			t.Errorf("%d: got %v, %v, want %v", i, got, err, want)
		}
	}
}

// Only the worker whose turn it is sweeps, and Run ends with its context.
func TestRunSweepsInTurn(t *testing.T) {
	t.Parallel()
	for range 20 { // chance is not to decide between an end and a turn
		synctest.Test(t, func(t *testing.T) {
			w, s := newRecordsAndTasks(recordOf("a", campaign.StateComputing, time.Minute))
			ctx, cancel := context.WithCancel(t.Context())
			turns := 0
			lead := func(context.Context) (bool, error) {
				turns++
				return turns > 2, nil
			}
			s.Run(ctx, time.Second, lead, func(found Findings, err error) {
				cancel()
				<-time.After(2 * time.Second) // the next turn has come, too
				if found["computing"] != 1 || err != nil {
					t.Errorf("reported: got %v, %v, want one computing", found, err)
				}
			})
			if turns != 3 || len(w.put) != 1 {
				t.Errorf("got %d turns and put %v, want the third to sweep", turns, w.put)
			}
		})
	}
}

// Very many records that wait with their tasks do not make every sweep long,
// and a stuck one among them is found in the end; one that has just fallen
// idle is found at once.
func TestSweepWalksOverOldRecordsByAndBy(t *testing.T) {
	t.Parallel()
	const n = 3*older + 10
	records := make([]record.Record, n)
	for i := range records {
		records[i] = recordOf(fmt.Sprintf("c%05d", i), campaign.StateReady, time.Hour)
	}
	records[n-1].UpdatedAt = noon().Add(-time.Minute)
	w, s := newRecordsAndTasks(records...)
	for _, r := range records {
		w.tasks[name(r.ID(), r.Next())] = true
	}
	last, lately := records[n-2], records[n-1]
	delete(w.tasks, name(last.ID(), last.Next()))
	delete(w.tasks, name(lately.ID(), lately.Next()))
	for sweeps := 1; ; sweeps++ {
		w.loads = 0
		if _, err := s.Sweep(t.Context()); err != nil {
			t.Fatalf("sweep: %v", err)
		}
		if w.loads > older+batch+1 {
			t.Fatalf("sweep %d: got %d records looked at, want at most about %d", sweeps, w.loads, older)
		}
		if got := len(w.put); sweeps == 1 && got != 1 {
			t.Fatalf("first sweep: got %q, want the one that fell idle lately put back", w.put)
		} else if got == 2 {
			break
		}
		if sweeps > 5 {
			t.Fatalf("after %d sweeps: got %q put back, want the old one too", sweeps, w.put)
		}
	}
}
