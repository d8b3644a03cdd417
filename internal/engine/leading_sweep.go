package engine

import (
	"context"
	"errors"
	"time"

	"github.com/octoq/octoq/internal/metrics"
	"github.com/octoq/octoq/internal/quotestore"
	"github.com/octoq/octoq/internal/random"
	"github.com/octoq/octoq/internal/statsstore"
	"github.com/octoq/octoq/internal/sweep"
)

// sweepLeaseFor is how long the sweep stays one worker's when that does not come back.
const sweepLeaseFor = 15 * time.Second

// leadingSweep sweeps an account in the rounds in which this worker holds the lease of
// the sweep. Whether it does or not, it compares its settings with the other workers'
// in each round.
type leadingSweep struct {
	account    string
	every      time.Duration
	sweeper    *sweep.Sweeper
	tryAcquire func(context.Context) (bool, error)
	comparison *comparison
	packer     *packer
	metrics    *metrics.Worker
	log        accountLog
	unreadable int // how many campaigns of a newer octoq the last round found
}

func newLeadingSweep(d deps, store *loggingLedger, tasks *taskQueue, compared *comparison) *leadingSweep {
	account := d.account.Name
	packer := &packer{ledger: d.ledger, after: d.process.PackAfter, clock: d.clock}
	return &leadingSweep{
		account: account, every: d.process.SweepEvery, comparison: compared, packer: packer, metrics: d.metrics, log: d.log,
		tryAcquire: d.ledger.Lease(account, "sweep", d.holder(), sweepLeaseFor).TryAcquire,
		sweeper: &sweep.Sweeper{
			Account: account, Ledger: store, Queue: tasks, Orphans: d.ledger, Who: d.process.Name, Idle: d.process.SweepIdle,
			Token: random.Token, Now: time.Now, Clock: d.clock,
			Maintenance: []sweep.Maintenance{
				{Name: "first_creates", Do: tasks.requeueFirst},
				{Name: "emptied", Do: (&emptier{queue: tasks}).empty},
				{Name: "relisted", Do: (&relister{inspector: tasks.inspector}).relist},
				{Name: "ended_quotes", Do: (&sweep.QuoteEnder{
					Quotes: quotestore.New(d.rdb), Ledger: d.ledger, Queue: tasks, Label: quotestore.Label,
					Who: d.process.Name, Token: random.Token, Clock: d.clock,
				}).End},
			},
			Tidying: []sweep.Maintenance{
				{Name: "trimmed", Do: d.ledger.Trim},
				{Name: "packed", Do: packer.pack},
				{Name: "expired", Do: (&sweep.Expirer{Ledger: d.ledger, Queue: tasks, Clock: d.clock}).Expire},
				{Name: "reindexed", Do: d.ledger.Reindex},
				{Name: "figures", Do: foldFigures(d.figures)},
			},
		},
	}
}

// foldFigures adds up what campaigns came to. It finds nothing that was out of order.
func foldFigures(store *statsstore.Store) func(context.Context, string) (int, error) {
	return func(ctx context.Context, account string) (int, error) {
		_, err := store.Fold(ctx, account)
		return 0, err
	}
}

// run sweeps until ctx ends.
func (s *leadingSweep) run(ctx context.Context) {
	lead := func(ctx context.Context) (bool, error) {
		if err := s.comparison.compare(ctx, time.Now()); err != nil && !errors.Is(err, context.Canceled) {
			s.log.warn(err).Msg("settings, rules and budgets are not compared with those of other workers")
		}
		return s.tryAcquire(ctx)
	}
	s.sweeper.Run(ctx, s.every, lead, s.report)
}

// once sweeps once, if that is this worker's to do; tidy leaves nothing out.
func (s *leadingSweep) once(ctx context.Context, tidy bool) {
	mine, err := s.tryAcquire(ctx)
	var found sweep.Findings
	if err == nil && mine {
		sweep := s.sweeper.PutBack
		if tidy {
			sweep = s.sweeper.Sweep
		}
		found, err = sweep(ctx)
	}
	s.report(found, err)
}

// report logs and counts what a round found.
func (s *leadingSweep) report(found sweep.Findings, err error) {
	s.reportUnreadable(found)
	for what, n := range found {
		s.metrics.Swept(s.account, what, n)
		s.log.Warn().Str(logWhat, what).Int(logCount, n).Msg("sweep put back")
	}
	if err != nil && !errors.Is(err, context.Canceled) {
		s.log.warn(err).Msg("sweep is in trouble")
	}
}

// reportUnreadable takes what only a newer octoq can read out of the findings, since
// nothing of it was put back. It is counted, and logged when it has become more.
func (s *leadingSweep) reportUnreadable(found sweep.Findings) {
	n := found[sweep.UnknownVersion]
	delete(found, sweep.UnknownVersion)
	if n > 0 {
		s.metrics.Swept(s.account, sweep.UnknownVersion, n)
	}
	if n > s.unreadable {
		s.log.Warn().Int(logCount, n).Msg("campaigns were written by a newer octoq, which alone can go on with them")
	}
	s.unreadable = n
}
