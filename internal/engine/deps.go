package engine

import (
	"context"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/octoq/octoq/internal/key"
	"github.com/octoq/octoq/internal/ledger"
	"github.com/octoq/octoq/internal/metrics"
	"github.com/octoq/octoq/internal/queue"
	"github.com/octoq/octoq/internal/random"
	"github.com/octoq/octoq/internal/redisclock"
	"github.com/octoq/octoq/internal/schedulestore"
	"github.com/octoq/octoq/internal/statsstore"
)

// deps is what the parts of an account are built from: what the process has for all
// accounts, and the account's own settings and log.
type deps struct {
	process *Config
	rdb     redis.UniversalClient
	ledger  *ledger.Store
	// These are shared: each has the texts of its scripts.
	producer  *queue.Producer
	letters   *queue.Letters
	schedules *schedulestore.Store
	figures   *statsstore.Store
	waker     *queue.Waker
	metrics   *metrics.Worker
	outage    *outage
	givenUp   <-chan struct{} // closed when the process stops and waits for Redis no more

	account *AccountConfig
	log     accountLog
	// clock is that of the Redis which has the account's ledger.
	clock func(context.Context) (time.Time, error)
}

// of is what one account's parts are built from.
func (d deps) of(account AccountConfig) deps {
	d.account = &account
	d.log = accountLog{Logger: d.process.Logger.With().Str(logAccount, account.Name).Logger(), outage: d.outage}
	d.clock = (&recentClock{ask: func(ctx context.Context) (time.Time, error) {
		return redisclock.Ask(ctx, d.rdb, key.Meta(account.Name))()
	}}).now
	return d
}

// holder is a new name of this process as the holder of a lease.
func (d deps) holder() string { return d.process.Name + "/" + random.Token() }
