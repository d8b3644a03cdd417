package stage

import (
	"context"
	"errors"
	"time"

	"github.com/octoq/octoq/campaign"
)

// Runner carries out steps for one account. Its fields are set once, before use.
type Runner struct {
	Ledger Ledger
	API    API
	Gate   Gate
	Queue  Queue
	// Handover is used in place of Ledger and Queue where it can be; nil for
	// one after the other.
	Handover Handover
	Policy   Policy
	// Token returns a new random token.
	Token func() string
	// Now is the local clock.
	Now func() time.Time
	// GivenUp is closed when a process that stops waits for Redis no more, not
	// even with an answer in hand; nil if it never does.
	GivenUp <-chan struct{}
	// Cut is called before and after each write and call, with its name; a test
	// can stop the runner dead there. It may be nil.
	Cut func(point string)

	recent recent

	// sleep waits for a while or until ctx ends; nil is a timer. Tests with a
	// clock of their own replace it.
	sleep func(ctx context.Context, d time.Duration)
}

// Job is one wake-up.
type Job struct {
	Account, ID string
	Step        campaign.Step
	// First is the record of a campaign that no worker has touched yet, made
	// from its task; nil for every other wake-up.
	First *campaign.Record
}

// Result says what becomes of the task.
type Result struct {
	// Done: the task has served. Otherwise it comes back at At; the zero time
	// means as soon as possible.
	Done bool
	At   time.Time
	// Cancelled: a first create found its campaign cancelled, so nothing waits any more
	// that could begin it.
	Cancelled bool
	// Err is why an Again came about that nobody planned, for the log.
	Err error
}

func done() Result                               { return Result{Done: true} }
func again(at time.Time) Result                  { return Result{At: at} }
func (r *Runner) soon(d time.Duration) time.Time { return r.Now().Add(d) }

// failed comes back after a trouble with Redis, which is not the campaign's.
func (r *Runner) failed(err error) Result {
	return Result{At: r.soon(r.Policy.BackoffBase + r.Policy.Jitter(r.Policy.BackoffBase)), Err: err}
}

func (r *Runner) cut(point string) {
	if r.Cut != nil {
		r.Cut(point)
	}
}

// Handle carries out one wake-up. When ctx ends it begins nothing new: a call
// in flight is finished and settled, everything else is put back.
func (r *Runner) Handle(ctx context.Context, job Job) Result {
	if job.Step.Stage == campaign.StageCancel && job.Step.Step == 0 {
		return r.cancelOrphans(ctx, job)
	}
	for first := true; ; first = false {
		if ctx.Err() != nil {
			return again(time.Time{})
		}
		before, rec, m, recalled := r.recall(job, first)
		if !recalled {
			var err error
			before, rec, m, err = r.look(ctx, job)
			switch {
			case errors.Is(err, campaign.ErrNotFound):
				return done()
			case err != nil:
				return r.failed(err)
			}
		}
		pl := open(rec, job.Step, m, r.Policy, r.Token())
		if recalled && (pl.act == actDone || pl.act == actAgain) {
			continue // only a write proves that it was decided on what is there
		}
		switch pl.act {
		case actDone:
			return Result{Done: true, Cancelled: job.First != nil && rec.State == campaign.StateCancelled}
		case actAgain:
			return again(r.local(pl.at, m))
		case actWrite:
			if res, ended := r.write(ctx, before, rec, pl, m); ended {
				return res
			}
		case actCall:
			if res, ended := r.call(ctx, job, before, pl, m); ended {
				return res
			}
		}
	}
}

// recall finds the record as it was just written here, if it was. A second look
// is never one of these.
func (r *Runner) recall(job Job, first bool) (before *campaign.Record, rec campaign.Record, m campaign.Moment, ok bool) {
	if !first {
		return nil, rec, m, false
	}
	return r.recent.take(job, r.Now())
}

// look loads the record; before is nil when there is none in the ledger yet.
func (r *Runner) look(ctx context.Context, job Job) (before *campaign.Record, rec campaign.Record, m campaign.Moment, err error) {
	rec, m, err = r.Ledger.Load(ctx, job.Account, job.ID)
	switch {
	case err == nil:
		return &rec, rec, m, nil
	case errors.Is(err, campaign.ErrNotFound) && job.First != nil:
		return nil, *job.First, m, nil
	default:
		return nil, campaign.Record{}, m, err
	}
}

