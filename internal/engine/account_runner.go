package engine

import (
	"context"
	"fmt"
	"reflect"
	"sync"
	"sync/atomic"
	"time"

	"github.com/octoq/octoq/internal/queue"
)

// startAgain is the pause before an account is started again that did not start.
const startAgain = time.Second

// accountRunner has one account served as it is wanted, and lets it sleep while it has
// nothing to do. When the account goes it stays, and waits for it to come back.
type accountRunner struct {
	name    string
	parts   accountParts
	keys    *queue.WorkloadKeys
	sleep   sleepState
	present atomic.Bool   // the account is served
	changed chan struct{} // has a token when the account may work otherwise than wanted
	overdue chan struct{} // has a token when the chores of a sleeping account are to be done at once

	mu      sync.Mutex
	wanted  *AccountConfig // nil: the account is not to be served
	account *account       // nil while it does not work
	chores  *chores        // nil while it is not served
	config  AccountConfig  // by which it is served
	unwatch func()         // ends the watch for wake-ups; nil without one
	unsaid  bool           // that the account is served

	ticks *ticking // of its schedules; nil without. It is for whoever has the account start and stop
}

// accountParts are what the runners of accounts have in common.
type accountParts struct {
	// prepare makes an account known, and returns what does its chores; dismiss takes back
	// what that has announced.
	prepare func(context.Context, AccountConfig) (*chores, error)
	dismiss func(context.Context, *chores)
	// start starts an account, and returns when it takes tasks.
	start func(context.Context, AccountConfig, *chores) (*account, error)
	// failed is given what kept an account from starting. It is tried again.
	failed func(account string, err error)
	// watch has woken called with each wake-up of an account until stop is called.
	watch func(ctx context.Context, account string, woken func()) (stop func())
	// sleeps reports whether accounts sleep that have nothing to do; nil means never.
	sleeps func() bool
	// look finds out which of some accounts, all of them asleep, have something to do, and
	// wakes those.
	look func(context.Context, []*accountRunner) error
	// round does the chores of an account that sleeps, and sweeps it if it is to.
	round func(ctx context.Context, c *chores, swept bool)
	// tick enqueues the ticks of an account's schedules until ctx ends.
	tick func(ctx context.Context, c *chores)
	// swept is how long after a loss a sweep finds it.
	swept time.Duration
}

func newAccountRunner(account string, parts accountParts) *accountRunner {
	return &accountRunner{
		name: account, parts: parts, keys: workloadKeys(account), changed: make(chan struct{}, 1), overdue: make(chan struct{}, 1),
		sleep: sleepState{swept: parts.swept},
	}
}

// want says by which settings the account is to be served, or by nil that it is not to
// be. Rules and budgets alone are in force when it returns, and nothing stops for them.
func (p *accountRunner) want(ctx context.Context, cfg *AccountConfig) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.wanted = cfg
	if p.worksAsWanted() {
		return p.adopt(ctx)
	}
	notify(p.changed)
	return nil
}

// notify leaves a token, unless the last one has not been taken yet.
func notify(token chan<- struct{}) {
	select {
	case token <- struct{}{}:
	default:
	}
}

// wake has the account take tasks. It does not block.
func (p *accountRunner) wake() {
	if p.sleep.wake(time.Now()) {
		notify(p.changed)
	}
}

// worksAsWanted reports whether nothing but rules and budgets is to change, for who holds
// the lock.
func (p *accountRunner) worksAsWanted() bool {
	sleeping, _ := p.sleep.asleep()
	return p.servedAsWanted() && (p.wanted == nil || (p.account == nil) == sleeping)
}

// servedAsWanted reports whether the account is served by the settings that are wanted,
// awake or asleep, for who holds the lock.
func (p *accountRunner) servedAsWanted() bool {
	if p.chores == nil || p.wanted == nil {
		return p.chores == nil && p.wanted == nil
	}
	return same(p.config.withoutPolicy(), p.wanted.withoutPolicy())
}

// same reports whether two accounts work alike.
func same(a, b AccountConfig) bool {
	return reflect.DeepEqual(a, b) //nolint:govet // the errors are those inside a transport, of which the address counts
}

// adopt puts rules and budgets that are wanted in force, for who holds the lock. What
// Redis does not take is tried again by the account itself.
func (p *accountRunner) adopt(ctx context.Context) error {
	if p.wanted == nil || same(p.config, *p.wanted) {
		return nil
	}
	p.config = *p.wanted
	if err := p.chores.comparison.reload(ctx, p.config, time.Now()); err != nil {
		return fmt.Errorf("account %q: %w", p.name, err)
	}
	return nil
}

// serve has the account served as it is wanted until ctx ends, and then stops it.
func (p *accountRunner) serve(ctx context.Context) {
	again, round := time.NewTimer(0), time.NewTimer(0)
	again.Stop()
	defer again.Stop()
	defer round.Stop()
	for {
		round.Reset(p.sleep.untilRound(time.Now()))
		select {
		case <-ctx.Done():
			p.end(ctx)
			return
		case <-p.changed:
		case <-again.C:
		case <-round.C:
			p.round(ctx, false)
		case <-p.overdue:
			p.round(ctx, true)
		}
		if err := p.follow(ctx); err != nil && ctx.Err() == nil {
			p.parts.failed(p.name, err)
			again.Reset(startAgain)
		}
		p.keepTime(ctx)
	}
}

// end stops the account, and with it the process.
func (p *accountRunner) end(ctx context.Context) {
	p.ticks.stop()
	if a := p.take(); a != nil {
		a.stop()
	}
	if c := p.served(); c != nil {
		p.parts.dismiss(ctx, c)
	}
}

