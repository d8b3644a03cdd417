// Package lease makes one process at a time do something, by a key of Redis that one
// holder at a time has.
package lease

import (
	"context"
	_ "embed" // the scripts' text
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"
)

var (
	//go:embed lua/lead.lua
	leadLua string
	//go:embed lua/release.lua
	releaseLua string

	lead, release = redis.NewScript(leadLua), redis.NewScript(releaseLua)
)

// Lease is what one holder at a time has.
type Lease struct {
	rdb         redis.UniversalClient
	key, holder string
	ttl         time.Duration
}

// New gives access to the lease at a key. holder has to be unlike any other. The lease
// lasts ttl, in whole milliseconds, counted from when it was last taken or extended at
// the earliest; a holder that freezes for longer may find another one at work, so the
// work has to allow for two at once.
func New(rdb redis.UniversalClient, key, holder string, ttl time.Duration) *Lease {
	return &Lease{rdb: rdb, key: key, holder: holder, ttl: ttl}
}

// TryAcquire takes or extends the lease and reports whether the holder has it.
func (l *Lease) TryAcquire(ctx context.Context) (bool, error) {
	if l.holder == "" || l.ttl < time.Millisecond {
		return false, fmt.Errorf("take the lease %s: give a holder and at least a millisecond", l.key)
	}
	n, err := lead.Run(ctx, l.rdb, []string{l.key}, l.holder, l.ttl.Milliseconds()).Int()
	if err != nil {
		return false, fmt.Errorf("take the lease %s: %w", l.key, err)
	}
	return n == 1, nil
}

// Resign gives the lease back, if the holder has it.
func (l *Lease) Resign(ctx context.Context) error {
	if err := release.Run(ctx, l.rdb, []string{l.key}, l.holder).Err(); err != nil {
		return fmt.Errorf("give the lease %s back: %w", l.key, err)
	}
	return nil
}
