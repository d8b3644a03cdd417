package engine

import (
	"context"
	"sync"
	"time"

	"github.com/rs/zerolog"

	"github.com/octoq/octoq/internal/budgetstore"
	"github.com/octoq/octoq/internal/peers"
)

// comparison notices other workers of the account that work by other settings.
type comparison struct {
	store   *peers.Store
	account string
	self    peers.PeerWorker
	log     zerolog.Logger
	policy  configPolicy

	mu    sync.Mutex                // held while it compares: a reload compares, too
	every time.Duration             // between two comparisons
	last  time.Time                 // when all of one was done
	due   time.Time                 // of the next comparison
	known []peers.SettingDifference // those of the last one
}

func newComparison(d deps) *comparison {
	return &comparison{
		store: peers.New(d.rdb), account: d.account.Name, log: d.log.Logger, every: peers.Every,
		self:   peers.PeerWorker{ID: d.holder(), Name: d.process.Name, Settings: d.account.declared()},
		policy: configPolicy{store: budgetstore.New(d.rdb), account: d.account.Name},
	}
}

// pace has the next comparison be due at once, and then one each time a while has passed.
// It returns how long ago the last one was.
func (c *comparison) pace(every time.Duration) time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.every, c.due = every, time.Time{}
	return time.Since(c.last)
}

// compare compares, once a minute unless it is paced otherwise, and logs what has changed since the last time.
// What the config files of all of them demand is put in force. After an error the next
// call tries again.
func (c *comparison) compare(ctx context.Context, now time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.compareNow(ctx, now)
}

// compareNow is compare for who holds the lock.
func (c *comparison) compareNow(ctx context.Context, now time.Time) error {
	if now.Before(c.due) {
		return nil
	}
	living, err := c.store.AnnounceEvery(ctx, c.account, c.self, c.every)
	if err != nil {
		return err
	}
	if err := c.policy.apply(ctx, living); err != nil {
		return err
	}
	c.last, c.due = now, now.Add(c.every)
	differences := peers.Differences(living)
	defer func() { c.known = differences }()
	switch {
	case peers.Same(c.known, differences):
	case len(differences) == 0:
		c.log.Info().Msg("workers of this account work by the same settings again")
	default:
		texts := make([]string, len(differences))
		for i, d := range differences {
			texts[i] = d.String()
		}
		c.log.Warn().Strs("differences", texts).
			Msg("workers of this account work by different settings: give them the same ones")
	}
	return nil
}

// leave takes this worker's settings out of Redis. They end by themselves where that
// fails.
func (c *comparison) leave(ctx context.Context) {
	const leaveWithin = time.Second
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), leaveWithin)
	defer cancel()
	_ = c.store.Leave(ctx, c.account, c.self.ID)
}
