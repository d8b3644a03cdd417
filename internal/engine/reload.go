package engine

import (
	"context"
	"errors"
	"time"

	"github.com/octoq/octoq/internal/budget"
)

// ErrNotRunning is returned by Reload before the process works, and after it has stopped.
var ErrNotRunning = errors.New("the worker is not at work")

// Reload has exactly these accounts served from now on, and waits for none to start or
// stop. One that is new starts. One that is left out stops when its calls in flight have
// ended. One whose settings have changed stops likewise, and starts with the new ones;
// of rules and budgets alone it notices nothing. Settings that a part refuses are an
// error, and nothing changes; another error is of rules and budgets that Redis did not
// take, which is tried again within a minute.
func (p *WorkerProcess) Reload(ctx context.Context, accounts []AccountConfig, stopTimeout time.Duration) error {
	if err := p.check(accounts); err != nil {
		return err
	}
	p.waitAtStop(stopTimeout)
	return p.roster.take(ctx, accounts)
}

// waitAtStop has a stop wait for calls in flight for as long, and no shorter than before:
// an account that is about to go may still have some.
func (p *WorkerProcess) waitAtStop(timeout time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.stopTimeout = max(p.stopTimeout, timeout)
}

// withoutPolicy is the account without what is put in force while it works.
func (a AccountConfig) withoutPolicy() AccountConfig {
	a.Rules, a.Budgets = budget.Rules{}, nil
	return a
}

// reload takes other rules and budgets over. What cannot be written now is tried again
// with the comparisons that follow.
func (c *comparison) reload(ctx context.Context, cfg AccountConfig, now time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.self.Settings = cfg.declared()
	c.due = time.Time{}
	return c.compareNow(ctx, now)
}
