package worker

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"

	"github.com/octoq/octoq/internal/engine"
)

// Reload puts the budgets and rules of some accounts in force while the worker runs:
// Budgets, ApproveAbove, ApproveAboveContacts and ApproveBy. It returns the accounts of
// which something else has changed, which takes a restart; an account that is new or left
// out is one, and keeps what it has. After an error nothing, or not everything, is in
// force yet: what Redis did not take is tried again within a minute.
func (w *Worker) Reload(ctx context.Context, accounts map[string]Account) (restart []string, err error) {
	cfg := w.config
	cfg.Accounts = accounts
	if cfg, err = cfg.withDefaults(); err != nil {
		return nil, fmt.Errorf("worker: %w", err)
	}
	policies := map[string]engine.ConfigPolicy{}
	for name, now := range cfg.Accounts {
		if was, known := w.config.Accounts[name]; known {
			policies[name] = engine.ConfigPolicy{Rules: now.rules(), Budgets: now.budgets()}
			if !reflect.DeepEqual(was.withoutPolicy(), now.withoutPolicy()) {
				restart = append(restart, name)
			}
		} else {
			restart = append(restart, name)
		}
	}
	for name := range maps.Keys(w.config.Accounts) {
		if _, still := cfg.Accounts[name]; !still {
			restart = append(restart, name)
		}
	}
	slices.Sort(restart)
	if err := w.process.Reload(ctx, policies); err != nil {
		if errors.Is(err, engine.ErrNotRunning) {
			return restart, ErrNotRunning
		}
		return restart, fmt.Errorf("worker: %w", err)
	}
	return restart, nil
}

// ErrNotRunning is returned by Reload before Run takes tasks, and after it has ended.
var ErrNotRunning = errors.New("worker is not at work")

// withoutPolicy is the account without what Reload puts in force.
func (a Account) withoutPolicy() Account {
	a.Budgets, a.ApproveAbove, a.ApproveAboveContacts, a.ApproveBy = nil, 0, 0, ""
	return a
}
