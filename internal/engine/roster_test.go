package engine

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/octoq/octoq/internal/octopush"
)

// troubled starts accounts, and fails as often as it is told.
type troubled struct {
	t *testing.T

	mu      sync.Mutex
	fails   int
	started []string // the logins of those that were started
	stopped []string
}

func (s *troubled) start(_ context.Context, cfg AccountConfig, c *chores) (*account, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.fails > 0 {
		s.fails--
		return nil, errors.New("redis is away")
	}
	s.started = append(s.started, cfg.API.Login)
	client, err := octopush.New(octopush.Config{Login: cfg.API.Login, Key: "k"})
	if err != nil {
		s.t.Fatal(err)
	}
	return &account{
		name: cfg.Name, client: client, stages: &stages{}, chores: c,
		end: func() {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.stopped = append(s.stopped, cfg.API.Login)
		},
	}, nil
}

// parts are those of runners whose accounts need no Redis.
func (s *troubled) parts() accountParts {
	return accountParts{
		prepare: func(context.Context, AccountConfig) (*chores, error) { return &chores{}, nil },
		dismiss: func(context.Context, *chores) {},
		start:   s.start, failed: func(string, error) {},
		watch: func(context.Context, string, func()) func() { return func() {} },
		tick:  func(ctx context.Context, _ *chores) { <-ctx.Done() },
	}
}

func (s *troubled) fail(times int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fails = times
}

// has fails the test unless these were started and stopped, and so many failures are left.
func (s *troubled) has(when string, fails int, started, stopped []string) {
	s.t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.fails != fails || !slices.Equal(s.started, started) || !slices.Equal(s.stopped, stopped) {
		s.t.Errorf("%s: got %d failures left, %q started and %q stopped, want %d, %q and %q", when, s.fails, s.started, s.stopped, fails, started, stopped)
	}
}

// rosterOf has a roster work in a bubble of its own; it ends with the test.
func rosterOf(t *testing.T, s *troubled, test func(r *roster, take func(logins ...string))) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		ctx, end := context.WithCancel(t.Context())
		r := newRoster(nil)
		r.parts = s.parts()
		done := make(chan error)
		go func() { done <- r.work(ctx, nil, func() {}, func() {}) }()
		synctest.Wait()
		test(r, func(logins ...string) {
			t.Helper()
			var accounts []AccountConfig
			for _, login := range logins {
				accounts = append(accounts, complete(AccountConfig{Name: "shop", API: octopush.Config{Login: login}}))
			}
			if err := r.take(ctx, accounts); err != nil {
				t.Fatal(err)
			}
		})
		end()
		if err := <-done; err != nil {
			t.Errorf("work: got %v, want nil", err)
		}
	})
}

// An account that does not start is tried each second, and no more once it is not wanted.
func TestAnAccountThatDoesNotStartIsTriedAgain(t *testing.T) {
	t.Parallel()
	s, one := &troubled{t: t, fails: 3}, []string{"a@example.com"}
	rosterOf(t, s, func(_ *roster, take func(...string)) {
		take(one...)
		<-time.After(5 * startAgain / 2)
		s.has("after three tries", 0, nil, nil)
		<-time.After(startAgain)
		s.has("after a fourth", 0, one, nil)
		take()
		synctest.Wait()
		s.has("when it is not wanted", 0, one, one)
		s.fail(2)
		take("b@example.com")
		synctest.Wait()
		take()
		<-time.After(time.Minute)
	})
	s.has("at the end", 1, one, one)
}

// Settings that come while an account starts are those that it works by in the end, and
// those that are the same stop nothing.
func TestTheLastSettingsCount(t *testing.T) {
	t.Parallel()
	s, both := &troubled{t: t}, []string{"a@example.com", "b@example.com"}
	rosterOf(t, s, func(r *roster, take func(...string)) {
		slow := make(chan struct{})
		start := s.start
		r.parts.start = func(ctx context.Context, cfg AccountConfig, c *chores) (*account, error) {
			<-slow
			return start(ctx, cfg, c)
		}
		take(both[0])
		synctest.Wait()
		take(both[1])
		close(slow)
		synctest.Wait()
		take(both[1])
		synctest.Wait()
		s.has("two of three settings differ", 0, both, both[:1])
	})
	s.has("at the end", 0, both, both)
}
