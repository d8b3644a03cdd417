package engine

import (
	"context"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/octoq/octoq/internal/ledger"
	"github.com/octoq/octoq/internal/queue"
)

const (
	// announceEvery is how often accounts and queues are made known again. While
	// Redis is away it is tried each second, to see when Redis is back.
	announceEvery = 10 * time.Second
	announceTry   = time.Second
	// announceWait bounds one try.
	announceWait = 2 * time.Second
)

// announcer keeps the worker's accounts and queues in the lists that operators'
// commands, metrics and asynq's page read, also of a Redis that has forgotten them. It
// writes with two commands, however many accounts there are, and so notices the end of
// an outage.
type announcer struct {
	rdb      redis.UniversalClient
	ledger   *ledger.Store
	accounts func() []string
	outage   *outage
}

// run makes them known until ctx ends.
func (a *announcer) run(ctx context.Context) {
	tick := time.NewTicker(announceTry)
	defer tick.Stop()
	written := time.Now() // at the start of the worker
	for {
		select {
		case <-ctx.Done():
			return
		case now := <-tick.C:
			if a.outage.on() || now.Sub(written) >= announceEvery {
				written = now
				a.write(ctx)
			}
		}
	}
}

func (a *announcer) write(ctx context.Context) {
	try, cancel := context.WithTimeout(ctx, announceWait)
	defer cancel()
	err := a.announce(try, a.accounts())
	switch {
	case ctx.Err() != nil: // the worker stops
	case err == nil:
		a.outage.served()
	case !a.outage.Note(err):
		a.outage.log.Warn().Err(err).Msg("accounts and queues were not made known")
	}
}

// announce writes down some accounts. Where there are none it only asks whether Redis
// answers.
func (a *announcer) announce(ctx context.Context, accounts []string) error {
	if len(accounts) == 0 {
		return a.rdb.Ping(ctx).Err()
	}
	if err := queue.Register(ctx, a.rdb, accounts); err != nil {
		return err
	}
	return a.ledger.Announce(ctx, accounts...)
}
