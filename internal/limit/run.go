package limit

import (
	"context"
	"errors"
	"strconv"
	"sync"
	"time"

	"github.com/octoq/octoq/campaign"
)

// job is one talk with Redis: what to give back, and what to ask for, if anything.
type job struct {
	back []release
	ask  *ask
}

// result is what came of a job. sent and received are local times around the
// ask alone.
type result struct {
	ask            *ask
	answer         answer
	sent, received time.Time
	err            error
}

// Run serves the waiters until ctx ends, then sends those that are left away
// with ErrStopped and gives back what nobody used. Calls that are under way
// then can still be released, but their slots are no longer renewed: end it
// after the calls. It can be run once. The error is nil after a clean stop.
func (g *Gate) Run(ctx context.Context) error {
	if !g.start() {
		return errors.New("run gate of account " + g.account + ": it was run before")
	}
	jobs, results := make(chan job), make(chan result, 1)
	var wg sync.WaitGroup
	wg.Go(func() { g.talk(ctx, jobs, results) })
	wg.Go(func() { g.renew(ctx) })
	wg.Go(func() { g.watch(ctx, g.note) })
	g.loop(ctx, jobs, results)
	close(jobs)
	wg.Wait()
	close(results)
	for r := range results {
		g.take(r)
	}
	g.close(ctx)
	return nil
}

func (g *Gate) start() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	first := !g.started
	g.started = true
	return first
}

func (g *Gate) loop(ctx context.Context, jobs chan<- job, results <-chan result) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		next, wake := g.step()
		if next != nil {
			jobs <- *next // talk is idle: it takes the job at once
		}
		var due <-chan time.Time
		if !wake.IsZero() {
			timer.Reset(wake.Sub(g.opts.Now()))
			due = timer.C
		}
		select {
		case <-ctx.Done():
			return
		case r := <-results:
			g.take(r)
		case <-g.kick:
		case <-due:
		}
	}
}

// talk carries out jobs, one after another.
func (g *Gate) talk(ctx context.Context, jobs <-chan job, results chan<- result) {
	for j := range jobs {
		var r result
		if err := g.giveAllBack(ctx, j.back); err != nil {
			g.opts.OnError(err)
		}
		if j.ask != nil {
			r.ask, r.sent = j.ask, g.opts.Now()
			ctx, cancel := context.WithTimeout(ctx, g.opts.Timeout)
			r.answer, r.err = g.scripts.acquire(ctx, *j.ask)
			cancel()
			r.received = g.opts.Now()
		}
		results <- r
	}
}

// giveAllBack frees slots that nobody used. Those it cannot free end with
// their leases.
func (g *Gate) giveAllBack(ctx context.Context, back []release) error {
	var errs []error
	for _, r := range back {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), g.opts.Timeout)
		_, _, err := g.scripts.release(ctx, r)
		cancel()
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// step hands out what is due, and says what to talk with Redis about now and
// when to look again at the latest.
func (g *Gate) step() (*job, time.Time) {
	g.mu.Lock()
	defer g.mu.Unlock()
	now := g.opts.Now()
	for len(g.pool) > 0 && !g.pool[0].due.After(now) {
		g.hand(g.pool[0], now)
		g.pool = g.pool[1:]
	}
	next := g.plan(now)
	var wake time.Time
	if len(g.pool) > 0 {
		wake = g.pool[0].due
	}
	if !g.talking && g.line.n > len(g.pool) && (wake.IsZero() || g.askAt.Before(wake)) {
		wake = g.askAt
	}
	return next, wake
}

// hand gives a grant whose time has come to the waiter whose turn it is.
func (g *Gate) hand(gr grant, now time.Time) {
	w := gr.bound
	switch {
	case now.After(gr.void):
		w = nil
	case w == nil:
		w = g.line.next()
	case !g.line.leave(w):
		w = nil
	}
	if w == nil {
		g.drop(gr)
		return
	}
	p := g.admit(w, &Permit{token: gr.token, notAfter: gr.void, probe: gr.probe}, now)
	w.reply <- verdictFor{permit: p}
}

