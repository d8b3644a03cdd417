package queue

import (
	"sync"
	"time"
)

const (
	// noRunID equals no run_id: what was taken under two of them is
	// acknowledged under neither.
	noRunID = "?"

	// asynq repeats a failed acknowledgement until the lease of 30 s is over.
	keepEnded = 2 * time.Minute
	trimAbove = 256
)

// inflight remembers under which run_id a server's tasks were taken, until they
// are acknowledged.
type inflight struct {
	places wholesalePlaces

	mu    sync.Mutex
	tasks map[string]*inflightTask // by task id
}

// inflightTask is one task that was taken, perhaps several times over.
type inflightTask struct {
	runID    string
	handlers int  // how many have not returned
	acked    bool // acknowledged by its handler
	handBack bool
	ended    time.Time
}

// take notes that a task was taken.
func (f *inflight) take(id, runID string, now time.Time) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.trim(now)
	t := f.tasks[id]
	switch {
	case t == nil || t.handlers == 0:
		t = &inflightTask{runID: runID}
	case t.runID != runID:
		t.runID = noRunID
	}
	t.acked = false
	t.handlers++
	t.ended = now
	if f.tasks == nil {
		f.tasks = map[string]*inflightTask{}
	}
	f.tasks[id] = t
}

// trim forgets what asynq has given up: it drops a task without a word when
// the lease is lost.
func (f *inflight) trim(now time.Time) {
	if len(f.tasks) < trimAbove {
		return
	}
	for id, t := range f.tasks {
		if t.handlers <= 0 && now.Sub(t.ended) > keepEnded {
			delete(f.tasks, id)
		}
	}
}

// runID is what a task was taken under, noRunID when that is not known.
func (f *inflight) runID(id string) string {
	f.mu.Lock()
	defer f.mu.Unlock()
	if t := f.tasks[id]; t != nil {
		return t.runID
	}
	return noRunID
}

// markAcked notes that a task's handler has acknowledged it. Under another run_id
// than the task was taken under it has not.
func (f *inflight) markAcked(id, runID string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if t := f.tasks[id]; t != nil && t.runID == runID {
		t.acked = true
	}
}

// acked reports whether a task was acknowledged by its handler.
func (f *inflight) acked(id string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	t := f.tasks[id]
	return t != nil && t.acked
}

// end notes that a handler has returned; handBack says that its task is to go
// back to the head of its queue.
func (f *inflight) end(id string, handBack bool, now time.Time) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if t := f.tasks[id]; t != nil {
		t.handlers--
		t.handBack, t.ended = handBack, now
	}
	f.places.release(id)
}

// toHandBack reports whether the task is to go back at once.
func (f *inflight) toHandBack(id string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	t := f.tasks[id]
	return t != nil && t.handBack
}

// release forgets a task that is active no more.
func (f *inflight) release(id string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if t := f.tasks[id]; t != nil && t.handlers <= 0 {
		delete(f.tasks, id)
	}
	f.places.release(id)
}
