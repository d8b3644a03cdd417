package queue

import (
	"context"
	"errors"
	"time"

	"github.com/redis/go-redis/v9"
)

const (
	// pollEvery is how often an empty queue is looked at although nobody told of
	// work: wake-ups may be lost when a connection breaks.
	pollEvery = time.Second
	// maxWait is how long one call of asynq's waits: the lease of 30 s that it
	// gives to what it gets begins before the wait.
	maxWait = 5 * time.Second
	// errorPause is the time between two tries while Redis does not answer;
	// asynq itself makes none.
	errorPause = 250 * time.Millisecond
)

// dequeue takes a task as asynq asked for. When there is none it waits for a
// wake-up and asks again. It returns within maxWait, and at once on a stop.
func (c *client) dequeue(ctx context.Context, p pair, keys []string, args []any) *redis.Cmd {
	end := time.NewTimer(c.longest)
	defer end.Stop()
	for !stopped(c.stop) {
		c.forgetWake() // what it told of is seen now
		msg, more, err := c.ask(ctx, p, keys, args)
		c.noteReach(err)
		switch {
		case err != nil:
			c.pause(errorPause)
			return failed(ctx, err)
		case msg != "":
			return answer(ctx, msg)
		case more:
			continue
		case !c.await(ctx, end.C):
			return failed(ctx, redis.Nil)
		}
	}
	return failed(ctx, redis.Nil)
}

// ask runs the dequeue once. It reports more when the id that was next has no
// task, and others wait behind it.
func (c *client) ask(ctx context.Context, p pair, keys []string, args []any) (msg string, more bool, err error) {
	res, err := p.wrapped.Run(ctx, c.UniversalClient, keys, args...).Result()
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
			c.note(msg, runID)
		}
	}
	return msg, false, nil
}

// note remembers under which run_id a task was taken. A message that cannot be
// read is asynq's to complain about.
func (c *client) note(msg, runID string) {
	if m, err := readMessage([]byte(msg)); err == nil {
		c.taken.take(m.id, runID, time.Now())
	}
}

// await waits until there may be work. It reports false when the call's time
// is over or the server stops.
func (c *client) await(ctx context.Context, end <-chan time.Time) bool {
	poll := time.NewTicker(c.poll)
	defer poll.Stop()
	for {
		select {
		case <-c.stop:
			return false
		case <-end:
			return false
		case <-c.wakes:
			return true
		case <-poll.C:
			// An error is left to the next dequeue.
			if n, err := c.LLen(ctx, c.pending()).Result(); n > 0 || err != nil {
				return true
			}
		}
	}
}

func (c *client) forgetWake() {
	select {
	case <-c.wakes:
	default:
	}
}

func (c *client) pause(d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-c.stop:
	case <-t.C:
	}
}

// noteReach logs once when Redis goes out of reach, and once when it is back,
// unless the process as a whole does.
func (c *client) noteReach(err error) {
	if err != nil && c.outage != nil && c.outage.Note(err) {
		return
	}
	away := err != nil
	if c.away.Swap(away) == away {
		return
	}
	if away {
		c.log.Warn().Err(err).Str("queue", c.queue).Msg("the queue is out of reach")
	} else {
		c.log.Info().Str("queue", c.queue).Msg("the queue is in reach again")
	}
}
