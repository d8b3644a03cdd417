package worker

import (
	"context"
	"errors"
	"fmt"
	mathrand "math/rand/v2"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/rs/zerolog"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/hold"
	"github.com/octoq/octoq/internal/holdstore"
	"github.com/octoq/octoq/internal/ledger"
	"github.com/octoq/octoq/internal/lifecycle"
	"github.com/octoq/octoq/internal/limit"
	"github.com/octoq/octoq/internal/metrics"
	"github.com/octoq/octoq/internal/octopush"
	"github.com/octoq/octoq/internal/peers"
	"github.com/octoq/octoq/internal/queue"
	"github.com/octoq/octoq/internal/random"
	"github.com/octoq/octoq/internal/record"
	"github.com/octoq/octoq/internal/schedule"
	"github.com/octoq/octoq/internal/stage"
	"github.com/octoq/octoq/internal/sweep"
)

// How long sweep and hold stay one worker's when it does not come back. The lease
// of the hold outlasts the pause between two renewals together with a probe of
// the balance, as hold.Lease asks.
const (
	sweepLeaseFor = 15 * time.Second
	holdLeaseFor  = 30 * time.Second
)

// account is all that works on one account in this process.
type account struct {
	name     string
	log      zerolog.Logger
	metrics  *metrics.Worker
	throttle warnThrottle // about calls without a usable answer
	outage   *outage      // the worker's
	api      *octopush.Client
	gate     *limit.Gate
	hold     *hold.Controller
	runner   *stage.Runner
	sweeper  *sweep.Sweeper
	lead     func(context.Context) (bool, error)
	ledger   *ledger.Store
	servers  []*queue.Server

	schedules *schedule.Scheduler
	peers     *comparison
}

// deps is what the accounts of a worker have in common.
type deps struct {
	config  Config
	rdb     redis.UniversalClient
	ledger  *ledger.Store
	waker   *queue.Waker
	metrics *metrics.Worker
	outage  *outage
	givenUp <-chan struct{} // closed when the worker stops and waits for Redis no more
}

func newAccount(s deps, name string, cfg Account) (*account, error) {
	a := &account{name: name, metrics: s.metrics, ledger: s.ledger, outage: s.outage, log: s.config.Logger.With().Str(logAccount, name).Logger()}
	var err error
	a.api, err = octopush.New(octopush.Config{
		BaseURL: cfg.APIURL, AllowPlainHTTP: cfg.AllowPlainHTTP, Login: cfg.Login, Key: cfg.Key, Timeout: cfg.Timeout,
	})
	if err != nil {
		return nil, fmt.Errorf("account %q: %w", name, err)
	}
	if err := a.buildLimits(s, cfg); err != nil {
		return nil, err
	}
	if err := a.buildStages(s, cfg); err != nil {
		return nil, err
	}
	a.schedules = a.scheduler(s)
	a.peers = &comparison{
		store: peers.New(s.rdb), account: name, log: a.log,
		self: peers.PeerWorker{ID: s.config.Name + "/" + random.Token(), Name: s.config.Name, Settings: common(s.config, cfg)},
	}
	return a, nil
}

// buildLimits sets up gate and hold.
func (a *account) buildLimits(s deps, cfg Account) error {
	limits := limit.Limits{Rate: cfg.Rate, Burst: cfg.Burst, MaxInFlight: cfg.MaxInFlight}
	var err error
	a.gate, err = limit.NewGate(s.rdb, a.name, limits, limit.Options{
		OnError: func(err error) { a.warn(err).Msg("limiter is in trouble") },
		OnWait:  func(call campaign.Call, waited time.Duration) { s.metrics.Waited(a.name, call, waited) },
	})
	if err != nil {
		return err
	}
	holds := holdstore.New(s.rdb, a.name)
	a.hold, err = hold.NewController(a.name, hold.Config{FirstProbe: cfg.Probe, MaxProbe: cfg.ProbeMax}, hold.Ports{
		Store: holds, Marks: holds,
		Pauser:   queue.NewInspector(s.rdb).Pauses(a.name),
		Lease:    s.ledger.Lease(a.name, hold.LeaseName, s.config.Name+"/"+random.Token(), holdLeaseFor),
		Prober:   &prober{gate: a.gate, api: a.caller(s, newSemaphore(1)), warn: a.warn},
		Wake:     a.gate.HoldChanged(),
		InTheWay: a.inTheWay,
		OnChange: a.logHold,
		OnError:  func(err error) { a.warn(err).Msg("hold is in trouble") },
	})
	return err
}

