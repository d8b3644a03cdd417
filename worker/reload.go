package worker

import (
	"context"
	"errors"
	"fmt"

	"github.com/octoq/octoq/internal/engine"
)

// Reload has the worker serve exactly these accounts from now on, each by the settings
// that it has here. It waits for none to start or stop. An account that is new is served
// within moments. One that is left out stops: its calls in flight finish, the rest is
// handed back, and its campaigns stay in Redis as they are until a worker serves it again.
// One of which a setting has changed stops likewise, and goes on with the new ones; of
// Budgets, ApproveAbove, ApproveAboveContacts and ApproveBy alone it notices nothing.
//
// Accounts that New would refuse are an error, and nothing changes. Another error is
// ErrNotRunning, or of budgets and rules that Redis did not take, which is tried again
// within a minute.
//
// StopTimeout becomes longer, if it was not set, where the timeout of an account does.
// Connections to Redis are for AccountsRoom accounts.
func (w *Worker) Reload(ctx context.Context, accounts map[string]Account) error {
	cfg := w.given
	cfg.Accounts = accounts
	cfg, err := cfg.withDefaults()
	if err != nil {
		return fmt.Errorf("worker: %w", err)
	}
	e := cfg.engine()
	switch err := w.process.Reload(ctx, e.Accounts, e.StopTimeout); {
	case errors.Is(err, engine.ErrNotRunning):
		return ErrNotRunning
	case err != nil:
		return fmt.Errorf("worker: %w", err)
	}
	return nil
}

// ErrNotRunning is returned by Reload before Run takes tasks, and after it has ended.
var ErrNotRunning = errors.New("worker is not at work")
