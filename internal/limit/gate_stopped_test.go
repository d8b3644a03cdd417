package limit

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/record"
)

func TestLongWaitsSendTheWaiterAway(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name     string
		set      func(f *fake)
		why      string
		from, to time.Duration // LaterError.At, from now
	}{
		{"a long cool-down", func(f *fake) { f.cool = time.Now().Add(7 * time.Second) }, WhyCoolDown, 6900 * time.Millisecond, 7100 * time.Millisecond},
		{"a hold", func(f *fake) { f.phase, f.probeAt = record.PhaseHeld, time.Now().Add(3*time.Second) }, WhyHold, 2900 * time.Millisecond, 3100 * time.Millisecond},
		{"a hold whose probe is far", func(f *fake) { f.phase, f.probeAt = record.PhaseHeld, time.Now().Add(time.Hour) }, WhyHold, 4 * time.Second, 5100 * time.Millisecond},
		{"a half-open hold", func(f *fake) { f.phase = record.PhaseHalfOpen }, WhyHold, 900 * time.Millisecond, 2100 * time.Millisecond},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				g, f := bubbleGate(t, Limits{Rate: 5, Burst: 5, MaxInFlight: 1})
				c.set(f)
				_, err := g.Acquire(context.Background(), campaign.CallCreate, "a")
				var later *LaterError
				if !errors.As(err, &later) || !errors.Is(err, ErrLater) {
					t.Fatalf("got %v, want a LaterError", err)
				}
				if got := time.Until(later.At); later.Why != c.why || got < c.from || got > c.to {
					t.Errorf("got %s in %v, want %s in %v to %v", later.Why, got, c.why, c.from, c.to)
				}
				if _, _, slots := f.counts(); slots != 0 {
					t.Errorf("slots taken: got %d, want none", slots)
				}
			})
		})
	}
}

// A hold by hand has no probe, so Redis says to ask again in a minute. Its end is
// noticed all the same: at once by the message, even by one that overtakes an
// answer from before the end, and within a second where the message is lost.
func TestTheEndOfAHoldIsNoticed(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		before time.Duration // from the request to the end of the hold
		lost   bool
		within time.Duration
	}{
		{"before the answer to a request", 150 * time.Millisecond, false, time.Second / 2},
		{"after the answer", time.Second, false, time.Second / 2},
		{"the message is lost", time.Second / 2, true, 3 * time.Second / 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				g, f := bubbleGate(t, Limits{Rate: 5, Burst: 5, MaxInFlight: 1})
				f.rtt = 200 * time.Millisecond
				f.phase, f.probeAt = record.PhaseHeld, time.Now().Add(time.Minute)
				refused := func() {
					if _, err := g.Acquire(context.Background(), campaign.CallCreate, "a"); !errors.Is(err, ErrLater) {
						t.Errorf("during the hold: got %v, want a LaterError", err)
					}
				}
				refused() // from now on the gate knows of the hold
				var wg sync.WaitGroup
				wg.Go(refused)
				<-time.After(c.before)
				if c.lost {
					f.mu.Lock()
					f.phase = ""
					f.mu.Unlock()
				} else {
					f.set(messageHold, func() { f.phase = "" })
				}
				wg.Wait()
				begin := time.Now()
				mustRelease(t, mustAcquire(t, g, campaign.CallCreate, "a"), ok())
				if got := time.Since(begin); got > c.within {
					t.Errorf("after the hold: waited %v, want at most %v", got, c.within)
				}
			})
		})
	}
}

func TestAShortCoolDownIsWaitedFor(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g, f := bubbleGate(t, Limits{Rate: 5, Burst: 5, MaxInFlight: 1})
		f.cool = time.Now().Add(1500 * time.Millisecond)
		begin := time.Now()
		mustRelease(t, mustAcquire(t, g, campaign.CallCreate, "a"), ok())
		if got := time.Since(begin); got < 1500*time.Millisecond || got > 1600*time.Millisecond {
			t.Errorf("waited %v, want 1.5 s", got)
		}
	})
}

func TestHoldsLetTheirProbesPass(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g, f := bubbleGate(t, Limits{Rate: 100, Burst: 10, MaxInFlight: 1})
		f.phase, f.probeAt = record.PhaseHeld, time.Now().Add(time.Minute)
		p := mustAcquire(t, g, campaign.CallBalance, "")
		if p.Probe() {
			t.Errorf("a balance call is not the campaign that probes")
		}
		mustRelease(t, p, ok())

		f.set(messageHold, func() { f.phase, f.seat = record.PhaseHalfOpen, "second" })
		select {
		case <-g.HoldChanged():
		default:
			t.Errorf("a change of the hold was not signalled")
		}
		var wg sync.WaitGroup
		wg.Go(func() {
			if _, err := g.Acquire(context.Background(), campaign.CallConfirm, "first"); !errors.Is(err, ErrLater) {
				t.Errorf("beside the probe: got %v, want ErrLater", err)
			}
		})
		synctest.Wait()
		p = mustAcquire(t, g, campaign.CallCreate, "second")
		if !p.Probe() {
			t.Errorf("Probe: got false, want true")
		}
		wg.Wait()
		if r := mustRelease(t, p, ok()); !r.Probe {
			t.Errorf("Report.Probe: got false, want true")
		}
		p = mustAcquire(t, g, campaign.CallStatus, "second")
		if r := mustRelease(t, p, record.Outcome{}); r.Probe {
			t.Errorf("Report.Probe of a call that was not made: got true, want false")
		}
		f.set(messageHold, func() { f.phase = "" })
		mustRelease(t, mustAcquire(t, g, campaign.CallConfirm, "first"), ok())
	})
}

func TestReservedGrantsEndWithAHoldOrCoolDown(t *testing.T) {
	t.Parallel()
	for _, what := range []string{messageHold, messageCool} {
		synctest.Test(t, func(t *testing.T) {
			g, f := bubbleGate(t, Limits{Rate: 10, Burst: 1, MaxInFlight: 20})
			ctx, cancel := context.WithCancel(context.Background())
			var wg sync.WaitGroup
			var s served
			crowdOf(ctx, t, g, 20, campaign.CallCreate, &wg, s.in)
			<-time.After(time.Second)
			before := len(s.calls)
			f.set(what, func() {
				f.cool = time.Now().Add(1900 * time.Millisecond)
				if what == messageHold {
					f.phase, f.probeAt = record.PhaseHeld, time.Now().Add(time.Minute)
				}
			})
			<-time.After(1800 * time.Millisecond)
			if got := len(s.calls) - before; got != 0 {
				t.Errorf("after %q: got %d calls, want none", what, got)
			}
			if _, _, slots := f.counts(); slots != 0 {
				t.Errorf("after %q: %d slots are taken, want none", what, slots)
			}
			cancel()
			wg.Wait()
		})
	}
}

func TestAnAnswerThatACoolDownOvertookIsNotUsed(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g, f := bubbleGate(t, Limits{Rate: 10, Burst: 10, MaxInFlight: 1})
		f.rtt = 200 * time.Millisecond
		begin := time.Now()
		go func() {
			<-time.After(150 * time.Millisecond) // granted at 100 ms, heard of at 200 ms
			f.set(messageCool, func() { f.cool = begin.Add(1500 * time.Millisecond) })
		}()
		mustRelease(t, mustAcquire(t, g, campaign.CallCreate, "a"), ok())
		if got := time.Since(begin); got < 1500*time.Millisecond {
			t.Errorf("let in after %v, in a cool-down of 1.5 s", got)
		}
	})
}
