package ledger

import (
	"context"
	"fmt"
	"time"

	"github.com/octoq/octoq/internal/key"
)

// Lead takes or extends the lease of a chore, so that one worker at a time does
// it for an account. It reports whether holder leads. The lease lasts ttl, in
// whole milliseconds, counted from the call at the earliest; a holder that
// freezes for longer may find another one at work, so a chore must be safe to do twice.
func (s *Store) Lead(ctx context.Context, account, chore, holder string, ttl time.Duration) (bool, error) {
	if err := checkAccount(account); err != nil {
		return false, err
	}
	if holder == "" || ttl < time.Millisecond {
		return false, fmt.Errorf("lead %s of account %s: give a holder and at least a millisecond", chore, account)
	}
	keys := []string{key.Lead(account, chore)}
	n, err := s.scripts.lead.Run(ctx, s.rdb, keys, holder, ttl.Milliseconds()).Int()
	if err != nil {
		return false, fmt.Errorf("lead %s of account %s: %w", chore, account, err)
	}
	return n == 1, nil
}

// Release gives the lease of a chore back, if it is the holder's.
func (s *Store) Release(ctx context.Context, account, chore, holder string) error {
	if err := checkAccount(account); err != nil {
		return err
	}
	keys := []string{key.Lead(account, chore)}
	if err := s.scripts.release.Run(ctx, s.rdb, keys, holder).Err(); err != nil {
		return fmt.Errorf("release %s of account %s: %w", chore, account, err)
	}
	return nil
}
