package stage

import (
	"context"
	"time"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/lifecycle"
	"github.com/octoq/octoq/internal/record"
)

// transition is a record before and after a write, and the moment of that.
type transition struct {
	before, after record.Record
	at            record.Snapshot
}

// enqueueNext stores the wake-up for the next step, or the letter, before this step is
// done.
func (r *Runner) enqueueNext(ctx context.Context, t transition) JobResult {
	ctx, cancel := cleanupContext(ctx)
	defer cancel()
	switch next := r.nextStep(t); next.Step.Stage {
	case "":
		return done(t.at)
	case campaign.StageDead:
		return r.doneUnless(r.bury(ctx, t.after, ""), t.at)
	default:
		return r.doneUnless(r.putStep(ctx, t.after, next), t.at)
	}
}

// nextStep is the step that the record waits for, if it does for one.
func (r *Runner) nextStep(t transition) NextStep {
	step := t.after.Next()
	if step.Stage == "" || lifecycle.WaitsForPerson(t.after) {
		return NextStep{}
	}
	return NextStep{Step: step, At: r.dueAt(t)}
}

// dueAt is when the record's next step is due, on the local clock. The first look
// at a ticket may be a little early: queues know whole seconds alone, and the
// one after a wait of a second is one and a half away on average.
func (r *Runner) dueAt(t transition) time.Time {
	at := localTime(lifecycle.DueAt(t.before, t.after, t.at, r.Policy), t.at, r.Now())
	if lifecycle.FirstLook(t.after) {
		return nearestSecond(at, r.Now())
	}
	return at
}

// nearestSecond is the whole second nearest to a time, unless that cuts what is
// to be waited for from now on to less than half.
func nearestSecond(at, now time.Time) time.Time {
	if nearest := at.Round(time.Second); nearest.Sub(now) >= at.Sub(now)/2 {
		return nearest
	}
	return at
}

// enqueueOrphans stores the wake-up that cancels the record's orphans.
func (r *Runner) enqueueOrphans(ctx context.Context, rec record.Record) error {
	return r.putStep(ctx, rec, NextStep{Step: rec.OrphanStep()})
}

func (r *Runner) putStep(ctx context.Context, rec record.Record, next NextStep) error {
	r.cut("before put")
	err := r.Queue.Put(ctx, rec, next.Step, next.At)
	r.cut("after put")
	return err
}

// bury stores the letter of a dead campaign; refused says why its replay was refused.
func (r *Runner) bury(ctx context.Context, rec record.Record, refused string) error {
	r.cut("before bury")
	err := r.Queue.Bury(ctx, rec, refused)
	r.cut("after bury")
	return err
}
