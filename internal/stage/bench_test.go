package stage

import (
	"context"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/lifecycle"
	"github.com/octoq/octoq/internal/record"
	"github.com/octoq/octoq/internal/recordtest"
)

// bench is a runner among fakes, with one campaign.
type bench struct {
	t      *testing.T
	clock  *clock
	redis  *fakeRedis
	api    *fakeAPI
	gate   *fakeGate
	runner *Runner
	c      campaign.Campaign
	cuts   []string // all that were passed
	onCut  func(n int, point string)
}

func newBench(t *testing.T, edits ...func(*bench)) *bench {
	t.Helper()
	c := &clock{recordtest.Noon()}
	b := &bench{t: t, clock: c, redis: newRedis(c), api: newAPI(c), gate: &fakeGate{clock: c}, c: recordtest.Campaign()}
	b.runner = b.worker("worker-1")
	b.runner.Cut = func(point string) {
		b.cuts = append(b.cuts, point)
		if b.onCut != nil {
			b.onCut(len(b.cuts)-1, point)
		}
	}
	for _, edit := range edits {
		edit(b)
	}
	b.redis.servedBefore(b.c.Account)
	b.redis.enqueue(b.c, false)
	return b
}

// manual makes priced campaigns wait for a person.
func manual(b *bench) { b.runner.Policy.Manual = true }

// worker is one more runner on the same Redis and API.
func (b *bench) worker(name string) *Runner {
	n := 0
	p := testPolicy()
	p.Who = name
	return &Runner{
		Ledger: b.redis, API: b.api, Gate: b.gate, Queue: b.redis, Policy: p, Now: b.clock.Now,
		Token: func() string { n++; return name + "-" + strconv.Itoa(n) },
		sleep: func(_ context.Context, d time.Duration) { b.clock.advance(d) },
	}
}

// handle gives a task to a runner, without what becomes of the task.
func (b *bench) handle(ctx context.Context, r *Runner, t task) JobResult {
	account, id := b.c.Account, b.c.ID
	if t.letter != nil {
		return r.Replay(ctx, lifecycle.DeadLetter{Account: account, ID: id, Step: t.step, Campaign: *t.letter})
	}
	return r.Handle(ctx, Job{Account: account, ID: id, Step: t.step, First: t.first})
}

// step runs the task that is due next, and reports whether there was one.
func (b *bench) step(ctx context.Context, r *Runner) (JobResult, bool) {
	due := b.redis.due()
	if len(due) == 0 {
		at, ok := b.redis.soonest()
		if !ok {
			return JobResult{}, false
		}
		b.clock.now = at
		due = b.redis.due()
	}
	on := b.redis.runID
	b.redis.take(due[0])
	res := b.handle(ctx, r, due[0])
	b.redis.finish(due[0], res, on)
	return res, true
}

// drain runs tasks until none is left that runs by itself.
func (b *bench) drain(r *Runner) {
	b.t.Helper()
	for range 300 {
		if _, more := b.step(b.t.Context(), r); !more {
			return
		}
	}
	b.t.Fatalf("it goes on for ever: %s", b.story())
}

func (b *bench) record() record.Record {
	b.t.Helper()
	r, ok := b.redis.records[b.c.Account+"/"+b.c.ID]
	if !ok {
		b.t.Fatal("there is no record")
	}
	return copied(r)
}

// is fails unless the campaign stands as said, with so many tickets confirmed.
func (b *bench) is(want string, sent int) {
	b.t.Helper()
	if got := recordtest.State(b.record()); got != want {
		b.t.Errorf("got %q, want %q: %s", got, want, b.story())
	}
	if got := b.api.sent(); got != sent {
		b.t.Errorf("got %d tickets confirmed, want %d: %s", got, sent, b.story())
	}
}

// story is the timeline in one line.
func (b *bench) story() string {
	var entries []string
	for _, e := range b.redis.records[b.c.Account+"/"+b.c.ID].Timeline {
		entries = append(entries, e.What)
	}
	return strings.Join(entries, ", ")
}

// calls lists the calls made, in order.
func (b *bench) calls() string {
	var list []string
	for _, r := range b.api.calls {
		list = append(list, string(r.Call))
	}
	return strings.Join(list, " ")
}

