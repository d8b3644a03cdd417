package engine

import (
	"context"
	"errors"
	"sync/atomic"

	"github.com/redis/go-redis/v9"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/ledger"
	"github.com/octoq/octoq/internal/queue"
	"github.com/octoq/octoq/internal/record"
	"github.com/octoq/octoq/internal/stage"
	"github.com/octoq/octoq/internal/task"
)

// completer commits a change, enqueues the next step, acknowledges the task and prefetches
// another one in one script: of four trips to Redis, three would cost more than what they
// are made for.
//
// This is what Redis runs, composed of the texts that are named on the right. The
// ledger and the queue do not know each other: ackScript gets the queue's part, and
// Complete has the ledger append it.
//
//	local function commit()               -- internal/ledger: lua/compare.lua, lua/commit.lua
//	  … the record, if it is the one that the change was decided on …
//	end
//	local function follow(KEYS, ARGV, run)      -- internal/asynqwire: luaAck
//	  local function put(KEYS, ARGV) … end      -- luaPut or luaPutLater: what asynq does to enqueue
//	  local function done(KEYS, ARGV) … end     -- asynq's own script, as it sent it
//	  local function take_next(KEYS, ARGV, run_id) … end    -- luaTakeNext, around asynq's dequeue
//	  if #KEYS > 10 then put(…) end             -- there is a next step
//	  if run ~= ARGV[1] then return end         -- another run of Redis gave the task out
//	  if done(…).ok then return take_next(…) end
//	end
//	local answer = commit()               -- internal/ledger: lua/then.lua
//	if answer[1] == 'applied' then answer[3] = follow(…, …, run) end
//	return answer
//
// So a change that is refused enqueues and acknowledges nothing. The script may run
// twice, as each of its parts may.
//
// On a cluster ledger and queues are on different nodes. There Redis refuses the
// script as a whole, and the three follow one another.
type completer struct {
	ledger  *loggingLedger
	queues  *taskQueue
	servers map[campaign.Stage]*queue.Server
	apart   atomic.Bool // Redis has said that it is a cluster
}

// Complete commits a change, with what follows it where that can be.
func (c *completer) Complete(ctx context.Context, job stage.Job, ch record.Change, next stage.NextStep) (stage.Completion, error) {
	ack, ok := c.ackScript(ctx, job, ch.After, next)
	if !ok {
		return c.commit(ctx, ch)
	}
	result, at, err := c.ledger.CommitAppending(ctx, ch, ledger.Append{Script: ack.Script, Keys: ack.Keys, Args: ack.Args, Applied: ack.MarkAcked})
	// Refused as a whole or stopped in what follows: to write the change alone is safe.
	if _, refused := errors.AsType[redis.Error](err); refused {
		c.apart.Store(c.apart.Load() || redis.HasErrorPrefix(err, "CROSSSLOT"))
		return c.commit(ctx, ch)
	}
	acknowledged := err == nil && result == record.CommitApplied
	if acknowledged && next.Step.Stage != "" {
		c.queues.metrics.Queued(job.Account, next.Step.Stage)
	}
	return stage.Completion{Result: result, At: at, Acknowledged: acknowledged}, err
}

// commit writes a change alone.
func (c *completer) commit(ctx context.Context, ch record.Change) (stage.Completion, error) {
	result, at, err := c.ledger.Commit(ctx, ch)
	return stage.Completion{Result: result, At: at}, err
}

// ackScript enqueues the next step, if there is one, and acknowledges the job's task.
// It is not ok where the two have to follow the change on their own.
func (c *completer) ackScript(ctx context.Context, job stage.Job, after record.Record, next stage.NextStep) (script queue.AckScript, ok bool) {
	server, known := c.servers[job.Step.Stage]
	if !known || c.apart.Load() {
		return queue.AckScript{}, false
	}
	var item *queue.Item
	if next.Step.Stage != "" {
		step := queue.StepOf(after, next.Step, next.At)
		item = &step
	}
	return server.AckScript(ctx, task.ID(job.ID, job.Step), c.queues.producer, item)
}
