package ledger

import (
	"context"
	"time"
)

// Lease is one holder's turn at a chore of an account.
type Lease struct {
	store                  *Store
	account, chore, holder string
	ttl                    time.Duration
}

// Lease gives access to the lease of a chore. holder has to be unlike any
// other; the lease ends ttl after it was last taken or extended.
func (s *Store) Lease(account, chore, holder string, ttl time.Duration) *Lease {
	return &Lease{store: s, account: account, chore: chore, holder: holder, ttl: ttl}
}

// Lead takes or extends the lease and reports whether the holder has it.
func (l *Lease) Lead(ctx context.Context) (bool, error) {
	return l.store.Lead(ctx, l.account, l.chore, l.holder, l.ttl)
}

// Resign gives the lease up, if the holder has it.
func (l *Lease) Resign(ctx context.Context) error {
	return l.store.Release(ctx, l.account, l.chore, l.holder)
}
