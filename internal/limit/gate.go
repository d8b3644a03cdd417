package limit

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/octoq/octoq/campaign"
)

const (
	// poll is how often waiters ask again although nothing was told them.
	poll = 100 * time.Millisecond
	// long is the known wait beyond which a waiter is sent away.
	long = 2 * time.Second
	// patience is how long waiters stay while another campaign probes a
	// half-open hold: longer than the head start of others.
	patience = headStart + 500*time.Millisecond
)

// scripts are the limiter's scripts. All of them may be repeated.
type scripts interface {
	acquire(ctx context.Context, a ask) (answer, error)
	release(ctx context.Context, r release) (streak, campaigns int, err error)
	renew(ctx context.Context, tokens []string, seat string) error
}

// Gate is where the calls of one account wait in one process. Grants are not
// tied to the waiter that was first when they were asked for: each goes, when
// its time has come, to the most urgent waiter of that moment.
type Gate struct {
	account string
	limits  Limits
	opts    Options
	scripts scripts
	watch   func(ctx context.Context, note func(string))
	name    string
	kick    chan struct{}
	changed chan struct{}

	mu      sync.Mutex
	started bool
	stopped bool
	line    line
	pool    []grant
	calls   map[string]*Permit // under way, by token
	back    []release          // to be given back
	grace   grace
	asks    int
	talking bool               // a talk with Redis is under way
	stale   bool               // and what it brings is out of date
	phase   campaign.HoldPhase // of the hold, as last heard
	why     string             // the last refusal
	askAt   time.Time          // not to be asked again before
	open    time.Time          // without limits: free to go until then
	streak  int                // of unavailable answers, as last heard
}

// grant is leave to make one call.
type grant struct {
	token     string
	due, void time.Time // local clock
	bound     *waiter   // who alone may use it; nil for anyone
	probe     bool
}

// NewGate makes the gate of one account. It asks nothing before Run.
func NewGate(rdb redis.UniversalClient, account string, limits Limits, opts Options) (*Gate, error) {
	if account == "" {
		return nil, errors.New("a gate needs the name of an account")
	}
	if err := limits.Validate(); err != nil {
		return nil, fmt.Errorf("limits of account %s: %w", account, err)
	}
	opts, err := opts.withDefaults()
	if err != nil {
		return nil, fmt.Errorf("gate of account %s: %w", account, err)
	}
	return newGate(account, limits, opts, newLimiter(rdb, account, limits), watcher(rdb, account)), nil
}

func newGate(account string, l Limits, o Options, s scripts, watch func(context.Context, func(string))) *Gate {
	return &Gate{
		account: account, limits: l, opts: o, scripts: s, watch: watch, name: o.Name(),
		kick: make(chan struct{}, 1), changed: make(chan struct{}, 1),
		line: newLine(), calls: map[string]*Permit{}, grace: newGrace(l.window()),
	}
}

// HoldChanged receives when the account's hold may have changed, in this or
// another process. Signals that nobody has taken yet are one.
func (g *Gate) HoldChanged() <-chan struct{} { return g.changed }

// Acquire waits until the call may be made and returns leave to make it, which
// the caller must Release, also when it makes no call. id names the campaign.
//
// It returns a *LaterError when the account is on hold or the API asked for a
// pause of more than two seconds, an error with ctx's inside when ctx ends
// first, and ErrStopped once Run has ended. While Redis is out of reach it
// waits. Before Run has started it waits, too.
func (g *Gate) Acquire(ctx context.Context, call campaign.Call, id string) (*Permit, error) {
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("wait for the limiter: %w", err)
	}
	w, permit, err := g.enter(call, id)
	if permit != nil || err != nil {
		return permit, err
	}
	select {
	case r := <-w.reply:
		return r.permit, r.err
	case <-ctx.Done():
		g.leave(w)
		return nil, fmt.Errorf("wait for the limiter: %w", ctx.Err())
	}
}

// enter puts a waiter into the line, or lets it pass at once where nothing is
// limited.
func (g *Gate) enter(call campaign.Call, id string) (*waiter, *Permit, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.stopped {
		return nil, nil, ErrStopped
	}
	if g.line.of[call] == nil {
		return nil, nil, fmt.Errorf("wait for the limiter: unknown call %q", call)
	}
	now := g.opts.Now()
	w := &waiter{call: call, id: id, since: now, reply: make(chan verdictFor, 1)}
	if now.Before(g.open) {
		return nil, g.wave(w, now), nil
	}
	g.line.join(w)
	g.poke()
	return w, nil, nil
}

// leave takes a waiter out whose caller has gone. Had it been given a permit in
// the same moment, the permit is given back.
func (g *Gate) leave(w *waiter) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.line.leave(w) {
		return
	}
	if r := <-w.reply; r.permit != nil {
		p := r.permit
		delete(g.calls, p.token)
		if !p.free {
			g.giveBack(p.token, p.id, p.probe)
		}
	}
}

// giveBack has the next talk with Redis free a slot that nobody used.
func (g *Gate) giveBack(token, id string, probe bool) {
	g.back = append(g.back, release{tokens: []string{token}, verdict: verdictNone, id: id, seat: probe})
	g.poke()
}

// wave lets a waiter pass where nothing is limited and no hold is known.
func (g *Gate) wave(w *waiter, now time.Time) *Permit {
	g.asks++
	token := g.name + ".free." + strconv.Itoa(g.asks)
	return g.admit(w, &Permit{token: token, notAfter: now.Add(maxLate), free: true}, now)
}

// admit makes a permit the waiter's.
func (g *Gate) admit(w *waiter, p *Permit, now time.Time) *Permit {
	p.gate, p.call, p.id, p.since = g, w.call, w.id, now
	g.calls[p.token] = p
	g.opts.OnWait(w.call, now.Sub(w.since))
	return p
}

// poke wakes the gate's loop.
func (g *Gate) poke() {
	select {
	case g.kick <- struct{}{}:
	default:
	}
}
