package stage

import (
	"context"
	"time"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/ledger"
	"github.com/octoq/octoq/internal/lifecycle"
	"github.com/octoq/octoq/internal/record"
	"github.com/octoq/octoq/internal/sweep"
)

// sweeping is one sweep by internal/sweep.
func (w *world) sweeping(ctx context.Context, r *Runner) JobResult {
	s := &sweep.Sweeper{
		Account: w.c.Account, Ledger: w.redis, Queue: sweepQueue{w}, Orphans: w.redis, Who: "sweep", Idle: 10 * time.Second,
		Token: func() string { return w.redis.token("sweep") }, Now: w.clock.Now, Cut: r.Cut,
		Clock:       func(context.Context) (time.Time, error) { return w.clock.Now(), nil },
		Maintenance: []sweep.Maintenance{{Name: "first_creates", Do: w.requeueFirst}},
	}
	found, err := s.Sweep(ctx)
	w.log("  swept %v, %v", found, err)
	return JobResult{Done: true}
}

// sweepQueue is the queues, and the workers that live.
type sweepQueue struct{ w *world }

func (q sweepQueue) Put(ctx context.Context, r record.Record, step record.Step, at time.Time) error {
	return q.w.redis.Put(ctx, r, step, at)
}

func (q sweepQueue) Bury(ctx context.Context, r record.Record, refused string) error {
	return q.w.redis.Bury(ctx, r, refused)
}

// Stuck finds tasks that are gone, or active and held by no worker.
func (q sweepQueue) Stuck(ctx context.Context, _ string, expected []sweep.ExpectedTask) (stuck []bool, err error) {
	err = q.w.redis.request(ctx, "stuck", func() {
		stuck = nil
		for _, wake := range expected {
			t, there := q.w.redis.tasks[keyOf(wake.Step)]
			if wake.Step == firstStep() && !there {
				t, there = q.w.redis.tasks[firstKey]
			}
			stuck = append(stuck, !there || t.active && !q.w.held(t.key))
		}
	})
	return stuck, err
}

// firstStep is the step whose task id is the campaign's id alone.
func firstStep() record.Step {
	return record.New(campaign.Campaign{}, time.Time{}, "").Next()
}

// requeueFirst puts back a first create that no worker holds and that has no record.
func (w *world) requeueFirst(context.Context, string) (int, error) {
	t, there := w.redis.tasks[firstKey]
	if _, known := w.record(); !there || !t.active || w.held(t.key) || known {
		return 0, nil
	}
	w.redis.writing()
	t.active = false
	w.redis.tasks[firstKey] = t
	return 1, nil
}

// Idle lists the campaign if it is in the state and has not changed for a while.
func (f *fakeRedis) Idle(ctx context.Context, account string, s campaign.State, since, before time.Time, cursor string, n int) (ids []string, next string, err error) {
	err = f.request(ctx, "idle", func() {
		if f.expire(); f.real != nil {
			ids, next = f.real.idle(account, s, since, before, cursor, n)
			return
		}
		ids = nil
		for _, r := range f.records {
			if r.State == s && r.UpdatedAt.Before(before) && !r.UpdatedAt.Before(since) {
				ids = append(ids, r.ID())
			}
		}
	})
	return ids, next, err
}

// Orphaned lists the campaign if it has orphans that are to be cancelled.
func (f *fakeRedis) Orphaned(ctx context.Context, account string, before time.Time, cursor string, n int) (ids []string, next string, err error) {
	err = f.request(ctx, "orphaned", func() {
		if f.expire(); f.real != nil {
			ids, next = f.real.orphaned(account, before, cursor, n)
			return
		}
		ids = nil
		for _, r := range f.records {
			if r.CancelsOrphans() && r.UpdatedAt.Before(before) {
				ids = append(ids, r.ID())
			}
		}
	})
	return ids, next, err
}

// orphaned is the Store's Orphaned.
func (l *realLedger) orphaned(account string, before time.Time, cursor string, n int) ([]string, string) {
	ids, next, err := l.store.Orphaned(context.Background(), account, before, cursor, n)
	l.check("list what has orphans", err)
	return ids, next
}

// idle is the Store's Idle.
func (l *realLedger) idle(account string, s campaign.State, since, before time.Time, cursor string, n int) ([]string, string) {
	ids, next, err := l.store.Idle(context.Background(), account, s, since, before, cursor, n)
	l.check("list what is idle", err)
	return ids, next
}

// hold puts the account on hold, and clear lifts that.
func (f *fakeRedis) hold(account string) { f.setHold(account, f.clock.Now(), f.held) }

func (f *fakeRedis) clear(account string) {
	f.setHold(account, time.Time{}, f.held+f.clock.Now().Sub(f.heldSince))
}

func (f *fakeRedis) setHold(account string, since time.Time, past time.Duration) {
	f.writing()
	f.heldSince, f.held = since, past
	if f.real != nil {
		f.real.hold(account, since, past)
	}
}

// purge is an operator's.
func (f *fakeRedis) purge(before record.Record) record.CommitResult {
	r, _, m := f.read(before.Account(), before.ID())
	stone, forGood := r.Tombstone(), lifecycle.InDoubt(r, m)
	stone.MaybeConfirmed = stone.MaybeConfirmed || forGood
	ch := record.Change{
		Before: &r, After: stone, RunID: m.RunID, Token: f.token("purge"),
		Entries: []campaign.Entry{{What: "purged", Who: "ann", State: campaign.StatePurged}},
	}
	if f.real == nil {
		v, _, _ := f.commit(ch)
		return v
	}
	v, _, _ := f.commitReal(ch, func(ctx context.Context, s *ledger.Store) (record.CommitResult, record.Snapshot, error) {
		return s.Purge(ctx, r, forGood, m.RunID, ch.Token, "ann", "")
	})
	return v
}
