package stage

import (
	"context"
	"time"

	"github.com/octoq/octoq/internal/lifecycle"
	"github.com/octoq/octoq/internal/record"
)

// Runner carries out steps for one account. Its fields are set once, before use.
type Runner struct {
	Ledger Ledger
	API    API
	Gate   Gate
	Queue  Queue
	// Completer is used in place of Ledger and Queue where it can be; nil for
	// one after the other.
	Completer Completer
	Policy    lifecycle.Policy
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

	records recordCache

	// sleep waits for a while or until ctx ends; nil is a timer. Tests with a
	// clock of their own replace it.
	sleep func(ctx context.Context, d time.Duration)
}

func (r *Runner) cut(point string) {
	if r.Cut != nil {
		r.Cut(point)
	}
}

func (r *Runner) soon(d time.Duration) time.Time { return r.Now().Add(d) }

// failed comes back after a trouble with Redis, which is not the campaign's.
func (r *Runner) failed(err error) JobResult {
	return JobResult{At: r.soon(r.Policy.BackoffBase + r.Policy.Jitter(r.Policy.BackoffBase)), Err: err}
}

// doneUnless is done if what comes next was stored, by the ledger of a moment.
func (r *Runner) doneUnless(err error, at record.Snapshot) JobResult {
	if err != nil {
		return r.failed(err)
	}
	return done(at)
}

// pause waits a little before Redis is asked again after a trouble, or until
// ctx ends: an answer is kept safe, but not by asking in a tight loop.
func (r *Runner) pause(ctx context.Context) {
	const every = 250 * time.Millisecond
	if r.sleep != nil {
		r.sleep(ctx, every)
		return
	}
	t := time.NewTimer(every)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-t.C:
	}
}