func (g *Gate) drop(gr grant) {
	id := ""
	if gr.bound != nil {
		id = gr.bound.id
	}
	g.giveBack(gr.token, id, gr.probe)
}

// plan makes the next job; nil when there is none, or one is under way.
func (g *Gate) plan(now time.Time) *job {
	if g.talking {
		return nil
	}
	var j job
	j.back, g.back = g.back, nil
	if want := g.line.n - len(g.pool); want > 0 && !now.Before(g.askAt) {
		j.ask = g.question(want)
	}
	if j.ask == nil && len(j.back) == 0 {
		return nil
	}
	g.talking, g.stale = true, false
	return &j
}

func (g *Gate) question(want int) *ask {
	g.asks++
	a := &ask{token: g.name + "." + strconv.Itoa(g.asks), want: min(want, batch)}
	switch {
	case g.phase != "":
		a.want, a.who = 1, g.line.all(crowd)
	case g.limits.free():
		a.want = 0
	}
	return a
}

// close sends the last waiters away and gives back what is left.
func (g *Gate) close(ctx context.Context) {
	g.mu.Lock()
	g.stopped = true
	g.open = time.Time{}
	for _, w := range g.line.all(g.line.n) {
		g.dismiss(w, ErrStopped)
	}
	g.dropAll()
	back := g.back
	g.back = nil
	g.mu.Unlock()
	if err := g.giveAllBack(ctx, back); err != nil {
		g.opts.OnError(err)
	}
}

func (g *Gate) dismiss(w *waiter, err error) {
	g.line.leave(w)
	w.reply <- verdictFor{err: err}
}

// dropAll gives back all that is reserved and not yet handed out.
func (g *Gate) dropAll() {
	for _, gr := range g.pool {
		g.drop(gr)
	}
	g.pool = nil
}

// renew renews the slots of calls under way each second.
func (g *Gate) renew(ctx context.Context) {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		tokens, seat := g.underWay()
		if len(tokens) == 0 {
			continue
		}
		ctx, cancel := context.WithTimeout(ctx, g.opts.Timeout)
		err := g.scripts.renew(ctx, tokens, seat)
		cancel()
		if err != nil && !errors.Is(err, context.Canceled) {
			g.opts.OnError(err)
		}
	}
}

// underWay lists the calls that began a while ago, and the probe's campaign.
func (g *Gate) underWay() (tokens []string, seat string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	now := g.opts.Now()
	for token, p := range g.calls {
		if p.free || now.Sub(p.since) < 500*time.Millisecond {
			continue
		}
		tokens = append(tokens, token)
		if p.probe {
			seat = p.id
		}
	}
	return tokens, seat
}

// note takes what was published for the account.
func (g *Gate) note(what string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	switch what {
	case noteSlot:
		if g.why == WhySlots {
			g.askAt = time.Time{}
			g.poke()
		}
	case noteHold, noteCool:
		// What was reserved before is no longer good.
		g.stale = true
		g.dropAll()
		g.askAt, g.open = time.Time{}, time.Time{}
		g.poke()
	}
	if what == noteHold {
		select {
		case g.changed <- struct{}{}:
		default:
		}
	}
}

// held is the wait that a hold announces: bounded, because a hold may be
// lifted long before its next probe, and by hand at any time.
func held(at, now time.Time) time.Time {
	switch {
	case at.Before(now.Add(time.Second)):
		return now.Add(time.Second)
	case at.After(now.Add(5 * time.Second)):
		return now.Add(5 * time.Second)
	default:
		return at
	}
}

// exempt reports whether a call passes a hold, which stops one kind of call
// only or, for "", all but the balance.
func exempt(c, only campaign.Call) bool {
	return c == campaign.CallBalance || only != "" && c != only
}
