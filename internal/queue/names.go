package queue

import (
	"strings"
	"time"
)

// knownQueues is asynq's set of all queues; asynqmon shows what is in it.
const knownQueues = "asynq:queues"

// names are asynq's keys of one queue. All bear one hash tag, so a script may
// touch several of them on a cluster.
type names struct{ queue, prefix string }

func namesOf(queue string) names { return names{queue: queue, prefix: "asynq:{" + queue + "}:"} }

func (n names) task(id string) string { return n.prefix + "t:" + id }
func (n names) pending() string       { return n.prefix + "pending" }
func (n names) active() string        { return n.prefix + "active" }
func (n names) scheduled() string     { return n.prefix + "scheduled" }
func (n names) retry() string         { return n.prefix + "retry" }
func (n names) archived() string      { return n.prefix + "archived" }
func (n names) completed() string     { return n.prefix + "completed" }
func (n names) lease() string         { return n.prefix + "lease" }
func (n names) paused() string        { return n.prefix + "paused" }
func (n names) processed() string     { return n.prefix + "processed" }

// processedOn is the counter of the day in UTC.
func (n names) processedOn(t time.Time) string {
	return n.prefix + "processed:" + t.UTC().Format(time.DateOnly)
}

// id is the task's id in one of the queue's task keys.
func (n names) id(taskKey string) (id string, ok bool) {
	return strings.CutPrefix(taskKey, n.prefix+"t:")
}
