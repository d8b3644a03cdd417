package limit

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/record"
)

// crowdOf has n calls of one kind wait at the gate. Each that is let in is
// noted and released at once.
func crowdOf(ctx context.Context, t *testing.T, g *Gate, n int, call campaign.Call, wg *sync.WaitGroup, in func(campaign.Call)) {
	t.Helper()
	for i := range n {
		wg.Go(func() {
			p, err := g.Acquire(ctx, call, fmt.Sprintf("%s-%d", call, i))
			if err != nil {
				return
			}
			in(call)
			if _, err := p.Release(ctx, ok()); err != nil {
				t.Errorf("Release: %v", err)
			}
		})
	}
	synctest.Wait()
}

// served notes the order in which calls are let in.
type served struct {
	mu    sync.Mutex
	calls []campaign.Call
}

func (s *served) in(c campaign.Call) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls = append(s.calls, c)
}

func (s *served) count() map[campaign.Call]int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := map[campaign.Call]int{}
	for _, c := range s.calls {
		n[c]++
	}
	return n
}

func TestAConfirmPassesAFloodOfCreates(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g, _ := bubbleGate(t, Limits{Rate: 5, Burst: 5, MaxInFlight: 10})
		ctx, cancel := context.WithCancel(context.Background())
		var wg sync.WaitGroup
		var s served
		crowdOf(ctx, t, g, 2000, campaign.CallCreate, &wg, s.in)
		<-time.After(3 * time.Second)
		begin := time.Now()
		p := mustAcquire(t, g, campaign.CallConfirm, "dear")
		if got := time.Since(begin); got > 250*time.Millisecond {
			t.Errorf("a confirm behind 2,000 creates waited %v, want at most the next grant", got)
		}
		mustRelease(t, p, ok())
		<-time.After(30*time.Second - time.Since(begin))
		if got := s.count()[campaign.CallCreate]; got < 160 || got > 170 {
			t.Errorf("creates in 33 s at 5 a second: got %d, want about 166", got)
		}
		cancel()
		wg.Wait()
	})
}

func TestAGrantIsVoidWhenItWasNotUsedInTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := Limits{Rate: 5, Burst: 5, MaxInFlight: 1}
		g, _ := bubbleGate(t, l)
		begin := time.Now()
		p := mustAcquire(t, g, campaign.CallCreate, "a")
		if got := p.NotAfter().Sub(begin); got <= 0 || got > l.late() {
			t.Errorf("void after %v, want at most %v", got, l.late())
		}
		for range 5 { // the way to the API is slow: the window widens, to a second
			<-time.After(time.Until(p.NotAfter()) + time.Millisecond)
			r := mustRelease(t, p, record.Outcome{Class: record.ClassNotSent})
			if r.Streak != 0 {
				t.Errorf("a void permit counted as an unavailable answer")
			}
			p = mustAcquire(t, g, campaign.CallCreate, "a")
		}
		if got := time.Until(p.NotAfter()); got < 900*time.Millisecond || got > time.Second {
			t.Errorf("after five void permits: void after %v, want a second", got)
		}
		mustRelease(t, p, ok())
	})
}

func TestAnAskWhoseReplyIsLostLeavesNoSlot(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g, f := bubbleGate(t, Limits{Rate: 10, Burst: 10, MaxInFlight: 1})
		f.lose = true
		begin := time.Now()
		mustRelease(t, mustAcquire(t, g, campaign.CallCreate, "a"), ok())
		if got := time.Since(begin); got > time.Second {
			t.Errorf("waited %v, want no longer than for the next ask", got)
		}
		if _, _, slots := f.counts(); slots != 0 {
			t.Errorf("slots: got %d, want 0", slots)
		}
	})
}

