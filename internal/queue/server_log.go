package queue

import (
	"fmt"
	"sync/atomic"

	"github.com/rs/zerolog"
)

// Outage is what a process knows of a Redis that is away.
type Outage interface {
	// Note takes an error and reports whether it is one of an outage, which Note
	// has then logged or counted.
	Note(err error) bool
	// Count reports whether there is an outage, and counts a line that is left
	// out because of it.
	Count() bool
}

// queueLog logs what concerns one queue, and leaves lines out during an outage.
type queueLog struct {
	zerolog.Logger
	queue  string
	outage Outage      // nil leaves nothing out
	away   atomic.Bool // Redis did not answer the last time
}

// noteError has the outage know of an error before asynq complains of it.
func (l *queueLog) noteError(err error) {
	if err != nil && l.outage != nil {
		l.outage.Note(err)
	}
}

// reached logs once when Redis goes out of reach, and once when it is back,
// unless the process as a whole does.
func (l *queueLog) reached(err error) {
	if err != nil && l.outage != nil && l.outage.Note(err) {
		return
	}
	away := err != nil
	if l.away.Swap(away) == away {
		return
	}
	if away {
		l.Warn().Err(err).Str("queue", l.queue).Msg("the queue is out of reach")
	} else {
		l.Info().Str("queue", l.queue).Msg("the queue is in reach again")
	}
}

// dropped logs that a task was not acknowledged.
func (l *queueLog) dropped(taskID string) {
	if l.outage != nil && l.outage.Count() {
		return
	}
	l.Warn().Str("queue", l.queue).Str("task", taskID).
		Msg("redis was restarted while the task was worked on: it is not acknowledged and comes back")
}

// asynqLog writes asynq's lines to the log at debug level; during an outage it
// leaves asynq's complaints out. Fatal does not end the process.
type asynqLog struct {
	log    zerolog.Logger
	outage Outage // nil leaves nothing out
}

func (l asynqLog) Debug(args ...any) { l.line("debug", args) }
func (l asynqLog) Info(args ...any)  { l.line("info", args) }
func (l asynqLog) Warn(args ...any)  { l.line("warn", args) }
func (l asynqLog) Error(args ...any) { l.line("error", args) }
func (l asynqLog) Fatal(args ...any) { l.line("fatal", args) }

func (l asynqLog) line(level string, args []any) {
	if (level == "warn" || level == "error") && l.outage != nil && l.outage.Count() {
		return
	}
	l.log.Debug().Str("asynq_level", level).Str("asynq_message", fmt.Sprint(args...)).Msg("asynq")
}
