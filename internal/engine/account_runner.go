package engine

import (
	"context"
	"fmt"
	"reflect"
	"sync"
	"time"
)

// startAgain is the pause before an account is started again that did not start.
const startAgain = time.Second

// accountRunner has one account served as it is wanted. When the account goes it stays, and waits
// for it to come back.
type accountRunner struct {
	name    string
	changed chan struct{} // has a token when the account may work otherwise than wanted

	mu      sync.Mutex
	wanted  *AccountConfig // nil: the account is not to be served
	account *account       // nil while it does not work
	config  AccountConfig  // by which it works
}

func newAccountRunner(account string) *accountRunner {
	return &accountRunner{name: account, changed: make(chan struct{}, 1)}
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
	select {
	case p.changed <- struct{}{}:
	default: // it has not looked since the last one
	}
	return nil
}

// worksAsWanted reports whether nothing but rules and budgets is to change, for who holds
// the lock.
func (p *accountRunner) worksAsWanted() bool {
	return p.account != nil && p.wanted != nil && same(p.config.withoutPolicy(), p.wanted.withoutPolicy())
}

// same reports whether two accounts work alike.
func same(a, b AccountConfig) bool {
	return reflect.DeepEqual(a, b) //nolint:govet // the errors are those inside a transport, of which the address counts
}

// adopt puts rules and budgets that are wanted in force, for who holds the lock. What
// Redis does not take is tried again by the account itself.
func (p *accountRunner) adopt(ctx context.Context) error {
	if same(p.config, *p.wanted) {
		return nil
	}
	p.config = *p.wanted
	if err := p.account.comparison.reload(ctx, p.config, time.Now()); err != nil {
		return fmt.Errorf("account %q: %w", p.name, err)
	}
	return nil
}

// serve has the account served as it is wanted until ctx ends, and then stops it.
func (p *accountRunner) serve(ctx context.Context, start func(context.Context, AccountConfig) (*account, error), failed func(string, error)) {
	again := time.NewTimer(0)
	again.Stop()
	for {
		select {
		case <-ctx.Done():
			if a := p.take(); a != nil {
				a.stop()
			}
			again.Stop()
			return
		case <-p.changed:
		case <-again.C:
		}
		if err := p.follow(ctx, start); err != nil && ctx.Err() == nil {
			failed(p.name, err)
			again.Reset(startAgain)
		}
	}
}

// follow stops the account if it works otherwise than wanted, and starts it as it is
// wanted when the calls in flight have ended.
func (p *accountRunner) follow(ctx context.Context, start func(context.Context, AccountConfig) (*account, error)) error {
	if was, asWanted := p.part(ctx); asWanted {
		return nil
	} else if was != nil {
		was.log.Info().Msg("account stops: calls in flight are finished, the rest is handed back")
		was.stop()
		was.log.Info().Msg("account has stopped")
	}
	wanted := p.wish()
	if wanted == nil {
		return nil
	}
	a, err := start(ctx, *wanted)
	if err != nil {
		return err
	}
	p.put(a, *wanted) // if another has been wanted meanwhile, there is a token
	a.log.Info().Msg("account is served")
	return nil
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

func (p *accountRunner) put(a *account, cfg AccountConfig) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.account, p.config = a, cfg
}

func (p *accountRunner) wish() *AccountConfig {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.wanted
}
