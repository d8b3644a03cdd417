package queue

import (
	"context"
	"fmt"
	"runtime/debug"
	"time"

	"github.com/hibiken/asynq"
	"github.com/rs/zerolog"

	"github.com/octoq/octoq/internal/task"
)

// Handler works on one task. Its context ends when asynq takes the task away:
// the lease is lost, task and server have been stopped for longer than the stop
// timeout, somebody cancelled the task by hand, or it has run for ten minutes.
// The task is then given to somebody else while the handler still runs, so a
// handler returns promptly, and whatever it writes has to be fenced.
//
// A handler that panics is logged, and its task comes again later.
type Handler func(ctx context.Context, d Delivery) Result

// Delivery is a task that was taken from its queue.
type Delivery struct {
	Task task.Task
	// Err says why the task could not be read; Task then holds what could be:
	// account and stage, mostly the id and the step.
	Err error
	// Queue, TaskID, Type and Payload are the task as it stood in the queue.
	Queue, TaskID, Type string
	Payload             []byte
	// RunID is the run_id of the Redis that the task was taken from (see package
	// runid). On a cluster the ledger may live on another server.
	RunID string
	// Stopping ends when the server begins to stop: whoever waits returns
	// Again(now), whoever has a call in flight finishes it.
	Stopping context.Context //nolint:containedctx // the life of the server, not of the task
}

// process is asynq's handler.
func (s *Server) process(ctx context.Context, t *asynq.Task) (err error) {
	if !s.handlers.enter() {
		return again{why: "the server has stopped"}
	}
	defer s.handlers.leave()
	s.crew.do(func() { err = s.handle(ctx, t) })
	return err
}

// handle has the handler work on a task, and survives its panics.
func (s *Server) handle(ctx context.Context, t *asynq.Task) (err error) {
	d := s.delivery(ctx, t)
	handBack := false
	defer func() {
		if v := recover(); v != nil {
			err = panicked{v}
			s.config.Log.Error().Str("queue", d.Queue).Str("task", d.TaskID).
				Str("panic", fmt.Sprint(v)).Str("stack", string(debug.Stack())).
				Msg("a handler panicked: its task comes again later")
		}
		s.client.taken.end(d.TaskID, handBack, time.Now())
	}()
	r := s.config.Handler(ctx, d)
	if r.done {
		return nil
	}
	handBack = s.stopping.Err() != nil && !r.at.After(time.Now())
	return again{at: r.at, why: r.why}
}

func (s *Server) delivery(ctx context.Context, t *asynq.Task) Delivery {
	id, _ := asynq.GetTaskID(ctx)
	d := Delivery{
		Queue: s.client.queue, TaskID: id, Type: t.Type(), Payload: t.Payload(),
		RunID: s.client.taken.runID(id), Stopping: s.stopping,
	}
	d.Task, d.Err = task.Decode(d.Queue, d.Type, d.TaskID, d.Payload)
	return d
}

// asynqLog takes asynq's lines to the log at debug level; during an outage it
// leaves its complaints out. Fatal does not end the process.
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
