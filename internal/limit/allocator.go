package limit

import (
	"fmt"
	"sync"
	"time"

	"github.com/octoq/octoq/internal/record"
)

// allocator decides for a gate which calls wait, which are admitted, and what to ask
// the limiter for. It makes no round trip itself. Its methods may be called by
// many goroutines at once.
type allocator struct {
	account string
	limits  Limits
	now     func() time.Time
	wake    signal // there is something to do for step

	mu       sync.Mutex // guards what follows
	matcher  matcher
	state    accountState
	underWay bool // a round trip
	outdated bool // and a message has outdated what it will bring
	stopped  bool
}

func newAllocator(account string, l Limits, o Options) *allocator {
	return &allocator{
		account: account, limits: l, now: o.Now, wake: newSignal(),
		matcher: matcher{
			waiting: newWaitQueue(), active: activeCalls{}, validity: newValidity(l.validity()),
			tokens: tokenSource{prefix: o.Name()}, onWait: o.OnWait,
		},
	}
}

// enter puts a waiter into the queue, or admits the call at once where nothing
// is limited.
func (a *allocator) enter(r rank, id string) (*waiter, *activeCall, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	switch {
	case a.stopped:
		return nil, nil, ErrStopped
	case !a.matcher.waiting.knows(r):
		return nil, nil, fmt.Errorf("wait for the limiter: unknown call %q", r.call)
	}
	now := a.now()
	if now.Before(a.state.unlimitedUntil) {
		return nil, a.matcher.activate(a.matcher.unlimited(now), r.call, id, now, now), nil
	}
	w := &waiter{rank: r, id: id, since: now, result: make(chan waitResult, 1)}
	a.matcher.waiting.join(w)
	a.wake.notify()
	return w, nil, nil
}

// leave takes out a waiter whose caller has gone.
func (a *allocator) leave(w *waiter) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.matcher.leave(w)
	a.wake.notify()
}

// finish takes the call off the list of those under way. It returns what the
// outcome says of the API, and whether Redis needs to know.
func (a *allocator) finish(c *activeCall, o record.Outcome, cancelled bool) (apiHealth, bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.matcher.active.remove(c)
	health := classifyHealth(c.call, o)
	late := o.Class == record.ClassNotSent && a.now().After(c.notAfter)
	switch {
	case late:
		a.matcher.validity.tooLate()
		health = apiUnknown
	case health == apiDown && cancelled:
		health = apiUnknown
	case o.Class != "":
		a.matcher.validity.used()
	}
	quiet := c.unlimited && o.RetryAfter <= 0 && o.Class != record.ClassThrottled
	needless := quiet && (health == apiUnknown || health == apiAlive && a.state.streak == 0)
	return health, !needless
}

// learnStreak takes over how many unavailable answers came in a row.
func (a *allocator) learnStreak(streak int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.state.streak = streak
}

// slotFreed has the limiter asked again if a slot is what waiters lack.
func (a *allocator) slotFreed() {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.state.why == WhySlots {
		a.state.askAt = time.Time{}
		a.wake.notify()
	}
}

// outdate gives back what was reserved: a hold or a cool-down has changed.
func (a *allocator) outdate() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.outdated = true
	a.matcher.withdraw()
	a.state.outdate()
	a.wake.notify()
}

// renewable lists the slots to renew, and the campaign of the probe among them.
func (a *allocator) renewable() (tokens []string, seat string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.matcher.active.renewable(a.now())
}

// stop sends the last waiters away and returns the slots to give back.
func (a *allocator) stop() []slotRelease {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.stopped = true
	a.state.outdate()
	for _, w := range a.matcher.waiting.all() {
		a.matcher.waiting.reject(w, ErrStopped)
	}
	a.matcher.withdraw()
	return a.matcher.unused.takeAll()
}
