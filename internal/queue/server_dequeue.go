package queue

import (
	"context"
	"errors"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/octoq/octoq/internal/asynqwire"
)

const (
	// pollEvery is how often an empty queue is looked at although no wake-up has
	// come: wake-ups may be lost when a connection breaks.
	pollEvery = time.Second
	// maxWait is how long one call of asynq's waits: the lease of 30 s that it
	// gives to what it gets begins before the wait.
	maxWait = 5 * time.Second
	// errorPause is the time between two tries while Redis does not answer;
	// asynq itself makes none.
	errorPause = 250 * time.Millisecond
)

// dequeuer takes tasks from a queue, and waits while there are none.
type dequeuer struct {
	redis    redis.UniversalClient
	keys     asynqwire.Keys
	inflight *inflight
	wakes    <-chan struct{}
	poll     time.Duration // pollEvery
	longest  time.Duration // maxWait
	stop     stopSignal
	log      *queueLog
}

// take runs asynq's dequeue. When there is no task it waits for a wake-up and asks
// again. It returns within maxWait, and at once on a stop.
func (d *dequeuer) take(ctx context.Context, s asynqwire.Script, keys []string, args []any) *redis.Cmd {
	end := time.NewTimer(d.longest)
	defer end.Stop()
	for !d.stop.given() {
		d.forgetWake() // the dequeue that follows sees what it announced
		msg, more, err := d.ask(ctx, s, keys, args)
		d.log.reached(err)
		switch {
		case err != nil:
			d.stop.pause(errorPause)
			return asynqwire.Fail(ctx, err)
		case msg != "":
			return asynqwire.Reply(ctx, msg)
		case more:
			continue
		case !d.await(ctx, end.C):
			return asynqwire.Fail(ctx, redis.Nil)
		}
	}
	return asynqwire.Fail(ctx, redis.Nil)
}

// ask runs the dequeue once. It reports more when the id that was next has no
// task, and others wait behind it.
func (d *dequeuer) ask(ctx context.Context, s asynqwire.Script, keys []string, args []any) (msg string, more bool, err error) {
	res, err := s.Guarded.Run(ctx, d.redis, keys, args...).Result()
	if errors.Is(err, redis.Nil) {
		return "", false, nil
	}
	if err != nil {
		return "", false, err
	}
	switch v := res.(type) {
	case int64:
		return "", v > 0, nil
	case []any:
		if len(v) == 2 {
			msg, _ = v[0].(string)
			runID, _ := v[1].(string)
			d.noteTaken(msg, runID)
		}
	}
	return msg, false, nil
}

// noteTaken remembers under which run_id a task was taken. A message that cannot
// be read is asynq's to complain about.
func (d *dequeuer) noteTaken(msg, runID string) {
	if m, err := asynqwire.ReadMessage([]byte(msg)); err == nil {
		d.inflight.take(m.ID, runID, time.Now())
	}
}

// await waits until there may be work. It reports false when the call's time
// is over or the server stops.
func (d *dequeuer) await(ctx context.Context, end <-chan time.Time) bool {
	poll := time.NewTicker(d.poll)
	defer poll.Stop()
	for {
		select {
		case <-d.stop:
			return false
		case <-end:
			return false
		case <-d.wakes:
			return true
		case <-poll.C:
			// An error is left to the next dequeue.
			if n, err := d.redis.LLen(ctx, d.keys.Pending()).Result(); n > 0 || err != nil {
				return true
			}
		}
	}
}

func (d *dequeuer) forgetWake() {
	select {
	case <-d.wakes:
	default:
	}
}
