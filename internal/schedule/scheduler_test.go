package schedule_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/content"
	"github.com/octoq/octoq/internal/schedule"
)

// storeAndQueue is store and queue of several schedulers.
type storeAndQueue struct {
	mu        sync.Mutex
	version   int
	schedules map[string]string
	cursors   map[string]string
	queued    map[string]campaign.Campaign
	enqueued  map[string]int // ids, with how often the queue took them
	fail      func(id string) error
	after     func() error // called after each Enqueue: a crash
	events    []schedule.TickEvent
	errs      []error
}

func newStoreAndQueue(t *testing.T, all ...schedule.Schedule) *storeAndQueue {
	t.Helper()
	w := &storeAndQueue{schedules: map[string]string{}, cursors: map[string]string{}, queued: map[string]campaign.Campaign{}, enqueued: map[string]int{}}
	for _, s := range all {
		w.add(t, s, s.CreatedAt)
	}
	return w
}

func (w *storeAndQueue) add(t *testing.T, s schedule.Schedule, from time.Time) {
	t.Helper()
	text, err := s.Encode()
	if err != nil {
		t.Fatal(err)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.version++
	w.schedules[s.Name] = text
	w.cursors[s.Name] = schedule.Cursor{Generation: fmt.Sprint(w.version), UpTo: from}.String()
}

func (w *storeAndQueue) Read(_ context.Context, _, version string) (schedule.Overview, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	s := schedule.Overview{Now: time.Now(), Version: fmt.Sprint(w.version), Cursors: maps.Clone(w.cursors)}
	if s.Changed = s.Version != version; s.Changed {
		s.Schedules = maps.Clone(w.schedules)
	}
	return s, nil
}

func (w *storeAndQueue) Advance(_ context.Context, _ string, moves []schedule.CursorMove) ([]bool, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	made := make([]bool, len(moves))
	for i, m := range moves {
		if made[i] = w.cursors[m.Name] == m.From; made[i] {
			w.cursors[m.Name] = m.To
		}
	}
	return made, nil
}

func (w *storeAndQueue) Enqueue(_ context.Context, ticks []schedule.TickCampaign) []error {
	w.mu.Lock()
	defer w.mu.Unlock()
	errs := make([]error, len(ticks))
	for i, tick := range ticks {
		c := tick.Campaign
		if w.fail != nil {
			if errs[i] = w.fail(c.ID); errs[i] != nil {
				continue
			}
		}
		if was, known := w.queued[c.ID]; known {
			errs[i] = &campaign.DuplicateError{ID: c.ID, Same: content.Same(was, c)}
			continue
		}
		w.queued[c.ID] = c
		w.enqueued[c.ID]++
	}
	if w.after != nil {
		if err := w.after(); err != nil {
			for i := range errs {
				errs[i] = err
			}
		}
	}
	return errs
}

func (w *storeAndQueue) scheduler() *schedule.Scheduler {
	return &schedule.Scheduler{
		Account: "shop", Store: w, Queue: w, Now: time.Now,
		OnEvent: func(e schedule.TickEvent) { w.mu.Lock(); w.events = append(w.events, e); w.mu.Unlock() },
		OnError: func(err error) { w.mu.Lock(); w.errs = append(w.errs, err); w.mu.Unlock() },
	}
}

func (w *storeAndQueue) reported(kind schedule.EventKind) []schedule.TickEvent {
	w.mu.Lock()
	defer w.mu.Unlock()
	var all []schedule.TickEvent
	for _, e := range w.events {
		if e.Kind == kind {
			all = append(all, e)
		}
	}
	return all
}

func (w *storeAndQueue) upTo(t *testing.T) time.Time {
	t.Helper()
	c, err := schedule.ParseCursor(w.cursors["news"])
	if err != nil {
		t.Fatal(err)
	}
	return c.UpTo
}

// secondly has a tick every second from now on.
func secondly() schedule.Schedule {
	s := weekly()
	s.Cron, s.CreatedAt = "* * * * * *", time.Now().UTC()
	return s
}

// run runs a scheduler for a while.
func run(t *testing.T, r *schedule.Scheduler, d time.Duration) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), d)
	defer cancel()
	r.Run(ctx)
}

func TestTwoSchedulersAMinute(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newStoreAndQueue(t, secondly())
		var group sync.WaitGroup
		for range 2 {
			group.Go(func() { run(t, w.scheduler(), time.Minute+time.Millisecond) })
		}
		group.Wait()
		if len(w.enqueued) != 60 || len(w.reported(schedule.EventEnqueued)) != 60 {
			t.Errorf("got %d campaigns, %d reported, want 60", len(w.enqueued), len(w.reported(schedule.EventEnqueued)))
		}
		for _, e := range w.reported(schedule.EventEnqueued) {
			if e.Late > 10*time.Millisecond {
				t.Errorf("%s: got %s late", e.ID, e.Late)
			}
		}
		if got := time.Since(w.upTo(t)); got > 10*time.Millisecond {
			t.Errorf("cursor: got %s old, want the last tick", got)
		}
	})
}

