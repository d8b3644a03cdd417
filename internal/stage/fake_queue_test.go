package stage

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/record"
)

// task is one wake-up in a queue.
type task struct {
	key    string
	step   record.Step
	first  *record.Record     // of a first create
	letter *campaign.Campaign // of a dead letter
	active bool
	at     time.Time // due; zero for at once
}

// never is when a dead letter is due by itself.
func never() time.Time { return time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC) }

func keyOf(s record.Step) string {
	return fmt.Sprintf("%s/%d.%d.%d", s.Stage, s.Run, s.Step, s.Epoch)
}

// firstKey is the task of a campaign that has no record yet.
const firstKey = "create/first"

func (f *fakeRedis) Put(ctx context.Context, _ record.Record, step record.Step, at time.Time) error {
	return f.request(ctx, "put", func() { f.add(task{key: keyOf(step), step: step, at: at}) })
}

func (f *fakeRedis) Bury(ctx context.Context, r record.Record, _ string) error {
	c := r.Campaign
	return f.request(ctx, "bury", func() { f.add(task{key: keyOf(r.Next()), step: r.Next(), letter: &c, at: never()}) })
}

// add queues a task; one that is there already, active or not, stays as it is.
func (f *fakeRedis) add(t task) {
	if _, there := f.tasks[t.key]; !there {
		f.writing()
		f.tasks[t.key] = t
	}
}

// complete is a commit that nothing happens to, with what follows it at once.
func (f *fakeRedis) complete(ch record.Change, next NextStep, served task, takenOn string) (v record.CommitResult, m record.Snapshot, err error) {
	past, depth := f.now(), f.depth
	f.depth = 0 // what is written here is forgotten as one
	defer func() { f.depth = depth; f.remember(past) }()
	if v, m, err = f.commit(ch); v == record.CommitApplied {
		if next.Step.Stage != "" {
			f.add(task{key: keyOf(next.Step), step: next.Step, at: next.At})
		}
		f.finish(served, done(m), takenOn)
	}
	return v, m, err
}

// enqueue is a producer's: it asks the ledger, then queues the first create.
func (f *fakeRedis) enqueue(c campaign.Campaign, ownID bool) {
	r := record.New(c, f.clock.Now(), f.runID)
	r.OwnID = ownID
	if _, known := f.records[c.Account+"/"+c.ID]; known {
		return
	}
	f.add(task{key: firstKey, step: r.Next(), first: &r})
}

// due lists the tasks that may be taken now, in the order of their keys.
func (f *fakeRedis) due() []task {
	var list []task
	for _, key := range slices.Sorted(maps.Keys(f.tasks)) {
		if t := f.tasks[key]; !t.active && !t.at.After(f.clock.Now()) {
			list = append(list, t)
		}
	}
	return list
}

// soonest is when the next scheduled task is due; letters aside.
func (f *fakeRedis) soonest() (time.Time, bool) {
	var at time.Time
	found := false
	for _, t := range f.tasks {
		if !t.active && t.at.Before(never()) && (!found || t.at.Before(at)) {
			at, found = t.at, true
		}
	}
	return at, found
}

func (f *fakeRedis) take(t task) {
	t.active = true
	f.tasks[t.key] = t
}

// finish acknowledges a task by its id alone, as asynq does, but not under
// another run_id than it was taken under.
func (f *fakeRedis) finish(t task, res JobResult, takenOn string) {
	cur, there := f.tasks[t.key]
	if !there || !cur.active || takenOn != f.runID {
		return
	}
	f.writing()
	if res.Done && res.RunID == takenOn {
		delete(f.tasks, t.key)
		return
	}
	cur.active, cur.at = false, res.At
	f.tasks[t.key] = cur
}
