package simulator

import (
	"container/heap"
	"context"
	"maps"
	"net/http"
	"sync"
	"time"
)

// reportQueue is what is to be reported, by when, and what was.
type reportQueue struct {
	client *http.Client

	mu      sync.Mutex // guards what follows
	waiting reportHeap
	changed chan struct{} // closed when something was put
	flying  int
	stats   ReportStats
	last    map[string]map[string]string // by ticket and number, the status that counts
}

// ReportStats are how many reports there are and were.
type ReportStats struct {
	Waiting   int `json:"waiting"`
	Delivered int `json:"delivered"` // answered by 2xx
	Failed    int `json:"failed"`    // tries that were not
}

func newReportQueue(parallel int) *reportQueue {
	return &reportQueue{
		client:  &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: parallel, IdleConnTimeout: time.Minute}, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }},
		changed: make(chan struct{}), last: map[string]map[string]string{},
	}
}

func (q *reportQueue) put(p pendingReport) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.push(p)
}

func (q *reportQueue) push(p pendingReport) {
	heap.Push(&q.waiting, p)
	close(q.changed)
	q.changed = make(chan struct{})
}

// next waits for a report that is due; ok is false when ctx has ended.
func (q *reportQueue) next(ctx context.Context) (p pendingReport, ok bool) {
	for ctx.Err() == nil {
		p, wait, changed := q.take(time.Now())
		if wait == 0 {
			return p, true
		}
		timer := time.NewTimer(wait)
		select {
		case <-ctx.Done():
		case <-timer.C:
		case <-changed:
		}
		timer.Stop()
	}
	return p, false
}

// take takes the first report if it is due; else it says how long that will take, unless
// something changes.
func (q *reportQueue) take(now time.Time) (p pendingReport, wait time.Duration, changed <-chan struct{}) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.waiting) == 0 {
		return p, time.Hour, q.changed
	}
	if wait = q.waiting[0].due.Sub(now); wait > 0 {
		return p, wait, q.changed
	}
	p, _ = heap.Pop(&q.waiting).(pendingReport)
	q.flying++
	return p, 0, nil
}

func (q *reportQueue) failed(p pendingReport) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.flying--
	q.stats.Failed++
	q.push(p)
}

// delivered notes a report that was taken. Of each number the last status counts: of two
// that were delivered that which comes later in a message's course.
func (q *reportQueue) delivered(p pendingReport) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.flying--
	q.stats.Delivered++
	if !p.known {
		return
	}
	of := q.last[p.Ticket]
	if of == nil {
		of = map[string]string{}
		q.last[p.Ticket] = of
	}
	if stepOf(p.Status) >= stepOf(of[p.Number]) {
		of[p.Number] = p.Status
	}
}

// stepOf is how far in the course of a message a status stands.
func stepOf(status string) int {
	switch status {
	case "":
		return 0
	case "ACK":
		return 1
	case "READ":
		return 3
	default:
		return 2
	}
}

// ReportStats returns how many reports there are and were.
func (s *Server) ReportStats() ReportStats {
	q := s.reports
	q.mu.Lock()
	defer q.mu.Unlock()
	stats := q.stats
	stats.Waiting = len(q.waiting) + q.flying
	return stats
}

// Delivered returns for each ticket how many numbers were reported with which status
// last, as far as the reports were taken.
func (s *Server) Delivered() map[string]map[string]int {
	q := s.reports
	q.mu.Lock()
	defer q.mu.Unlock()
	all := map[string]map[string]int{}
	for ticket, numbers := range q.last {
		counts := map[string]int{}
		for status := range maps.Values(numbers) {
			counts[status]++
		}
		all[ticket] = counts
	}
	return all
}

// reportHeap has the report that is due first in front.
type reportHeap []pendingReport

func (h reportHeap) Len() int           { return len(h) }
func (h reportHeap) Less(i, j int) bool { return h[i].due.Before(h[j].due) }
func (h reportHeap) Swap(i, j int)      { h[i], h[j] = h[j], h[i] }

// Push appends an item.
func (h *reportHeap) Push(x any) {
	p, _ := x.(pendingReport) // nothing else is pushed
	*h = append(*h, p)
}

// Pop removes the last item.
func (h *reportHeap) Pop() any {
	old := *h
	last := old[len(old)-1]
	*h = old[:len(old)-1]
	return last
}
