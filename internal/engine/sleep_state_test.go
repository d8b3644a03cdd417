package engine

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rs/zerolog"

	"github.com/octoq/octoq/internal/octopush"
	"github.com/octoq/octoq/internal/queue"
)

// What lets an account sleep, and what wakes it.
func TestWhenAnAccountSleepsAndWakes(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)
	const after = 30 * time.Second
	for _, c := range []struct {
		name          string
		w             queue.Workload
		sleeps, wakes bool
	}{
		{"nothing", queue.Workload{}, true, false},
		{"something open", queue.Workload{Open: true}, false, true},
		{"open, and due much later", queue.Workload{Open: true, Due: now.Add(time.Hour)}, false, true},
		{"not known", queue.Workload{Unknown: true}, false, false},
		{"campaigns that wait for a person", queue.Workload{Waits: true}, true, false},
		{"schedules", queue.Workload{Ticks: true}, true, false},
		{"due in an hour", queue.Workload{Due: now.Add(time.Hour)}, true, false},
		{"due a second after it could sleep again", queue.Workload{Due: now.Add(after + time.Second)}, true, false},
		{"due before", queue.Workload{Due: now.Add(after)}, false, false},
		{"due in two seconds", queue.Workload{Due: now.Add(2 * time.Second)}, false, false},
		{"due in a second", queue.Workload{Due: now.Add(time.Second)}, false, true},
		{"overdue", queue.Workload{Due: now.Add(-time.Hour)}, false, true},
	} {
		if got := maySleepOn(c.w, now, after); got != c.sleeps {
			t.Errorf("%s: got sleeps %v, want %v", c.name, got, c.sleeps)
		}
		if got := wakesFor(c.w, now); got != c.wakes {
			t.Errorf("%s: got wakes %v, want %v", c.name, got, c.wakes)
		}
	}
}

// What comes while an account is looked at keeps it awake, and a round of chores makes way
// for a wake-up.
func TestSleepStateMissesNoWakeUp(t *testing.T) {
	t.Parallel()
	const after = time.Minute
	began := time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)
	s := &sleepState{}
	if s.wake(began.Add(time.Second)); s.rest(queue.Workload{}, began, began.Add(2*time.Second), after) {
		t.Error("woken during the look: it fell asleep")
	}
	if s.idle(began.Add(time.Minute), after) || !s.idle(began.Add(time.Minute+time.Second), after) {
		t.Error("idle: want it a minute after the wake-up, and not before")
	}
	began = began.Add(2 * time.Minute)
	if s.rest(queue.Workload{Open: true}, began, began, after) || s.idle(began.Add(time.Second), after) {
		t.Error("something open: want it awake, and busy")
	}
	began = began.Add(2 * time.Minute)
	if !s.rest(queue.Workload{}, began, began, after) {
		t.Fatal("nothing to do: it stays awake")
	}
	ctx, end, ok := s.round(context.Background())
	if !ok {
		t.Fatal("no round although it sleeps")
	}
	if !s.wake(began) || ctx.Err() == nil {
		t.Errorf("woken: got a round that goes on, %v", ctx.Err())
	}
	end()
	if _, _, ok := s.round(context.Background()); ok {
		t.Error("awake: got a round")
	}
	if s.wake(began) {
		t.Error("woken twice: got two starts")
	}
}

// scripted is a look whose findings are set by hand.
type scripted struct {
	mu     sync.Mutex
	found  map[*queue.WorkloadKeys]queue.Workload
	err    error
	looks  int
	run    string
	rounds []bool // of chores: whether all were to be done

	ticking int // how many enqueue the ticks of the account's schedules
}

func (s *scripted) look(_ context.Context, keys []*queue.WorkloadKeys, _ []queue.Workload, _ bool) ([]queue.Workload, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(keys) > 0 {
		s.looks++
	}
	found := make([]queue.Workload, len(keys))
	for i, k := range keys {
		if found[i] = s.found[k]; s.err != nil {
			found[i] = queue.Workload{Unknown: true}
		}
	}
	return found, s.err
}

// do changes or reads what a look finds.
func (s *scripted) do(change func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change()
}

// hadRounds fails the test unless there were these rounds since it was called last.
func (s *scripted) hadRounds(t *testing.T, when string, want []bool) {
	t.Helper()
	synctest.Wait()
	s.do(func() {
		if !slices.Equal(s.rounds, want) {
			t.Errorf("%s: got rounds %v, want %v", when, s.rounds, want)
		}
		s.rounds = nil
	})
}

