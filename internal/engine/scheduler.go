package engine

import (
	"context"
	"time"

	"github.com/octoq/octoq/internal/event"
	"github.com/octoq/octoq/internal/hub"
	"github.com/octoq/octoq/internal/schedule"
)

// newScheduler makes what enqueues the ticks of the account's schedules, as every
// other worker does: the ids of their campaigns keep each tick to one.
func newScheduler(d deps) *schedule.Scheduler {
	account := d.account.Name
	return &schedule.Scheduler{
		Account: account, Store: d.schedules, Now: time.Now,
		Queue: &ticks{account: account, rdb: d.rdb, ledger: d.ledger, producer: d.producer},
		OnEvent: func(e schedule.TickEvent) {
			d.metrics.Ticked(account, string(e.Kind))
			logTickEvent(d.log, e)
			emitTick(d, e)
		},
		OnError: func(err error) { d.log.warn(err).Msg("schedules are in trouble") },
	}
}

// emitTick emits the event of a tick that is not sent. The schedule goes on
// whether they hear of it or not.
func emitTick(d deps, e schedule.TickEvent) {
	if e.Kind != schedule.EventTaken && e.Kind != schedule.EventRefused {
		return
	}
	const within = 2 * time.Second
	ctx, cancel := context.WithTimeout(context.Background(), within)
	defer cancel()
	why := ""
	if e.Err != nil {
		why = e.Err.Error()
	}
	if err := hub.Emit(ctx, d.rdb, event.OfTick(d.account.Name, e.Schedule, e.Tick, e.ID, why)); err != nil {
		d.log.warn(err).Str(logSchedule, e.Schedule).Msg("the event of a tick that is not sent was not emitted")
	}
}

// logTickEvent logs what became of a tick, unless another worker enqueued it.
func logTickEvent(to accountLog, e schedule.TickEvent) {
	log := to.Warn().Err(e.Err)
	switch e.Kind {
	case schedule.EventKnown:
		return
	case schedule.EventEnqueued:
		to.Info().Str(logSchedule, e.Schedule).Time(logTick, e.Tick.UTC()).Str(logID, e.ID).
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