func TestWhoLeavesGivesBack(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g, f := bubbleGate(t, Limits{Rate: 1, Burst: 1, MaxInFlight: 1})
		mustRelease(t, mustAcquire(t, g, campaign.CallCreate, "first"), ok())
		ctx, cancel := context.WithCancel(context.Background())
		var wg sync.WaitGroup
		wg.Go(func() {
			if _, err := g.Acquire(ctx, campaign.CallCreate, "second"); !errors.Is(err, context.Canceled) {
				t.Errorf("got %v, want context.Canceled", err)
			}
		})
		<-time.After(200 * time.Millisecond)
		if _, _, slots := f.counts(); slots != 1 {
			t.Fatalf("reserved: got %d slots, want 1", slots)
		}
		cancel()
		wg.Wait()
		<-time.After(time.Second)
		if _, _, slots := f.counts(); slots != 0 {
			t.Errorf("slots after the waiter has left: got %d, want 0", slots)
		}
	})
}

func TestALeaverInTheMomentOfBeingLetInGivesBack(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g, f := bubbleGate(t, Limits{Rate: 10, Burst: 1, MaxInFlight: 1})
		w, _, err := g.allocator.enter(rank{call: campaign.CallCreate}, "a")
		if err != nil {
			t.Fatalf("enter: %v", err)
		}
		<-time.After(500 * time.Millisecond) // it is admitted, and its caller does not look
		g.allocator.leave(w)
		<-time.After(500 * time.Millisecond)
		if _, _, slots := f.counts(); slots != 0 {
			t.Errorf("slots: got %d, want 0", slots)
		}
	})
}

func TestReleaseWithAnEndedContext(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g, f := bubbleGate(t, Limits{Rate: 10, Burst: 1, MaxInFlight: 1})
		p := mustAcquire(t, g, campaign.CallCreate, "a")
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		r, err := p.Release(ctx, record.Outcome{Class: record.ClassUnanswered})
		if err != nil || r.Streak != 0 {
			t.Errorf("got %+v, %v, want no streak from a call that was given up here, and no error", r, err)
		}
		if _, err := p.Release(ctx, ok()); err != nil {
			t.Errorf("second Release: %v", err)
		}
		if _, releases, slots := f.counts(); releases != 1 || slots != 0 {
			t.Errorf("got %d releases and %d slots, want 1 and 0", releases, slots)
		}
		p = mustAcquire(t, g, campaign.CallCreate, "a")
		if r := mustRelease(t, p, down()); r.Streak != 1 {
			t.Errorf("streak: got %d, want 1", r.Streak)
		}
	})
}

func TestSlotsOfLongCallsAreRenewed(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g, f := bubbleGate(t, Limits{Rate: 10, Burst: 1, MaxInFlight: 1})
		p := mustAcquire(t, g, campaign.CallCreate, "a")
		<-time.After(10 * time.Second)
		mustRelease(t, p, ok())
		if f.renewed < 9 || f.renewed > 10 {
			t.Errorf("renewals in 10 s: got %d, want about 10", f.renewed)
		}
		n, _, _ := f.counts()
		<-time.After(time.Minute)
		if after, _, _ := f.counts(); f.renewed > 10 || after != n {
			t.Errorf("an idle gate spoke to Redis: %d renewals, %d asks", f.renewed, after-n)
		}
	})
}

func TestRedisOutOfReach(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g, f := bubbleGate(t, Limits{Rate: 10, Burst: 1, MaxInFlight: 1})
		f.down = true
		go func() { <-time.After(10 * time.Second); f.set("", func() { f.down = false }) }()
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		p, err := g.Acquire(ctx, campaign.CallCreate, "a")
		if err != nil {
			t.Fatalf("Acquire over ten seconds without Redis: %v", err)
		}
		mustRelease(t, p, ok())
		if asks, _, slots := f.counts(); asks > 110 || slots != 0 {
			t.Errorf("got %d asks and %d slots left, want about 100 and 0", asks, slots)
		}
	})
}