// dormitory has a sleeper look after one account in a bubble of its own. find sets what
// it has to do.
func dormitory(t *testing.T, above int, test func(s *troubled, looked *scripted, p *accountRunner, find func(queue.Workload))) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		s := &troubled{t: t}
		ctx, end := context.WithCancel(t.Context())
		r, looked := newRoster(nil), &scripted{found: map[*queue.WorkloadKeys]queue.Workload{}, run: "a"}
		sleeps := func() bool { return len(r.names()) > above }
		r.parts = s.parts()
		r.parts.sleeps, r.parts.swept = sleeps, time.Minute
		r.parts.tick = func(ctx context.Context, _ *chores) {
			looked.do(func() { looked.ticking++ })
			<-ctx.Done()
			looked.do(func() { looked.ticking-- })
		}
		r.parts.round = func(_ context.Context, _ *chores, all bool) {
			looked.do(func() { looked.rounds = append(looked.rounds, all) })
		}
		sleeper := &sleeper{
			look: looked.look, runs: func(context.Context) (run string, _ error) {
				looked.do(func() { run = looked.run })
				return run, nil
			}, runners: r.all, sleeps: sleeps, after: 30 * time.Second,
			outage: &outage{log: zerolog.Nop(), now: time.Now}, log: zerolog.Nop(),
		}
		r.parts.look = func(ctx context.Context, all []*accountRunner) error { return sleeper.lookAt(ctx, all, true) }
		done, slept := make(chan error), make(chan struct{})
		first := []AccountConfig{complete(AccountConfig{Name: "shop", API: octopush.Config{Login: "shop"}})}
		names := namesOf(first)
		r.wanted.Store(&names)
		go func() { done <- r.work(ctx, first, func() {}, func() {}) }()
		go func() { defer close(slept); sleeper.run(ctx) }()
		synctest.Wait()
		p := r.all()[0]
		test(s, looked, p, func(w queue.Workload) { looked.do(func() { looked.found[p.keys] = w }) })
		end()
		<-slept
		if err := <-done; err != nil {
			t.Errorf("work: got %v, want nil", err)
		}
	})
}

func TestASleeperPutsToSleepAndWakes(t *testing.T) {
	t.Parallel()
	one := []string{"shop"}
	dormitory(t, 0, func(s *troubled, looked *scripted, p *accountRunner, find func(queue.Workload)) {
		s.has("nothing to do", 0, nil, nil)
		find(queue.Workload{Open: true})
		<-time.After(time.Second + 10*time.Millisecond)
		s.has("a wake-up was lost, a second later", 0, one, nil)
		<-time.After(time.Hour)
		s.has("an hour of work", 0, one, nil)
		find(queue.Workload{})
		<-time.After(29 * time.Second)
		s.has("idle for half a minute nearly", 0, one, nil)
		<-time.After(12 * time.Second)
		s.has("and some seconds more", 0, one, one)

		p.wake()
		synctest.Wait()
		s.has("a wake-up", 0, []string{"shop", "shop"}, one)
		<-time.After(25 * time.Second)
		p.wake()
		<-time.After(25 * time.Second)
		s.has("another one meanwhile", 0, []string{"shop", "shop"}, one)
		<-time.After(12 * time.Second)
		s.has("half a minute later", 0, []string{"shop", "shop"}, []string{"shop", "shop"})

		due := time.Now().Truncate(time.Second).Add(time.Hour)
		find(queue.Workload{Due: due})
		<-time.After(time.Until(due) - 1100*time.Millisecond)
		s.has("more than a second before a task is due", 0, []string{"shop", "shop"}, []string{"shop", "shop"})
		<-time.After(200 * time.Millisecond)
		s.has("a second before", 0, []string{"shop", "shop", "shop"}, []string{"shop", "shop"})
		find(queue.Workload{})
		<-time.After(time.Minute)

		looked.do(func() { looked.err = errors.New("redis is away") })
		find(queue.Workload{Open: true})
		<-time.After(time.Minute)
		s.has("redis is away", 0, []string{"shop", "shop", "shop"}, []string{"shop", "shop", "shop"})
		looked.do(func() { looked.err = nil })
		<-time.After(time.Second)
		s.has("redis is back", 0, []string{"shop", "shop", "shop", "shop"}, []string{"shop", "shop", "shop"})
	})
}

