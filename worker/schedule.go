package worker

import (
	"context"
	"errors"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/ledger"
	"github.com/octoq/octoq/internal/queue"
	"github.com/octoq/octoq/internal/runid"
	"github.com/octoq/octoq/internal/schedule"
	"github.com/octoq/octoq/internal/schedulestore"
)

// scheduler enqueues the ticks of the account's schedules, as that of every
// other worker does: the ids of their campaigns keep each tick to one.
func (a *account) scheduler(s deps) *schedule.Scheduler {
	return &schedule.Scheduler{
		Account: a.name, Store: schedulestore.New(s.rdb), Now: time.Now,
		Queue:   &ticks{account: a.name, rdb: s.rdb, ledger: s.ledger, producer: queue.NewProducer(s.rdb)},
		OnEvent: a.reportTick,
		OnError: func(err error) { a.warn(err).Msg("schedules are in trouble") },
	}
}

// reportTick logs and counts what became of a tick. Of one that another worker
// enqueued, nothing is logged.
func (a *account) reportTick(e schedule.Event) {
	a.metrics.Ticked(a.name, string(e.Kind))
	log := a.log.Warn().Err(e.Err)
	switch e.Kind {
	case schedule.EventKnown:
		return
	case schedule.EventEnqueued:
		a.log.Info().Str(logSchedule, e.Schedule).Time(logTick, e.Tick.UTC()).Str(logID, e.ID).
			Int64("late_ms", e.Late.Milliseconds()).Msg("schedule's tick enqueued")
		return
	case schedule.EventMissed:
		log.Str(logSchedule, e.Schedule).Time("first_tick", e.Tick.UTC()).Time("last_tick", e.Until.UTC()).
			Msg("schedule's ticks were missed and are left out")
		return
	case schedule.EventAhead:
		log.Str(logSchedule, e.Schedule).Time("until", e.Until.UTC()).
			Msg("schedule has no tick until then: it was moved on while redis's clock was ahead; octoq schedule add --replace begins it anew")
		return
	case schedule.EventUnreadable:
		log.Str(logSchedule, e.Schedule).Msg("schedule cannot be read and is left alone: was it written by a newer octoq?")
		return
	case schedule.EventTaken, schedule.EventRefused:
		log.Str(logSchedule, e.Schedule).Time(logTick, e.Tick.UTC()).Str(logID, e.ID).Str(logWhat, string(e.Kind)).
			Msg("schedule's tick is not sent: its campaign is refused")
	}
}

// ticks enqueues the campaigns of ticks as any producer does: what the ledger
// or the queue knows is a duplicate.
type ticks struct {
	account  string
	rdb      redis.UniversalClient
	ledger   *ledger.Store
	producer *queue.Producer
}

// Enqueue puts campaigns into the account's queue. The ledger is asked for the
// ids, and Redis for its run_id, before anything is written.
func (t *ticks) Enqueue(ctx context.Context, campaigns []campaign.Campaign) []error {
	errs := make([]error, len(campaigns))
	known, origin, err := t.ask(ctx, campaigns)
	if err != nil {
		for i := range errs {
			errs[i] = err
		}
		return errs
	}
	var items []queue.Item
	var at []int
	for i, c := range campaigns {
		if known[i] {
			errs[i] = t.duplicate(ctx, c, nil)
			continue
		}
		items, at = append(items, queue.FirstCreate(c, origin)), append(at, i)
	}
	for i, err := range t.producer.Enqueue(ctx, items) {
		if conflict, taken := errors.AsType[*queue.ConflictError](err); taken {
			err = t.duplicate(ctx, campaigns[at[i]], conflict.Existing)
		}
		errs[at[i]] = err
	}
	return errs
}

func (t *ticks) ask(ctx context.Context, campaigns []campaign.Campaign) (known []bool, origin queue.Origin, err error) {
	ids := make([]string, len(campaigns))
	for i, c := range campaigns {
		ids[i] = c.ID
	}
	pipe := t.rdb.Pipeline()
	askKnown, askOrigin := t.ledger.AskKnown(ctx, pipe, t.account, ids), queue.AskOrigin(ctx, pipe, t.account)
	_, _ = pipe.Exec(ctx) // each of them has its own error
	if known, err = askKnown(); err == nil {
		origin, err = askOrigin()
	}
	if err == nil && origin.RunID == "" {
		err = runid.ErrMissing
	}
	return known, origin, err
}

// duplicate tells whether what is known under a campaign's id is the same. Where
// only the id is known any more, it is taken for the same.
func (t *ticks) duplicate(ctx context.Context, c campaign.Campaign, there *queue.QueuedCampaign) error {
	e := &campaign.DuplicateError{Account: c.Account, ID: c.ID, State: campaign.StateQueued, Same: true}
	if there != nil {
		e.Same = there.First.Campaign.Same(c)
		return e
	}
	r, err := t.ledger.Get(ctx, t.account, c.ID)
	switch {
	case err == nil:
		e.State = r.State
		e.Same = r.State == campaign.StatePurged || r.Campaign.Same(c)
	case !errors.Is(err, campaign.ErrNotFound) && !errors.Is(err, campaign.ErrVersion):
		return err
	}
	return e
}