// command writes what an operator asks for, against the record as it is, and
// queues the wake-up as the commands do.
func (b *bench) command(do func(record.Record) (record.Record, []campaign.Entry, error)) error {
	return b.redis.command(b.c, do, true)
}

func (b *bench) approve() error { return b.command(approval) }

// approval approves what a person sees, before there is a price up to 2.58 €.
func approval(r record.Record) (record.Record, []campaign.Entry, error) {
	if r.Priced() {
		return r.Approve("ann", record.AsShown(r.Record))
	}
	return r.Approve("ann", campaign.UpTo(25800))
}

func (b *bench) cancel() error {
	return b.command(func(r record.Record) (record.Record, []campaign.Entry, error) { return r.RequestCancel("ann", "") })
}

// command is an operator's: it is written at once, between any two requests of
// a worker.
func (f *fakeRedis) command(c campaign.Campaign, do func(record.Record) (record.Record, []campaign.Entry, error), wake bool) error {
	rec, there, m := f.read(c.Account, c.ID)
	var before *record.Record
	switch {
	case there:
		before = &rec
	case f.tasks[firstKey].first != nil:
		rec = *f.tasks[firstKey].first
	default:
		return campaign.ErrNotFound
	}
	after, entries, err := do(rec)
	if err != nil || len(entries) == 0 {
		return err
	}
	ch := record.Change{Before: before, After: after, RunID: m.RunID, Token: f.token("ann"), Entries: entries, Policy: m.Policy}
	if err := check(ch); err != nil {
		return err
	}
	if _, _, err := f.commit(ch); err != nil {
		return err
	}
	f.withdraw(ch)
	switch step := after.Next(); {
	case wake && after.State == campaign.StateDead && rec.State != campaign.StateDead: // rejected
		c := after.Campaign
		f.add(task{key: keyOf(step), step: step, letter: &c, at: never()})
	case !wake || after.State.Final():
	case after.CancelRequested:
		step.Stage = campaign.StageCancel
		f.add(task{key: keyOf(step), step: step})
	case after.State == campaign.StateAwaitingApproval && after.Approved:
		f.add(task{key: keyOf(step), step: step})
	}
	return nil
}

// withdraw takes a first create along that still waits when its campaign is cancelled.
func (f *fakeRedis) withdraw(ch record.Change) {
	key := ch.After.Account() + "/" + ch.After.ID()
	t, there := f.tasks[firstKey]
	if ch.Before == nil && ch.After.State == campaign.StateCancelled && there && !t.active && f.records[key].LastToken == ch.Token {
		delete(f.tasks, firstKey)
		f.letExpire(key)
	}
}

// sweep puts back what got stuck: records whose task is gone or held by no worker,
// and first creates without a record.
func (f *fakeRedis) sweep(held func(key string) bool) {
	for _, key := range slices.Sorted(maps.Keys(f.records)) {
		r := copied(f.records[key])
		step := r.Next()
		if step.Stage == "" || lifecycle.WaitsForPerson(r) || r.Claim != nil && !f.clock.Now().After(r.Claim.Deadline) {
			continue
		}
		if t, there := f.tasks[keyOf(step)]; there && (!t.active || held(t.key)) {
			continue
		}
		after := r
		after.Epoch++
		ch := record.Change{Before: &r, After: after, RunID: f.moment().RunID, Token: f.token("sweep")}
		if _, _, err := f.commit(ch); err != nil {
			continue
		}
		again := task{key: keyOf(after.Next()), step: after.Next()}
		if after.State == campaign.StateDead {
			again.letter, again.at = &after.Campaign, never()
		}
		f.add(again)
	}
	if t, there := f.tasks[firstKey]; there && t.active && !held(t.key) && len(f.records) == 0 {
		f.writing()
		t.active = false
		f.tasks[firstKey] = t
	}
}

// noneHeld is that no worker holds any task.
func noneHeld(string) bool { return false }

// letter is the dead letter that waits, if any.
func (f *fakeRedis) letter() (task, bool) {
	for _, key := range slices.Backward(slices.Sorted(maps.Keys(f.tasks))) {
		if t := f.tasks[key]; t.letter != nil && !t.active && t.at.Equal(never()) {
			return t, true
		}
	}
	return task{}, false
}
