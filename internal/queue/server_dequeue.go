package queue

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/octoq/octoq/internal/asynqwire"
	"github.com/octoq/octoq/internal/key"
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
	redis      redis.UniversalClient
	keys       asynqwire.Keys
	inflight   *inflight
	turns      turns
	learned    atomic.Pointer[asynqwire.Dequeue] // nil until asynq has asked for a task
	prefetched prefetched
	wakes      wakeTokens
	poll       time.Duration // pollEvery
	longest    time.Duration // maxWait
	stop       stopSignal
	log        *queueLog
}

// take gives asynq a prefetched task, or runs its dequeue. When there is no task it waits
// for a wake-up and asks again. It returns within maxWait, and at once on a stop.
func (d *dequeuer) take(ctx context.Context, s asynqwire.Script, keys []string, args []any) *redis.Cmd {
	if d.learned.Load() == nil {
		learned := asynqwire.LearnDequeue(d.keys, s, keys, args, time.Now())
		d.learned.Store(&learned)
	}
	end := time.NewTimer(d.longest)
	defer end.Stop()
	for wait := d.turns.pointless(); !d.stop.given(); wait = true {
		if wait && !d.prefetched.fresh(time.Now()) && !d.await(ctx, end.C) {
			break
		}
		if t, ok := d.prefetched.next(time.Now()); ok {
			d.inflight.take(t.id, t.runID, time.Now())
			return asynqwire.Reply(ctx, t.msg)
		}
		got, err := d.ask(ctx, s, keys, args)
		for err == nil && got.more && !d.stop.given() {
			got, err = d.ask(ctx, s, keys, args)
		}
		d.log.reached(err)
		switch {
		case err != nil:
			d.stop.pause(errorPause)
			return asynqwire.Fail(ctx, err)
		case got.msg != "":
			return asynqwire.Reply(ctx, got.msg)
		}
	}
	return asynqwire.Fail(ctx, redis.Nil)
}

// known is how asynq takes a task, zero where that is not known.
func (d *dequeuer) known() asynqwire.Dequeue {
	if learned := d.learned.Load(); learned != nil {
		return *learned
	}
	return asynqwire.Dequeue{}
}

// ask runs the dequeue once. Wake-ups until now are forgotten: it sees what they
// announced.
func (d *dequeuer) ask(ctx context.Context, s asynqwire.Script, keys []string, args []any) (dequeued, error) {
	d.wakes.forget()
	d.prefetched.arrived.forget()
	d.inflight.places.freed.forget()
	keys = append(keys[:len(keys):len(keys)], key.Alerts(d.keys.Queue))
	take := d.turns.next(d.inflight.places.free())
	args = append(args[:len(args):len(args)], string(take))
	got, err := readTaken(s.Guarded.Run(ctx, d.redis, keys, args...).Result())
	if err != nil {
		return dequeued{}, err
	}
	d.turns.note(take, got)
	d.noteTaken(got)
	return got, nil
}

// readTaken reads the answer of the dequeue.
func readTaken(answer any, err error) (got dequeued, _ error) {
	if errors.Is(err, redis.Nil) {
		return got, nil
	}
	switch v := answer.(type) {
	case int64:
		got.more = v > 0
	case []any:
		const parts = 5
		if len(v) != parts {
			return got, fmt.Errorf("unexpected answer of a script: %v", answer)
		}
		got.msg, _ = v[0].(string)
		got.runID, _ = v[1].(string)
		got.alert, got.passed = v[2] == int64(1), v[3] == int64(1)
		got.alerts = v[4] != int64(0)
	}
	return got, err
}

// noteTaken remembers under which run_id a task was taken. A message that cannot
// be read is asynq's to complain about.
func (d *dequeuer) noteTaken(got dequeued) {
	m, err := asynqwire.ReadMessage([]byte(got.msg))
	if got.msg == "" || err != nil {
		return
	}
	d.inflight.take(m.ID, got.runID, time.Now())
	if !got.alert {
		d.inflight.places.take(m.ID)
	}
}

// await waits until there may be work. It reports false when the call's time
// is over or the server stops.
func (d *dequeuer) await(ctx context.Context, end <-chan time.Time) bool {
	poll := time.NewTicker(d.poll)
	defer poll.Stop()
	wakes, lists := d.wakes.any, []string{key.Alerts(d.keys.Queue), d.keys.Pending()}
	places := &d.inflight.places
	if !places.free() {
		wakes, lists = d.wakes.alerts, lists[:1]
	}
	for {
		select {
		case <-d.stop:
			return false
		case <-end:
			return false
		case <-wakes:
			return true
		case <-places.freed: // now, or since the dequeue found that there was none
			return true
		case <-d.prefetched.arrived:
			return true
		case <-poll.C:
			// An error is left to the next dequeue.
			if n, err := d.redis.Exists(ctx, lists...).Result(); n > 0 || err != nil {
				return true
			}
		}
	}
}
