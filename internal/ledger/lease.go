package ledger

import (
	"time"

	"github.com/octoq/octoq/internal/key"
	"github.com/octoq/octoq/internal/lease"
)

// Lease is the lease of the one process at a time that does something for an account.
func (s *Store) Lease(account, name, holder string, ttl time.Duration) *lease.Lease {
	return lease.New(s.rdb, key.Lease(account, name), holder, ttl)
}