func (a *account) caller(s deps, calls semaphore) *api {
	return &api{client: a.api, account: a.name, calls: calls, log: a.log, throttle: &a.throttle, called: s.metrics.Called}
}

// warn begins a warning of an error, unless it is one of an outage.
func (a *account) warn(err error) *zerolog.Event {
	if a.outage.Note(err) {
		return nil // on which zerolog writes nothing
	}
	return a.log.Warn().Err(err)
}

func (a *account) logHold(what hold.Action, h campaign.Hold, by string) {
	a.log.Warn().Str(logWhat, string(what)).Str("reason", string(h.Reason)).Str("phase", string(h.Phase)).
		Int(logCode, h.Code).Str(logMessage, h.Message).Str(logWho, by).Msg("hold changed")
}

// buildStages sets up the stages, the sweep and the servers.
func (a *account) buildStages(s deps, cfg Account) error {
	inspector := queue.NewInspector(s.rdb)
	clock := func(ctx context.Context) (time.Time, error) { return s.rdb.Time(ctx).Result() }
	queues := &taskQueue{
		producer: queue.NewProducer(s.rdb), letters: queue.NewLetters(s.rdb), inspector: inspector,
		metrics: s.metrics, clock: clock, leaseGrace: 10 * time.Second,
	}
	store := &loggingLedger{Store: s.ledger, account: a}
	together := &completer{ledger: store, queues: queues, servers: map[campaign.Stage]*queue.Server{}}
	a.runner = &stage.Runner{
		Ledger: store, API: a.caller(s, newSemaphore(cfg.Concurrency)), Gate: &gate{Gate: a.gate, claims: newSemaphore(cfg.Concurrency + claimsAhead), hold: a.hold, warn: a.warn},
		Queue: queues, Completer: together, Policy: policy(s.config, cfg), Token: random.Token, Now: time.Now, GivenUp: s.givenUp,
	}
	a.sweeper = &sweep.Sweeper{
		Account: a.name, Ledger: store, Queue: queues, Orphans: s.ledger, Who: s.config.Name, Idle: s.config.SweepIdle,
		Token: random.Token, Now: time.Now, Clock: clock,
		Maintenance: []sweep.Maintenance{
			{Name: "first_creates", Do: queues.requeueFirst},
			{Name: "emptied", Do: (&emptier{queue: queues}).empty},
			{Name: "relisted", Do: (&relister{inspector: inspector}).relist},
			{Name: "trimmed", Do: s.ledger.Trim},
			{Name: "expired", Do: (&sweep.Expirer{Ledger: s.ledger, Queue: queues, Clock: clock}).Expire},
			{Name: "reindexed", Do: s.ledger.Reindex},
		},
	}
	a.lead = s.ledger.Lease(a.name, "sweep", s.config.Name+"/"+random.Token(), sweepLeaseFor).TryAcquire
	for _, st := range record.Stages() {
		server, err := queue.NewServer(queue.ServerConfig{
			Redis: s.rdb, Waker: s.waker, Account: a.name, Stage: st, Concurrency: cfg.Concurrency * handlersPerCall,
			Handler: a.handle, Log: a.log, Outage: s.outage, StopTimeout: s.config.StopTimeout,
		})
		if err != nil {
			return err
		}
		a.servers = append(a.servers, server)
		together.servers[st] = server
	}
	return nil
}

