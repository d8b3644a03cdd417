package limit

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/octoq/octoq/internal/record"
)

// Permit is leave to make one call.
type Permit struct {
	call *activeCall
	slotReleaser

	once   sync.Once
	report Report
	err    error
}

// Report is what the account's calls taught together, this one included.
type Report struct {
	// Streak is how many unavailable answers came in a row, over all
	// processes, and Campaigns how many campaigns they were given to.
	Streak, Campaigns int
	// Probe: this call was the probe of a half-open hold, and its outcome says
	// something of the API.
	Probe bool
}

// NotAfter is when the permit is void, on the local monotonic clock: a request
// that was not written by then must not be written. It lies at most one second
// after the call's time, and less where the promise about sliding seconds
// needs it.
func (p *Permit) NotAfter() time.Time { return p.call.notAfter }

// Probe reports whether this is a call of the one campaign that may pass a
// half-open hold.
func (p *Permit) Probe() bool { return p.call.probe }

// Release frees the slot and reports to the limiter how the call ended. It works
// with a context that has ended; a second Release returns what the first did.
//
// 429 or a Retry-After sets the cool-down of the account. Any complete answer
// ends the streak of unavailable ones, which Unavailable defines. Three
// outcomes say nothing of the API: the zero one, which means that no call was
// made; one not sent because the permit was void; and one without an answer
// because the caller's own context was cancelled.
//
// On an error the slot ends with its lease, within five seconds.
func (p *Permit) Release(ctx context.Context, o record.Outcome) (Report, error) {
	p.once.Do(func() { p.report, p.err = p.release(ctx, p.call, o) })
	return p.report, p.err
}

// slotReleaser gives the slots of calls back.
type slotReleaser struct {
	allocator *allocator
	scripts   limiterScripts
	timeout   time.Duration
}

func (r slotReleaser) release(ctx context.Context, c *activeCall, o record.Outcome) (Report, error) {
	health, needed := r.allocator.finish(c, o, errors.Is(ctx.Err(), context.Canceled))
	report := Report{Probe: c.probe && health != apiUnknown}
	if !needed {
		return report, nil
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), r.timeout)
	defer cancel()
	var err error
	if report.Streak, report.Campaigns, err = r.scripts.release(ctx, releaseOf(c, health, o)); err != nil {
		return report, err
	}
	r.allocator.learnStreak(report.Streak)
	return report, nil
}
