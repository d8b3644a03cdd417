package engine

import (
	"context"
	"errors"
	"maps"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/octoq/octoq/campaign"
)

// roster serves the accounts of a process, which may come, change and go. Each has a runner
// of its own, so that one that waits for its calls in flight keeps no other waiting.
type roster struct {
	parts   accountParts
	wanted  atomic.Pointer[[]string] // the names of the accounts that are to be served
	changes chan struct{}            // has a token when they have changed

	mu      sync.Mutex                // held while accounts come and go
	runners map[string]*accountRunner // by account, those included that have gone
	list    atomic.Pointer[[]*accountRunner]
	begin   func(*accountRunner) // has a runner serve its account; nil before the roster works, and after
}

func newRoster(first []AccountConfig) *roster {
	r := &roster{changes: make(chan struct{}, 1), runners: map[string]*accountRunner{}}
	names := namesOf(first)
	r.wanted.Store(&names)
	return r
}

// names are those of the accounts that are to be served.
func (r *roster) names() []string { return *r.wanted.Load() }

// asleep are those of them that sleep. It does not block.
func (r *roster) asleep() []string {
	sleeping := map[string]bool{}
	for _, p := range r.all() {
		sleeping[p.name], _ = p.sleep.asleep()
	}
	return slices.DeleteFunc(slices.Clone(r.names()), func(account string) bool { return !sleeping[account] })
}

// namesOrOne are the same, or where there are none the name that an account has unless
// it is given another: what depends on the names of accounts is asked of Redis for it.
func (r *roster) namesOrOne() []string {
	if names := r.names(); len(names) > 0 {
		return names
	}
	return []string{campaign.DefaultAccount}
}

// work serves accounts until ctx ends, and returns when all of them have stopped. An
// account that does not start ends it. It calls started when all of them take tasks, and
// stopping when ctx has ended.
func (r *roster) work(ctx context.Context, first []AccountConfig, started, stopping func()) error {
	working, end := context.WithCancel(ctx)
	var group sync.WaitGroup
	defer func() { end(); group.Wait() }()
	begin := func(p *accountRunner) { group.Go(func() { p.serve(working) }) }
	if err := r.first(ctx, first); err != nil {
		end()
		for _, p := range r.all() {
			begin(p)
		}
		return err
	}
	r.open(begin)
	started()
	<-ctx.Done()
	r.open(nil)
	stopping()
	return nil
}

// first prepares the first accounts, and starts those that have something to do.
func (r *roster) first(ctx context.Context, accounts []AccountConfig) error {
	var runners []*accountRunner
	for _, cfg := range accounts {
		p := r.newRunner(cfg.Name)
		p.wanted = &cfg
		r.put(p)
		if err := p.prepare(ctx); err != nil {
			return err
		}
		p.unsaid = false
		runners = append(runners, p)
	}
	if r.sleeps() {
		if err := r.parts.look(ctx, runners); err != nil {
			return err
		}
	}
	for _, p := range runners {
		notify(p.overdue) // those that sleep
		if err := p.follow(ctx); err != nil {
			return err
		}
		p.keepTime(ctx)
	}
	return nil
}

func (r *roster) sleeps() bool { return r.parts.sleeps != nil && r.parts.sleeps() }

// newRunner is the runner of an account that sleeps, where accounts do.
func (r *roster) newRunner(account string) *accountRunner {
	p := newAccountRunner(account, r.parts)
	if r.sleeps() {
		p.sleep.begin()
	}
	return p
}

// put adds a runner.
func (r *roster) put(p *accountRunner) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.add(p)
}

// add is put for who holds the lock.
func (r *roster) add(p *accountRunner) {
	r.runners[p.name] = p
	all := slices.Collect(maps.Values(r.runners))
	r.list.Store(&all)
}

// all are the runners of all accounts, those included that have gone. It does not block.
func (r *roster) all() []*accountRunner {
	if all := r.list.Load(); all != nil {
		return *all
	}
	return nil
}

// open lets accounts come and go from now on, or no more.
func (r *roster) open(begin func(*accountRunner)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.begin = begin
	if begin == nil {
		return
	}
	for _, p := range r.runners {
		begin(p)
	}
}

// take has exactly these accounts served from now on. It waits for none to start or stop.
// An error is of rules and budgets that are not all in force.
func (r *roster) take(ctx context.Context, accounts []AccountConfig) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.begin == nil {
		return ErrNotRunning
	}
	names := namesOf(accounts)
	r.wanted.Store(&names)
	notify(r.changes)
	gone := maps.Clone(r.runners)
	var faults []error
	for _, cfg := range accounts {
		delete(gone, cfg.Name)
		faults = append(faults, r.runnerOf(cfg.Name).want(ctx, &cfg))
	}
	for _, p := range gone {
		faults = append(faults, p.want(ctx, nil))
	}
	return errors.Join(faults...)
}

// runnerOf is the runner of an account, for who holds the lock.
func (r *roster) runnerOf(account string) *accountRunner {
	p, known := r.runners[account]
	if !known {
		p = r.newRunner(account)
		r.add(p)
		r.begin(p)
	}
	return p
}

func namesOf(accounts []AccountConfig) []string {
	names := make([]string, len(accounts))
	for i, a := range accounts {
		names[i] = a.Name
	}
	return names
}
