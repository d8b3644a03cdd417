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
	keepGrip  = 2 * time.Minute
	gripSweep = 256
)

// taken remembers under which run_id a server's tasks were taken, until they
// are acknowledged.
type taken struct {
	mu    sync.Mutex
	grips map[string]*grip // by task id
}

// grip is one task that was taken, perhaps several times over.
type grip struct {
	runID    string
	open     int  // deliveries whose handlers have not returned
	left     bool // acknowledged by its handler
	handBack bool
	ended    time.Time
}

// take notes a delivery.
func (t *taken) take(id, runID string, now time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.trim(now)
	g := t.grips[id]
	switch {
	case g == nil || g.open == 0:
		g = &grip{runID: runID}
	case g.runID != runID:
		g.runID = noRunID
	}
	g.left = false
	g.open++
	g.ended = now
	if t.grips == nil {
		t.grips = map[string]*grip{}
	}
	t.grips[id] = g
}

// trim forgets what asynq has given up: it drops a task without a word when
// the lease is lost.
func (t *taken) trim(now time.Time) {
	if len(t.grips) < gripSweep {
		return
	}
	for id, g := range t.grips {
		if g.open <= 0 && now.Sub(g.ended) > keepGrip {
			delete(t.grips, id)
		}
	}
}

// runID is what a task was taken under, noRunID when that is not known.
func (t *taken) runID(id string) string {
	t.mu.Lock()
	defer t.mu.Unlock()
	if g := t.grips[id]; g != nil {
		return g.runID
	}
	return noRunID
}

// leave notes that a task's handler has acknowledged it, if that was under the
// run_id that it was taken under; else it was not.
func (t *taken) leave(id, runID string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if g := t.grips[id]; g != nil && g.runID == runID {
		g.left = true
	}
}

// hasLeft reports whether a task was acknowledged by its handler.
func (t *taken) hasLeft(id string) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	g := t.grips[id]
	return g != nil && g.left
}

// end notes that a handler has returned; handBack says that its task is to go
// back to the head of its queue.
func (t *taken) end(id string, handBack bool, now time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if g := t.grips[id]; g != nil {
		g.open--
		g.handBack, g.ended = handBack, now
	}
}

// toHandBack reports whether the task is to go back at once.
func (t *taken) toHandBack(id string) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	g := t.grips[id]
	return g != nil && g.handBack
}

// release forgets a task that has left the active list.
func (t *taken) release(id string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if g := t.grips[id]; g != nil && g.open <= 0 {
		delete(t.grips, id)
	}
}
