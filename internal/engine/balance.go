package engine

import (
	"context"
	"math/rand/v2"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/octoq/octoq/internal/balancestore"
	"github.com/octoq/octoq/internal/lease"
	"github.com/octoq/octoq/internal/record"
)

const (
	// balanceEvery is how often one of an account's workers asks for the balance, and
	// balanceFirst when it does so at the earliest: a worker that has just started has
	// campaigns to see to.
	balanceEvery = 10 * time.Minute
	balanceFirst = time.Minute
	// balanceLease is for how long one worker asks alone, and balanceWithin how long it
	// waits for the account's limits and the answer.
	balanceLease  = time.Minute
	balanceWithin = 30 * time.Second
)

// balanceLeaseName is the lease's name in Redis.
const balanceLeaseName = "balance"

// balanceWatch keeps in Redis what credit the account has, for those who have no key of
// it. Its calls go through the account's limits as any other.
type balanceWatch struct {
	account string
	rdb     redis.UniversalClient
	prober  *prober
	lease   *lease.Lease
	clock   func(context.Context) (time.Time, error) // Redis's
	log     accountLog
	// first and every are the pauses before the first look and between two.
	first, every time.Duration
}

func newBalanceWatch(d deps, p *prober) *balanceWatch {
	return &balanceWatch{
		account: d.account.Name, rdb: d.rdb, prober: p, clock: d.clock, log: d.log, first: balanceFirst, every: balanceEvery,
		lease: d.ledger.Lease(d.account.Name, balanceLeaseName, d.holder(), balanceLease),
	}
}

// run looks after the balance until ctx ends.
func (w *balanceWatch) run(ctx context.Context) {
	timer := time.NewTimer(w.first)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
		}
		if err := w.look(ctx); err != nil && ctx.Err() == nil {
			w.log.warn(err).Msg("the account's balance was not read")
		}
		// Workers that started together do not look together.
		timer.Reset(w.every - time.Duration(rand.Int64N(int64(w.every)/4)))
	}
}

// look asks for the balance, unless another worker has done so lately or does so now.
// An answer that names none is the hold's to see to, and is no error.
func (w *balanceWatch) look(ctx context.Context) error {
	now, err := w.clock(ctx)
	if err != nil {
		return err
	}
	seen, known, err := balancestore.Get(ctx, w.rdb, w.account)
	if err != nil || known && now.Sub(seen.At) < w.every/2 {
		return err
	}
	if mine, err := w.lease.TryAcquire(ctx); err != nil || !mine {
		return err
	}
	defer func() { _ = w.lease.Resign(context.WithoutCancel(ctx)) }() // it ends by itself
	asking, cancel := context.WithTimeout(ctx, balanceWithin)
	defer cancel()
	w.prober.Balance(asking)
	return nil
}

// note keeps what an answer says of the balance.
func (p *prober) note(ctx context.Context, out record.Outcome) {
	if out.Class != record.ClassOK {
		return
	}
	now, err := p.clock(ctx)
	if err == nil {
		err = balancestore.Put(ctx, p.rdb, p.api.account, balancestore.Credit{Amount: out.Balance, At: now})
	}
	if err != nil {
		p.log.warn(err).Msg("the account's balance was not noted")
	}
}