// write commits a decision that needs no call. It has ended unless the record
// is to be looked at again.
func (r *Runner) write(ctx context.Context, before *campaign.Record, rec campaign.Record, pl plan, m campaign.Moment) (Result, bool) {
	ch := campaign.Change{Before: before, After: pl.after, RunID: m.RunID, Token: r.Token(), Entries: pl.entries}
	verdict, m2, err := r.commit(ctx, "write", ch)
	if err != nil {
		return r.failed(err), true
	}
	if verdict != campaign.VerdictApplied || rec.Step == pl.after.Step {
		return Result{}, false
	}
	if m2.Now.After(m.Now) {
		m.Now = m2.Now
	}
	return r.handOn(ctx, rec, pl.after, m), true
}

// commit writes to the ledger, between two cuts.
func (r *Runner) commit(ctx context.Context, point string, ch campaign.Change) (campaign.Verdict, campaign.Moment, error) {
	r.cut("before " + point)
	verdict, m, err := r.Ledger.Commit(ctx, ch)
	r.cut("after " + point)
	return verdict, m, err
}

// conclude commits a change, and hands on what comes of it in the same breath
// where that can be; handed says that nothing is left to do.
func (r *Runner) conclude(ctx context.Context, point string, job Job, before campaign.Record, ch campaign.Change, m campaign.Moment) (v campaign.Verdict, m2 campaign.Moment, handed bool, err error) {
	letter := ch.After.Next().Stage == campaign.StageDead
	if r.Handover == nil || letter || comesAgain(before, ch.After) {
		v, m2, err = r.commit(ctx, point, ch)
		return v, m2, false, err
	}
	// The next step may be taken before this returns. Were the change refused, so
	// would be what is decided on this.
	r.recent.keep(ch.Written(), m, r.Now())
	r.cut("before " + point)
	v, m2, handed, err = r.Handover.HandOver(ctx, job, ch, r.next(before, ch.After, m))
	r.cut("after " + point)
	return v, m2, handed, err
}

// comesAgain reports whether the same step is to be taken again.
func comesAgain(before, after campaign.Record) bool {
	return before.Step == after.Step && before.Run == after.Run
}

// next is the wake-up that the record waits for, if it does for one.
func (r *Runner) next(before, after campaign.Record, m campaign.Moment) Wake {
	step := after.Next()
	if step.Stage == "" || forPerson(after) {
		return Wake{}
	}
	return Wake{Step: step, At: r.due(before, after, m)}
}

// handOn stores the next thing before this one is done.
func (r *Runner) handOn(ctx context.Context, before, after campaign.Record, m campaign.Moment) Result {
	ctx, cancel := finishing(ctx)
	defer cancel()
	var err error
	switch wake := r.next(before, after, m); wake.Step.Stage {
	case "":
		return done()
	case campaign.StageDead:
		r.cut("before bury")
		err = r.Queue.Bury(ctx, after, "")
		r.cut("after bury")
	default:
		r.cut("before put")
		err = r.Queue.Put(ctx, after.Account(), after.ID(), wake.Step, wake.At)
		r.cut("after put")
	}
	if err != nil {
		return r.failed(err)
	}
	return done()
}

// forPerson reports whether the record waits for a person, who will wake it up.
// One that was asked to be cancelled while its price came goes on by itself.
func forPerson(r campaign.Record) bool {
	return r.State == campaign.StateAwaitingApproval && !r.CancelRequested && (r.WaitsForVouch() || !r.Approved)
}

// due is when the record's next step is due, on the local clock. The first look
// at a ticket may be a little early: queues know whole seconds alone, and the
// one after a wait of a second is one and a half away on average.
func (r *Runner) due(before, after campaign.Record, m campaign.Moment) time.Time {
	at := r.local(next(before, after, m, r.Policy), m)
	if after.State == campaign.StateComputing && after.DueAt.IsZero() {
		return nearestSecond(at, r.Now())
	}
	return at
}

// local turns a time on Redis's clock into one on the local clock.
func (r *Runner) local(at time.Time, m campaign.Moment) time.Time { return seen(at, m, r.Now()) }

// seen is local for a moment that was seen when the local clock showed now.
func seen(at time.Time, m campaign.Moment, now time.Time) time.Time {
	if at.IsZero() {
		return at
	}
	return now.Add(at.Sub(m.Now))
}

// nearestSecond is the whole second nearest to a time, unless that cuts what is
// to be waited for from now on to less than half.
func nearestSecond(at, now time.Time) time.Time {
	if nearest := at.Round(time.Second); nearest.Sub(now) >= at.Sub(now)/2 {
		return nearest
	}
	return at
}

// finishing is a context for what must be finished although the process stops.
func finishing(ctx context.Context) (context.Context, context.CancelFunc) {
	const grace = 10 * time.Second
	return context.WithTimeout(context.WithoutCancel(ctx), grace)
}
