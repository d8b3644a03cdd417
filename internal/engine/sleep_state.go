package engine

import (
	"context"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/key"
	"github.com/octoq/octoq/internal/queue"
)

// wakeAhead is how long before its first due task an account wakes, to be at work by then.
const wakeAhead = time.Second

// workloadKeys are the keys by which an account is known to have something to do. Whatever
// might need an account that is awake counts as that.
func workloadKeys(account string) *queue.WorkloadKeys {
	further := queue.FurtherKeys{
		Often: []string{key.Hold(account)}, Sometimes: []string{key.Orphans(account), key.Figures(account), key.Quotes(account)},
		Schedules: key.Schedules(account),
	}
	for _, s := range campaign.States() {
		if !s.Final() {
			further.Records = append(further.Records, key.State(account, s))
		}
	}
	return queue.NewWorkloadKeys(account, further)
}

// wakesFor reports whether an account that sleeps is to wake for what it has to do.
func wakesFor(w queue.Workload, now time.Time) bool {
	return w.Open || !w.Due.IsZero() && !w.Due.After(now.Add(wakeAhead))
}

// maySleepOn reports whether an account may sleep although it has that to do. What is due
// before it could go to sleep again keeps it awake.
func maySleepOn(w queue.Workload, now time.Time, after time.Duration) bool {
	return !w.Open && !w.Unknown && (w.Due.IsZero() || w.Due.After(now.Add(after)))
}

// sleepState is whether an account sleeps: then it has neither servers nor a gate, and
// the process looks whether there is anything to do.
type sleepState struct {
	mu        sync.Mutex
	sleeping  bool
	busy      time.Time          // when it last had something to do
	known     queue.Workload     // what it waits for while it sleeps
	swept     time.Duration      // how long after a loss a sweep finds it
	sweepAt   time.Time          // when what was lost until it began to wait is found
	interrupt context.CancelFunc // of the round of chores under way; nil without
}

// wake has the account be awake, and reports whether it slept until now.
func (s *sleepState) wake(now time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.busy = now
	if !s.sleeping {
		return false
	}
	s.sleeping = false
	if s.interrupt != nil {
		s.interrupt()
	}
	return true
}

// asleep reports whether the account sleeps, and what it waits for.
func (s *sleepState) asleep() (sleeping bool, known queue.Workload) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.sleeping, s.known
}

// idle reports whether the account is awake and has had nothing to do for so long.
func (s *sleepState) idle(now time.Time, after time.Duration) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return !s.sleeping && now.Sub(s.busy) >= after
}

// rest takes in what a look at an idle account has found, and reports whether the account
// falls asleep over it. What has come since the look began keeps it awake.
func (s *sleepState) rest(w queue.Workload, began, now time.Time, after time.Duration) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.sleeping || s.busy.After(began):
		return false
	case w.Open:
		s.busy = now
		return false
	case !maySleepOn(w, now, after):
		return false
	}
	s.sleeping, s.known = true, queue.Workload{}
	s.learn(w, now)
	return true
}

// note takes in what a look at a sleeping account has found. It reports whether other
// chores are to be done than before.
func (s *sleepState) note(w queue.Workload, now time.Time) (other bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if w.Unknown {
		s.known.Unknown = true
		return false
	}
	return s.learn(w, now)
}

// learn is note for who holds the lock.
func (s *sleepState) learn(w queue.Workload, now time.Time) (other bool) {
	waits := w.Waits && !s.known.Waits
	if waits {
		s.sweepAt = now.Add(s.swept)
	}
	other = waits || w.Ticks != s.known.Ticks
	s.known = w
	return other
}

// untilRound is the pause before the next round of chores. Accounts that fell asleep
// together drift apart.
func (s *sleepState) untilRound(now time.Time) time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	wait := roundEvery - rand.N(roundEvery/10)
	if s.sweepAt.After(now) {
		wait = min(wait, s.sweepAt.Sub(now))
	}
	return wait
}

// doubt has the next look find out anew what the account waits for, if it does.
func (s *sleepState) doubt() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.known.Unknown = s.known != (queue.Workload{})
}

// begin puts the account to sleep before it has worked.
func (s *sleepState) begin() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sleeping = true
}

// round begins a round of chores, which a wake-up ends. It is not ok while the account is
// awake.
func (s *sleepState) round(ctx context.Context) (_ context.Context, end func(), ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.sleeping {
		return nil, nil, false
	}
	ctx, cancel := context.WithCancel(ctx)
	s.interrupt = cancel
	return ctx, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.interrupt = nil
		cancel()
	}, true
}
