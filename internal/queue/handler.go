package queue

import (
	"context"

	"github.com/octoq/octoq/internal/task"
)

// Handler works on one task. Its context ends when asynq takes the task away:
// the lease is lost, task and server have been stopped for longer than the stop
// timeout, a person cancelled the task by hand, or it has run for ten minutes.
// Another handler is then given the task while this one still runs, so a
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
	// Stopping ends when the server begins to stop: a handler that waits returns
	// Again(now), one with a call in flight finishes it.
	Stopping context.Context //nolint:containedctx // the life of the server, not of the task
}