// A paused schedule has no ticks and keeps its cursor; what passed meanwhile is missed by
// the schedule's own rule.
func TestPaused(t *testing.T) {
	t.Parallel()
	for missed, want := range map[schedule.Missed]int{schedule.MissedSkip: 0, schedule.MissedOnce: 1} {
		synctest.Test(t, func(t *testing.T) {
			s := hourly(missed)
			s.Paused = true
			w := newStoreAndQueue(t, s)
			start := w.upTo(t)
			r := w.scheduler()
			run(t, r, 150*time.Minute)
			if len(w.enqueued) != 0 || !w.upTo(t).Equal(start) {
				t.Errorf("%s: paused: got %d campaigns, cursor at %s, want none and %s", missed, len(w.enqueued), w.upTo(t), start)
			}
			s.Paused = false
			w.add(t, s, start)
			run(t, r, time.Second)
			if len(w.enqueued) != want || len(w.reported(schedule.EventMissed)) != 1 {
				t.Errorf("%s: resumed: got %d campaigns, missed %v, want %d", missed, len(w.enqueued), w.reported(schedule.EventMissed), want)
			}
		})
	}
}

// hourly has a tick every half hour from now on; the clock of a synctest begins at
// midnight.
func hourly(missed schedule.Missed) schedule.Schedule {
	s := secondly()
	s.Cron, s.Missed = "20,50 * * * *", missed
	return s
}

// A cursor passes a tick only once its campaign is in the queue; what failed, or
// crashed on the way, is done again and stays one.
func TestNothingIsPassedThatIsNotThere(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newStoreAndQueue(t, secondly())
		start := w.upTo(t)
		w.fail = func(string) error { return errors.New("away") }
		run(t, w.scheduler(), 5500*time.Millisecond)
		if got := w.upTo(t); !got.Equal(start) || len(w.errs) != 1 {
			t.Errorf("cursor: got %s, errors %v, want it at %s and one error", got, w.errs, start)
		}
		w.fail, w.after = nil, func() error { return errors.New("the answer is lost") }
		run(t, w.scheduler(), 2*time.Second)
		if got := w.upTo(t); !got.Equal(start) {
			t.Errorf("cursor: got %s, want it at %s", got, start)
		}
		w.after = nil
		run(t, w.scheduler(), time.Second)
		if len(w.enqueued) != 8 || !w.upTo(t).Equal(start.Add(8*time.Second)) {
			t.Errorf("got %d campaigns, cursor at %s, want 8", len(w.enqueued), w.upTo(t))
		}
	})
}

// The first failure in a row of ticks keeps the cursor before it, though later
// ones went well.
func TestAFailureInTheMiddle(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := secondly()
		w := newStoreAndQueue(t, s)
		<-time.After(10 * time.Second) // the bubble's clock, while no worker runs
		var ids []string
		w.fail = func(id string) error {
			if ids = append(ids, id); len(ids) == 4 {
				return errors.New("away")
			}
			return nil
		}
		if _, err := w.scheduler().Round(t.Context()); err == nil || !w.upTo(t).Equal(s.CreatedAt.Add(3*time.Second)) || len(w.enqueued) != 9 {
			t.Errorf("got %v, cursor at %s, %d campaigns, want 3 ticks passed and 9 there", err, w.upTo(t), len(w.enqueued))
		}
		w.fail = nil
		if _, err := w.scheduler().Round(t.Context()); err != nil || len(w.enqueued) != 10 || !w.upTo(t).Equal(s.CreatedAt.Add(10*time.Second)) {
			t.Errorf("got %v, %d campaigns, want 10", err, len(w.enqueued))
		}
	})
}

// After a downtime, the policy decides, and one scheduler reports what was missed.
func TestDowntime(t *testing.T) {
	t.Parallel()
	for policy, want := range map[schedule.Missed]int{schedule.MissedSkip: 0, schedule.MissedOnce: 1} {
		t.Run(string(policy), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := weekly()
				s.CreatedAt, s.Missed = time.Now().UTC(), policy
				w := newStoreAndQueue(t, s)
				<-time.After(24 * 24 * time.Hour) // the bubble's clock, while no worker runs
				var group sync.WaitGroup
				for range 2 {
					group.Go(func() { run(t, w.scheduler(), 10*time.Second) })
				}
				group.Wait()
				if len(w.enqueued) != want || len(w.reported(schedule.EventMissed)) != 1 {
					t.Errorf("got %v, reported %+v, want %d campaigns and one event", w.enqueued, w.reported(schedule.EventMissed), want)
				}
			})
		})
	}
}

