package engine

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"time"

	"github.com/octoq/octoq/internal/budget"
)

// ConfigPolicy is what a config file demands of the campaigns of an account.
type ConfigPolicy struct {
	Rules   budget.Rules
	Budgets []budget.Budget
}

// ErrNotRunning is returned by Reload before the process works, and after it has stopped.
var ErrNotRunning = errors.New("the worker is not at work")

// Reload puts other rules and budgets of config files in force, for the accounts that it
// names. Trouble with one account keeps no other from it.
func (p *WorkerProcess) Reload(ctx context.Context, policies map[string]ConfigPolicy) error {
	p.mu.Lock()
	running := p.running
	p.mu.Unlock()
	if running == nil {
		return ErrNotRunning
	}
	var faults []error
	for _, a := range running {
		policy, named := policies[a.name]
		if !named {
			continue
		}
		if err := a.comparison.reload(ctx, policy, time.Now()); err != nil {
			faults = append(faults, fmt.Errorf("account %q: %w", a.name, err))
		}
	}
	return errors.Join(faults...)
}

// reload takes another policy over. What cannot be written now is tried again with the
// comparisons that follow.
func (c *comparison) reload(ctx context.Context, policy ConfigPolicy, now time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	shared := maps.Clone(c.self.Settings)
	delete(shared, settingRules)
	delete(shared, settingBudgets)
	c.self.Settings = AccountConfig{Shared: shared, Rules: policy.Rules, Budgets: policy.Budgets}.declared()
	c.due = time.Time{}
	return c.compareNow(ctx, now)
}
