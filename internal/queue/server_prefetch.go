package queue

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/octoq/octoq/internal/asynqwire"
)

// keepPrefetched is how long a prefetched task waits for asynq's next dequeue before it
// goes back to the head of its queue. Its lease of 30 s runs meanwhile, and is renewed
// only once asynq has the task.
const keepPrefetched = 5 * time.Second

// handBackTimeout bounds how long a stopping server waits for Redis to take back what was
// prefetched.
const handBackTimeout = 5 * time.Second

// prefetched are tasks that ack scripts have taken, until asynq's next dequeue gets them.
// A handler that acknowledges its task is about to return, so asynq asks soon; but asynq
// has no place for a handler that it gave up before.
type prefetched struct {
	arrived wakeToken
	keep    time.Duration // keepPrefetched

	mu    sync.Mutex
	tasks []prefetchedTask // oldest first
}

type prefetchedTask struct {
	dequeued
	id string
	at time.Time
}

// add keeps a task.
func (p *prefetched) add(t prefetchedTask) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.tasks = append(p.tasks, t)
	p.arrived.notify()
}

// next is the oldest task that is not too old to be worked on.
func (p *prefetched) next(now time.Time) (t prefetchedTask, ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for i, t := range p.tasks {
		if now.Sub(t.at) < p.keep {
			p.tasks = append(p.tasks[:i:i], p.tasks[i+1:]...)
			return t, true
		}
	}
	return t, false
}

// late takes out the tasks that have waited too long; all of them with a zero time.
func (p *prefetched) late(now time.Time) (late []prefetchedTask) {
	p.mu.Lock()
	defer p.mu.Unlock()
	n := 0
	for n < len(p.tasks) && (now.IsZero() || now.Sub(p.tasks[n].at) >= p.keep) {
		n++
	}
	late, p.tasks = p.tasks[:n:n], p.tasks[n:]
	return late
}

// fresh reports whether next has a task.
func (p *prefetched) fresh(now time.Time) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	n := len(p.tasks)
	return n > 0 && now.Sub(p.tasks[n-1].at) < p.keep
}

// waiting is how many tasks wait.
func (p *prefetched) waiting() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.tasks)
}

// handBackPrefetched puts tasks that wait for asynq back to the head of their list: those
// that have waited too long, all of them with a zero time. One that Redis does not take
// back now comes back when its lease is over. The oldest goes last, to the very head.
func (c *serverClient) handBackPrefetched(ctx context.Context, now time.Time) {
	for _, t := range slices.Backward(c.dequeuer.prefetched.late(now)) {
		_ = c.noted(c.releaser.handBack(ctx, t.id))
		c.inflight.places.release(t.id)
	}
}

// prefetch is what an ack script of a task takes besides, if it may take anything: a
// handler's place goes to the next task, so a place for alerts stays one.
func (d *dequeuer) prefetch(taskID string, most int) (take asynqwire.Take, ok bool) {
	if d.stop.given() || d.prefetched.waiting() >= most {
		return "", false
	}
	return d.turns.next(d.inflight.places.limit == 0 || d.inflight.places.holds(taskID)), true
}

// notePrefetched keeps what an ack script has taken.
func (d *dequeuer) notePrefetched(take asynqwire.Take, answer any, now time.Time) {
	if answer == nil {
		d.turns.unused(take)
		return
	}
	got, err := readTaken(answer, nil)
	if err != nil {
		return // the task comes back when its lease is over
	}
	d.turns.note(take, got)
	m, err := asynqwire.ReadMessage([]byte(got.msg))
	if got.msg == "" || err != nil {
		return
	}
	if !got.alert {
		d.inflight.places.take(m.ID)
	}
	d.prefetched.add(prefetchedTask{dequeued: got, id: m.ID, at: now})
}