// Where few accounts are served, none sleeps; and all wake when there are few again.
func TestFewAccountsStayAwake(t *testing.T) {
	t.Parallel()
	dormitory(t, 1, func(s *troubled, looked *scripted, p *accountRunner, _ func(queue.Workload)) {
		<-time.After(time.Hour)
		s.has("one of one", 0, []string{"shop"}, nil)
		if sleeping, _ := p.sleep.asleep(); sleeping || looked.looks > 0 {
			t.Errorf("got an account that sleeps, or %d looks at it", looked.looks)
		}
	})
}

// The chores of a sleeping account are done each five minutes, when it has just fallen
// asleep, and at once after Redis was replaced.
func TestTheChoresOfASleepingAccount(t *testing.T) {
	t.Parallel()
	dormitory(t, 0, func(_ *troubled, looked *scripted, p *accountRunner, _ func(queue.Workload)) {
		has := func(when string, want ...bool) { t.Helper(); looked.hadRounds(t, when, want) }
		has("at the start", true)
		<-time.After(10 * time.Minute)
		has("ten minutes later", false, false)
		looked.do(func() { looked.run = "b" })
		<-time.After(6 * time.Second)
		has("redis was replaced", true)
		p.wake()
		<-time.After(29 * time.Second)
		has("awake")
		<-time.After(7 * time.Second)
		has("asleep again", true)
	})
}

// An account that sleeps although its campaigns wait is swept once more when what was lost
// just before can be found, and by each round.
func TestTheChoresOfAnAccountThatWaits(t *testing.T) {
	t.Parallel()
	dormitory(t, 0, func(_ *troubled, looked *scripted, p *accountRunner, find func(queue.Workload)) {
		has := func(when string, want ...bool) { t.Helper(); looked.hadRounds(t, when, want) }
		has("at the start", true)
		find(queue.Workload{Waits: true})
		<-time.After(time.Minute)
		has("found to wait, a minute later")
		<-time.After(2 * time.Second)
		has("when what was lost is found", true)
		<-time.After(10 * time.Minute)
		has("ten minutes later", true, true)
		p.wake()
		<-time.After(36 * time.Second)
		has("asleep again", true)
		<-time.After(time.Minute)
		has("a minute later", true)
	})
}

// Schedules enqueue their ticks while the account is awake, and while it sleeps if there
// are any; once only.
func TestSchedulesTickWhileAnAccountSleeps(t *testing.T) {
	t.Parallel()
	dormitory(t, 0, func(_ *troubled, looked *scripted, p *accountRunner, find func(queue.Workload)) {
		has := func(when string, want int) {
			t.Helper()
			synctest.Wait()
			looked.do(func() {
				if looked.ticking != want {
					t.Errorf("%s: got %d that enqueue ticks, want %d", when, looked.ticking, want)
				}
			})
		}
		has("asleep, without schedules", 0)
		p.wake()
		has("awake", 1)
		<-time.After(time.Minute)
		has("asleep again", 0)
		find(queue.Workload{Ticks: true})
		<-time.After(2 * time.Second)
		has("a schedule has come", 1)
		p.wake()
		has("awake, with a schedule", 1)
		<-time.After(time.Minute)
		has("asleep, with a schedule", 1)
		find(queue.Workload{})
		<-time.After(2 * time.Second)
		has("it has gone", 0)
		find(queue.Workload{Ticks: true})
		<-time.After(2 * time.Second)
		if err := p.want(t.Context(), nil); err != nil {
			t.Error(err)
		}
		has("the account has gone", 0)
	})
}

// A wake-up that comes while an account stops has it start again.
func TestAWakeUpDuringAStopIsKept(t *testing.T) {
	t.Parallel()
	dormitory(t, 0, func(s *troubled, _ *scripted, p *accountRunner, _ func(queue.Workload)) {
		p.wake()
		synctest.Wait()
		slow := make(chan struct{})
		p.mu.Lock()
		end := p.account.end
		p.account.end = func() { end(); <-slow }
		p.mu.Unlock()
		<-time.After(40 * time.Second)
		s.has("it stops", 0, []string{"shop"}, []string{"shop"})
		p.wake()
		close(slow)
		synctest.Wait()
		s.has("it has stopped", 0, []string{"shop", "shop"}, []string{"shop"})
	})
}