func TestWithoutLimitsRedisIsHardlyAsked(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g, f := bubbleGate(t, Limits{})
		for range 1000 {
			mustRelease(t, mustAcquire(t, g, campaign.CallCreate, "a"), ok())
			<-time.After(time.Millisecond)
		}
		if asks, releases, _ := f.counts(); asks > 15 || releases != 0 {
			t.Errorf("a thousand calls in a second: got %d asks and %d releases, want about 10 and 0", asks, releases)
		}
		if r := mustRelease(t, mustAcquire(t, g, campaign.CallCreate, "a"), down()); r.Streak != 1 {
			t.Errorf("streak: got %d, want 1", r.Streak)
		}
		mustRelease(t, mustAcquire(t, g, campaign.CallCreate, "a"), ok())
		if _, releases, _ := f.counts(); releases != 2 {
			t.Errorf("releases: got %d, want 2: a failure, and the answer that ends its streak", releases)
		}
		f.set(messageHold, func() { f.phase, f.probeAt = record.PhaseHeld, time.Now().Add(time.Minute) })
		if _, err := g.Acquire(context.Background(), campaign.CallCreate, "a"); !errors.Is(err, ErrLater) {
			t.Errorf("on hold: got %v, want ErrLater", err)
		}
		f.set(messageHold, func() { f.phase = "" })
		mustRelease(t, mustAcquire(t, g, campaign.CallCreate, "a"), ok())
	})
}

func TestRunEnds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFake(Limits{Rate: 10, Burst: 1, MaxInFlight: 5})
		opts, err := Options{}.withDefaults()
		if err != nil {
			t.Fatalf("defaults: %v", err)
		}
		g := newGate(account, f.model.limits, opts, f, f.watch)
		stop := startGate(t, g)
		var wg sync.WaitGroup
		var s served
		crowdOf(context.Background(), t, g, 20, campaign.CallCreate, &wg, s.in)
		p := mustAcquire(t, g, campaign.CallConfirm, "under way")
		stop()
		wg.Wait()
		if _, err := g.Acquire(context.Background(), campaign.CallCreate, "a"); !errors.Is(err, ErrStopped) {
			t.Errorf("after Run: got %v, want ErrStopped", err)
		}
		mustRelease(t, p, ok())
		if _, _, slots := f.counts(); slots != 0 {
			t.Errorf("slots after Run and the last call: got %d, want 0", slots)
		}
		if err := g.Run(context.Background()); err == nil {
			t.Errorf("second Run: got nil, want an error")
		}
	})
}

func TestNewGateRefusesNonsense(t *testing.T) {
	t.Parallel()
	for name, make := range map[string]func() (*Gate, error){
		"no account": func() (*Gate, error) { return NewGate(nil, "", Defaults(), Options{}) },
		"bad limits": func() (*Gate, error) { return NewGate(nil, account, Limits{Rate: -1}, Options{}) },
		"bad option": func() (*Gate, error) { return NewGate(nil, account, Defaults(), Options{Timeout: -1}) },
	} {
		if g, err := make(); err == nil || g != nil {
			t.Errorf("%s: got %v, %v, want an error", name, g, err)
		}
	}
	g, err := NewGate(nil, account, Defaults(), Options{})
	if err != nil {
		t.Fatalf("NewGate: %v", err)
	}
	if _, err := g.Acquire(context.Background(), "nonsense", "a"); err == nil {
		t.Errorf("an unknown call: got nil, want an error")
	}
}

func TestAGrantThatCameDueTooLongAgoIsNotHandedOut(t *testing.T) {
	t.Parallel()
	g := newGate(account, Defaults(), Options{
		Now: epoch, Name: func() string { return "g" }, OnWait: func(campaign.Call, time.Duration) {},
	}, nil, nil)
	w, _, err := g.allocator.enter(rank{call: campaign.CallCreate}, "a")
	if err != nil {
		t.Fatalf("enter: %v", err)
	}
	g.allocator.matcher.grants = grantPool{
		{token: "late", due: epoch().Add(-time.Second), void: epoch().Add(-time.Millisecond)},
		{token: "good", due: epoch(), void: epoch().Add(time.Millisecond)},
	}
	next, _ := g.allocator.step()
	if r := <-w.result; r.call == nil || r.call.token != "good" {
		t.Errorf("handed out: got %+v, want the grant that is not void", r)
	}
	if next == nil || len(next.unused) != 1 || next.unused[0].tokens[0] != "late" {
		t.Errorf("next round trip: got %+v, want the void grant given back", next)
	}
}