// A tick whose campaign is refused is reported once, waits for a worker that takes
// it, and keeps no later one back. A taken id is reported, too.
func TestRefusedAndTaken(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := secondly()
		w := newStoreAndQueue(t, s)
		p := plan(t, s)
		second, third := s.CreatedAt.Add(2*time.Second), s.CreatedAt.Add(3*time.Second)
		c, _ := p.Campaign(second)
		w.queued[c.ID] = campaign.Campaign{ID: c.ID, Text: "another"}
		refused, _ := p.Campaign(third)
		w.fail = func(id string) error {
			if id == refused.ID {
				return &campaign.ValidationError{ID: id}
			}
			return nil
		}
		run(t, w.scheduler(), 3500*time.Millisecond)
		if got := w.upTo(t); !got.Equal(second) {
			t.Errorf("cursor: got %s, want it before the refused tick", got)
		}
		r := w.scheduler()
		run(t, r, 10*time.Second)
		if n := len(w.reported(schedule.EventRefused)); n != 2 || len(w.reported(schedule.EventTaken)) != 1 || len(w.enqueued) != 11 {
			t.Errorf("got %d refused, %d taken, %d enqueued, want 2 (one a runner), 1 and 11", n, len(w.reported(schedule.EventTaken)), len(w.enqueued))
		}
	})
}

// A tick that failed is tried again although a later one was refused.
func TestAFailureBeforeARefusal(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := secondly()
		w := newStoreAndQueue(t, s)
		<-time.After(3 * time.Second) // the bubble's clock, while no worker runs
		p := plan(t, s)
		first, _ := p.Campaign(s.CreatedAt.Add(time.Second))
		refused, _ := p.Campaign(s.CreatedAt.Add(2 * time.Second))
		away := true
		w.fail = func(id string) error {
			switch {
			case id == first.ID && away:
				return errors.New("away")
			case id == refused.ID:
				return &campaign.ValidationError{ID: id}
			}
			return nil
		}
		r := w.scheduler()
		if _, err := r.Round(t.Context()); err == nil || len(w.enqueued) != 1 {
			t.Errorf("got %v, %d campaigns, want an error and the third tick", err, len(w.enqueued))
		}
		away = false
		_, err := r.Round(t.Context())
		if err != nil || w.enqueued[first.ID] != 1 || len(w.reported(schedule.EventRefused)) != 1 {
			t.Errorf("got %v, %v, %d reported as refused, want the first tick, and one reported", err, w.enqueued, len(w.reported(schedule.EventRefused)))
		}
	})
}

// A cursor in the future, as after a clock that was wrong, is reported now and then
// while no tick comes.
func TestCursorInTheFuture(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newStoreAndQueue(t, secondly())
		w.cursors["news"] = schedule.Cursor{Generation: "g", UpTo: time.Now().Add(3 * time.Hour)}.String()
		run(t, w.scheduler(), 150*time.Minute)
		ahead := w.reported(schedule.EventAhead)
		if len(ahead) != 3 || ahead[0].Schedule != "news" || !ahead[0].Until.After(time.Now()) || len(w.enqueued) != 0 {
			t.Errorf("got %d reported, %v, %d campaigns, want one an hour and none", len(ahead), ahead, len(w.enqueued))
		}
		w.add(t, secondly(), time.Now().Add(30*time.Second)) // a clock that differs a little
		run(t, w.scheduler(), 10*time.Second)
		if n := len(w.reported(schedule.EventAhead)); n != 3 {
			t.Errorf("half a minute ahead: got %d more reported, want none", n-3)
		}
	})
}

// What is added, replaced or removed counts within a second, and a schedule
// that cannot be read keeps no other back.
func TestChanges(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newStoreAndQueue(t)
		w.schedules["new"], w.cursors["new"] = `{"v":2}`, "g 0 0"
		var group sync.WaitGroup
		group.Go(func() { run(t, w.scheduler(), 20*time.Second) })
		<-time.After(5 * time.Second) // the bubble's clock
		w.add(t, secondly(), time.Now())
		<-time.After(5*time.Second + 500*time.Millisecond) // the bubble's clock
		w.mu.Lock()
		n := len(w.enqueued)
		w.version++
		delete(w.schedules, "news")
		w.mu.Unlock()
		group.Wait()
		if n != 5 || len(w.enqueued) != 5 || len(w.reported(schedule.EventUnreadable)) == 0 {
			t.Errorf("got %d, then %d campaigns, unreadable %d, want 5, 5 and some", n, len(w.enqueued), len(w.reported(schedule.EventUnreadable)))
		}
	})
}

// A process that was frozen between look and enqueue looks again.
func TestFrozen(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := secondly()
		w := newStoreAndQueue(t, s)
		<-time.After(2 * time.Second) // the bubble's clock, while no worker runs
		r := w.scheduler()
		asked := 0
		r.Now = func() time.Time {
			if asked++; asked == 3 {
				<-time.After(time.Hour) // the bubble's clock: the process is frozen
			}
			return time.Now()
		}
		if _, err := r.Round(t.Context()); err != nil || len(w.enqueued) != 0 {
			t.Errorf("frozen: got %v, %d campaigns, want none", err, len(w.enqueued))
		}
		if _, err := r.Round(t.Context()); err != nil || len(w.enqueued) != 60 || len(w.reported(schedule.EventMissed)) != 1 {
			t.Errorf("afterwards: got %v, %d campaigns, want those of the last minute", err, len(w.enqueued))
		}
	})
}
