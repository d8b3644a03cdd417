package asynqwire

import (
	"slices"
	"time"
)

// Dequeue is how asynq takes a task, as seen when it did. The zero Dequeue takes none.
type Dequeue struct {
	source string
	lease  time.Duration
}

// LearnDequeue learns from asynq's dequeue. It is zero unless octoq would do exactly the
// same.
func LearnDequeue(k Keys, s Script, keys []string, args []any, now time.Time) Dequeue {
	if len(keys) != 4 || len(args) != 2 {
		return Dequeue{}
	}
	until, ok := args[0].(int64)
	if !ok {
		return Dequeue{}
	}
	d := Dequeue{source: s.Source, lease: time.Unix(until, 0).Sub(now.Truncate(time.Second))}
	ownKeys, ownArgs := d.call(k, "", TakeAny, now)
	if !slices.Equal(keys, ownKeys[:4]) || !slices.Equal(args, ownArgs[:2]) {
		return Dequeue{}
	}
	return d
}

// known reports whether octoq knows how asynq takes a task.
func (d Dequeue) known() bool { return d.source != "" }

// call is the dequeue's keys and arguments, with those that octoq adds: see luaTakeNext.
func (d Dequeue) call(k Keys, alerts string, take Take, now time.Time) (keys []string, args []any) {
	return []string{k.Pending(), k.Paused(), k.Active(), k.Lease(), alerts},
		[]any{now.Add(d.lease).Unix(), k.Task(""), string(take)}
}
