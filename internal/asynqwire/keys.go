package asynqwire

import (
	"strings"
	"time"
)

// QueueSet is asynq's set of all queues; asynqmon shows the queues in it.
const QueueSet = "asynq:queues"

const (
	prefixOfAll  = "asynq:{"
	suffixOfTask = "t:"
)

// Keys are asynq's keys of one queue. All have one hash tag, so a script may
// touch several of them on a cluster.
type Keys struct {
	Queue  string
	prefix string
}

// KeysOf names the keys of a queue.
func KeysOf(queue string) Keys { return Keys{Queue: queue, prefix: prefixOfAll + queue + "}:"} }

// Task is the hash of a task. The keys of all tasks begin with Task("").
func (k Keys) Task(id string) string { return k.prefix + suffixOfTask + id }

// Pending is the list of tasks that are due; asynq takes them from its end.
func (k Keys) Pending() string { return k.prefix + "pending" }

// Active is the list of tasks that servers have.
func (k Keys) Active() string { return k.prefix + "active" }

// Scheduled is the sorted set of tasks that are due later, by due time in seconds.
func (k Keys) Scheduled() string { return k.prefix + "scheduled" }

// Retry is the sorted set of tasks to be tried again, by due time in seconds.
func (k Keys) Retry() string { return k.prefix + "retry" }

// Archived is the sorted set of tasks that asynq gave up, by the time it did.
func (k Keys) Archived() string { return k.prefix + "archived" }

// Completed is the sorted set of finished tasks that are kept; octoq keeps none.
func (k Keys) Completed() string { return k.prefix + "completed" }

// Lease is the sorted set of active tasks, by the end of their lease in seconds.
func (k Keys) Lease() string { return k.prefix + "lease" }

// Paused exists while the queue is paused.
func (k Keys) Paused() string { return k.prefix + "paused" }

// Processed counts the acknowledged tasks.
func (k Keys) Processed() string { return k.prefix + "processed" }

// ProcessedOn counts those of the day in UTC.
func (k Keys) ProcessedOn(t time.Time) string {
	return k.prefix + "processed:" + t.UTC().Format(time.DateOnly)
}

// Own reports whether a key is one of the queue's.
func (k Keys) Own(key string) bool { return strings.HasPrefix(key, k.prefix) }

// TaskID is the task's id in one of the queue's task keys.
func (k Keys) TaskID(taskKey string) (id string, ok bool) {
	return strings.CutPrefix(taskKey, k.prefix+suffixOfTask)
}

// shortKey is what follows the queue's name in one of asynq's keys; "t:" stands
// for the key of any task, "" for a key that is not asynq's.
func shortKey(key string) string {
	_, rest, found := strings.Cut(key, "}:")
	if !found || !strings.HasPrefix(key, prefixOfAll) {
		return ""
	}
	if strings.HasPrefix(rest, suffixOfTask) {
		return suffixOfTask
	}
	return rest
}