// round does the chores of an account that sleeps. One that waits is swept by each.
func (p *accountRunner) round(ctx context.Context, swept bool) {
	c := p.served()
	ctx, end, asleep := p.sleep.round(ctx)
	if !asleep {
		return
	}
	defer end()
	if c != nil {
		_, known := p.sleep.asleep()
		p.parts.round(ctx, c, swept || known.Waits)
		p.sleep.doubt()
	}
}

// ticking is an account's schedules at work.
type ticking struct {
	of   *chores
	end  context.CancelFunc
	done chan struct{}
}

// stop returns when the schedules have stopped.
func (t *ticking) stop() {
	if t != nil {
		t.end()
		<-t.done
	}
}

// keepTime has the account's schedules enqueue their ticks while it is awake, and as long
// as there are any while it sleeps.
func (p *accountRunner) keepTime(ctx context.Context) {
	c := p.served()
	if sleeping, known := p.sleep.asleep(); sleeping && !known.Ticks {
		c = nil
	}
	if p.ticks != nil && p.ticks.of != c {
		p.ticks.stop()
		p.ticks = nil
	}
	if c == nil || p.ticks != nil {
		return
	}
	ctx, end := context.WithCancel(ctx)
	t := &ticking{of: c, end: end, done: make(chan struct{})}
	p.ticks = t
	go func() { defer close(t.done); p.parts.tick(ctx, c) }()
}

// follow stops the account if it works otherwise than wanted, and starts it as it is
// wanted when the calls in flight have ended.
func (p *accountRunner) follow(ctx context.Context) error {
	was, asWanted := p.part(ctx)
	if asWanted {
		return nil
	}
	if was != nil {
		p.halt(was)
	}
	if err := p.prepare(ctx); err != nil {
		return err
	}
	c, cfg, start := p.toStart()
	if start {
		a, err := p.parts.start(ctx, cfg, c)
		if err != nil {
			return err
		}
		p.put(a) // if another has been wanted meanwhile, there is a token
		a.log.Debug().Msg("account is at work")
	}
	p.say()
	return nil
}

// say logs that the account is served, once it is.
func (p *accountRunner) say() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.unsaid && p.chores != nil {
		p.chores.d.log.Info().Msg("account is served")
	}
	p.unsaid = false
}

// halt stops an account that has worked.
func (p *accountRunner) halt(was *account) {
	p.mu.Lock()
	sleeps := p.servedAsWanted()
	p.mu.Unlock()
	if sleeps {
		was.stop()
		was.log.Debug().Msg("account sleeps")
		notify(p.overdue)
		return
	}
	was.log.Info().Msg("account stops: calls in flight are finished, the rest is handed back")
	was.stop()
}

// prepare has what an account needs whether it sleeps or not be there as it is wanted. It
// is for the goroutine of serve alone.
func (p *accountRunner) prepare(ctx context.Context) error {
	p.mu.Lock()
	asWanted, wanted := p.servedAsWanted(), p.wanted
	p.mu.Unlock()
	if asWanted {
		return nil
	}
	if c := p.dismiss(ctx); c != nil {
		c.d.log.Info().Msg("account has stopped")
	}
	if wanted == nil {
		return nil
	}
	c, err := p.parts.prepare(ctx, *wanted)
	if err != nil {
		return err
	}
	p.mu.Lock()
	p.chores, p.config, p.unsaid = c, *wanted, true
	p.mu.Unlock()
	p.present.Store(true)
	if p.parts.sleeps != nil && p.parts.sleeps() {
		p.listen(ctx)
	}
	return nil
}

// listen has the account hear its wake-ups from now on, and reports whether it did before.
// What came until now is seen by the look that a new subscription brings about. It does
// not wait while the account is being changed.
func (p *accountRunner) listen(ctx context.Context) bool {
	if !p.mu.TryLock() {
		return false
	}
	defer p.mu.Unlock()
	if p.chores == nil || p.unwatch != nil {
		return p.chores != nil
	}
	p.unwatch = p.parts.watch(ctx, p.name, p.wake)
	return false
}

// dismiss takes away what prepare has made, and returns it.
func (p *accountRunner) dismiss(ctx context.Context) *chores {
	p.mu.Lock()
	c, unwatch := p.chores, p.unwatch
	p.chores, p.unwatch = nil, nil
	p.mu.Unlock()
	p.present.Store(false)
	if unwatch != nil {
		unwatch()
	}
	if c != nil {
		p.parts.dismiss(ctx, c)
	}
	return c
}

// part takes the account from the runner, unless it works as it is wanted.
func (p *accountRunner) part(ctx context.Context) (was *account, asWanted bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.worksAsWanted() {
		_ = p.adopt(ctx) // the account tries again
		return nil, true
	}
	was, p.account = p.account, nil
	return was, false
}

// take takes the account from the runner; nil if it does not work.
func (p *accountRunner) take() *account {
	p.mu.Lock()
	defer p.mu.Unlock()
	a := p.account
	p.account = nil
	return a
}

func (p *accountRunner) put(a *account) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.account = a
}

// toStart is by what the account is to be started, unless it sleeps or is not to be served.
func (p *accountRunner) toStart() (*chores, AccountConfig, bool) {
	sleeping, _ := p.sleep.asleep()
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.chores, p.config, p.chores != nil && !sleeping
}

// served is what does the account's chores; nil while it is not served.
func (p *accountRunner) served() *chores {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.chores
}
