package limit

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/octoq/octoq/campaign"
)

// Permit is leave to make one call.
type Permit struct {
	gate     *Gate
	token    string
	call     campaign.Call
	id       string
	since    time.Time // when it was handed out
	notAfter time.Time
	probe    bool
	free     bool // it takes no slot

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
func (p *Permit) NotAfter() time.Time { return p.notAfter }

// Probe reports whether this is a call of the one campaign that may pass a
// half-open hold.
func (p *Permit) Probe() bool { return p.probe }

// Release frees the slot and tells the limiter how the call ended. It works
// with a context that has ended; a second Release returns what the first did.
//
// 429 or a Retry-After sets the cool-down of the account. Any complete answer
// ends the streak of unavailable ones, which Unavailable defines. Three
// outcomes say nothing of the API: the zero one, which means that no call was
// made; one not sent because the permit was void; and one without an answer
// because the caller's own context was cancelled.
//
// On an error the slot ends with its lease, within five seconds.
func (p *Permit) Release(ctx context.Context, o campaign.Outcome) (Report, error) {
	p.once.Do(func() { p.report, p.err = p.gate.finish(ctx, p, o) })
	return p.report, p.err
}

func (g *Gate) finish(ctx context.Context, p *Permit, o campaign.Outcome) (Report, error) {
	v, needed := g.learn(ctx, p, o)
	report := Report{Probe: p.probe && v != verdictNone}
	if !needed {
		return report, nil
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), g.opts.Timeout)
	defer cancel()
	r := release{
		tokens: []string{p.token}, verdict: v, id: p.id, cool: o.RetryAfter,
		throttled: o.Class == campaign.ClassThrottled, seat: p.probe, keep: seatAfter(o),
	}
	var err error
	if report.Streak, report.Campaigns, err = g.scripts.release(ctx, r); err != nil {
		return report, err
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.streak = report.Streak
	return report, nil
}

// learn takes the call off the list and says what its outcome tells of the
// API, and whether Redis needs to hear of it.
func (g *Gate) learn(ctx context.Context, p *Permit, o campaign.Outcome) (verdict, bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	delete(g.calls, p.token)
	v := judge(p.call, o)
	late := o.Class == campaign.ClassNotSent && g.opts.Now().After(p.notAfter)
	switch {
	case late:
		g.grace.tooLate()
		v = verdictNone
	case v == verdictDown && errors.Is(ctx.Err(), context.Canceled):
		v = verdictNone
	case o.Class != "":
		g.grace.used()
	}
	quiet := p.free && o.RetryAfter <= 0 && o.Class != campaign.ClassThrottled
	needless := quiet && (v == verdictNone || v == verdictAlive && g.streak == 0)
	return v, !needless
}