func policy(all Config, cfg Account) lifecycle.Policy {
	return lifecycle.Policy{
		Who: all.Name, Retention: all.Retention, Manual: cfg.Confirm == campaign.ConfirmManual, ParkLost: cfg.LostTicket == LostPark,
		SendLate: cfg.Late == campaign.LateSend, Window: windows(cfg.Window),
		Deadline: cfg.Deadline, Claim: cfg.Timeout + claimMargin,
		BackoffBase: cfg.Backoff, BackoffCap: cfg.BackoffMax, PollFirst: cfg.PollFirst, PollCap: cfg.PollMax,
		Jitter: func(d time.Duration) time.Duration { return mathrand.N(d + 1) },
	}
}

// announce makes the account known to lists and metrics, and this worker to the
// others of the account.
func (a *account) announce(ctx context.Context) error {
	if err := a.ledger.Announce(ctx, a.name); err != nil {
		return err
	}
	a.peers.look(ctx, time.Now())
	return nil
}

// start lets the servers take tasks. Confirm and cancel come first.
func (a *account) start(ctx context.Context) error {
	for _, s := range a.servers {
		if err := s.Start(ctx); err != nil {
			return err
		}
	}
	return nil
}

// sweepFor sweeps until ctx ends. Whether this worker leads or not, it compares
// itself with the others in the same rounds.
func (a *account) sweepFor(ctx context.Context, every time.Duration) {
	defer a.peers.leave(ctx)
	lead := func(ctx context.Context) (bool, error) {
		a.peers.look(ctx, time.Now())
		return a.lead(ctx)
	}
	unknown := 0
	a.sweeper.Run(ctx, every, lead, func(found sweep.Findings, err error) {
		unknown = a.tellUnknown(found, unknown)
		for what, n := range found {
			a.metrics.Swept(a.name, what, n)
			a.log.Warn().Str(logWhat, what).Int(logCount, n).Msg("sweep put back")
		}
		if err != nil && !errors.Is(err, context.Canceled) {
			a.warn(err).Msg("sweep is in trouble")
		}
	})
}

// tellUnknown counts what only a newer octoq can read, and logs it when that
// changes: nothing of it was put back. It returns how much there is.
func (a *account) tellUnknown(found sweep.Findings, before int) int {
	n := found[sweep.UnknownVersion]
	delete(found, sweep.UnknownVersion)
	if n > 0 {
		a.metrics.Swept(a.name, sweep.UnknownVersion, n)
	}
	if n > before {
		a.log.Warn().Int(logCount, n).Msg("campaigns were written by a newer octoq, which alone can go on with them")
	}
	return n
}

// loggingLedger is the ledger, with what is written told to log and metrics.
type loggingLedger struct {
	*ledger.Store
	account *account
}

// Commit writes, and tells a change of state once it is written.
func (t *loggingLedger) Commit(ctx context.Context, ch record.Change) (record.CommitResult, record.Snapshot, error) {
	return t.CommitAppending(ctx, ch, ledger.Append{})
}

// CommitAppending is Commit with something that follows.
func (t *loggingLedger) CommitAppending(ctx context.Context, ch record.Change, then ledger.Append) (record.CommitResult, record.Snapshot, error) {
	verdict, m, err := t.Store.CommitAppending(ctx, ch, then)
	if err != nil || verdict != record.CommitApplied {
		return verdict, m, err
	}
	was := campaign.StateQueued
	if ch.Before != nil {
		was = ch.Before.State
	}
	if r := ch.After; r.State != was {
		t.tell(r)
	}
	return verdict, m, err
}

func (t *loggingLedger) tell(r record.Record) {
	log := t.account.log.Info()
	if r.State == campaign.StateDead && r.Failure != nil {
		t.account.metrics.Died(r.Account(), r.Failure.Class)
		log = t.account.log.Warn().Str(logClass, string(r.Failure.Class)).Int(logCode, r.Failure.Code).
			Str(logMessage, r.Failure.Message).Bool("maybe_confirmed", r.MaybeConfirmed)
	}
	log.Str(logID, r.ID()).Str(logState, string(r.State)).Str(logTicket, r.Ticket).Int("run", r.Run).Msg("campaign moved")
}
