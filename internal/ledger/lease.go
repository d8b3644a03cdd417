package ledger

import (
	"context"
	"fmt"
	"time"

	"github.com/octoq/octoq/internal/key"
)

// Lease is what one holder at a time has, so that one process at a time does
// something for an account.
type Lease struct {
	store                 *Store
	account, name, holder string
	ttl                   time.Duration
}

// Lease gives access to a lease by its name. holder has to be unlike any other.
// The lease lasts ttl, in whole milliseconds, counted from when it was last taken
// or extended at the earliest; a holder that freezes for longer may find another
// one at work, so the work has to allow for two at once.
func (s *Store) Lease(account, name, holder string, ttl time.Duration) *Lease {
	return &Lease{store: s, account: account, name: name, holder: holder, ttl: ttl}
}

// TryAcquire takes or extends the lease and reports whether the holder has it.
func (l *Lease) TryAcquire(ctx context.Context) (bool, error) {
	if err := checkAccount(l.account); err != nil {
		return false, err
	}
	if l.holder == "" || l.ttl < time.Millisecond {
		return false, fmt.Errorf("lead %s of account %s: give a holder and at least a millisecond", l.name, l.account)
	}
	n, err := l.store.scripts.lead.Run(ctx, l.store.rdb, l.keys(), l.holder, l.ttl.Milliseconds()).Int()
	if err != nil {
		return false, fmt.Errorf("lead %s of account %s: %w", l.name, l.account, err)
	}
	return n == 1, nil
}

// Resign gives the lease back, if the holder has it.
func (l *Lease) Resign(ctx context.Context) error {
	if err := checkAccount(l.account); err != nil {
		return err
	}
	if err := l.store.scripts.release.Run(ctx, l.store.rdb, l.keys(), l.holder).Err(); err != nil {
		return fmt.Errorf("release %s of account %s: %w", l.name, l.account, err)
	}
	return nil
}

func (l *Lease) keys() []string { return []string{key.Lease(l.account, l.name)} }
