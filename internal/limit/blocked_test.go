package limit

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/key"
)

func TestRowsOfBlockedCreates(t *testing.T) {
	t.Parallel()
	l, redis := mini(t, Limits{})
	h := NewHolds(l.rdb, account)
	for i, s := range []struct {
		name    string
		after   time.Duration
		created bool // a create was accepted since
		lifted  bool // a hold was
		lasts   time.Duration
		answers int
	}{
		{name: "the first"},
		{name: "the next", after: 9 * time.Minute, lasts: 9 * time.Minute, answers: 1},
		{name: "another", after: 10 * time.Minute, lasts: 19 * time.Minute, answers: 2},
		{name: "a create was accepted", after: time.Minute, created: true},
		{name: "a new row", after: time.Minute, lasts: time.Minute, answers: 1},
		{name: "none for a while", after: 10*time.Minute + time.Millisecond},
		{name: "a row again", after: time.Second, lasts: time.Second, answers: 1},
		{name: "a hold was lifted", after: time.Second, lifted: true},
	} {
		redis.step(s.after)
		if s.created {
			l.rdb.HIncrBy(context.Background(), key.Meta(account), "creates", 1)
		}
		if s.lifted {
			wantSwap(t, h, nil, badCredentials(time.Time{}), true)
			wantSwap(t, h, mustGet(t, h), nil, true)
		}
		lasts, answers, err := h.Blocked(context.Background())
		if lasts != s.lasts || answers != s.answers+1 || err != nil {
			t.Errorf("%d, %s: got %v, %d, %v, want %v, %d", i, s.name, lasts, answers, err, s.lasts, s.answers+1)
		}
	}
}

// A hold for 126 stops creates; what may be in the way is confirmed and
// cancelled meanwhile, held or half-open.
func TestABlockedHoldStopsCreatesAlone(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, rdb *redis.Client) {
		h := NewHolds(rdb, account)
		for _, limits := range []Limits{{Rate: 100, Burst: 10, MaxInFlight: 2}, {}} {
			g, stop := runGate(t, rdb, limits)
			awaitSubscribers(t, rdb, 1)
			hold := &campaign.Hold{Account: account, Reason: campaign.HoldBlocked, Phase: campaign.PhaseHeld, Code: 126, Call: campaign.CallCreate, By: "c"}
			wantSwap(t, h, nil, hold, true)
			refused := make(chan error, 1)
			go func() {
				_, err := g.Acquire(within(t), campaign.CallCreate, "c")
				refused <- err
			}()
			pass := func() {
				t.Helper()
				for _, call := range []campaign.Call{campaign.CallConfirm, campaign.CallCancel, campaign.CallStatus, campaign.CallBalance} {
					if r := mustRelease(t, mustAcquire(t, g, call, "x"), ok()); r.Probe {
						t.Errorf("%+v, %s: got a probe, want a call like any", limits, call)
					}
				}
			}
			pass()
			if err := <-refused; !errors.Is(err, ErrLater) {
				t.Errorf("%+v, create: got %v, want ErrLater", limits, err)
			}
			open := *mustGet(t, h)
			open.Phase = campaign.PhaseHalfOpen
			wantSwap(t, h, mustGet(t, h), &open, true)
			p := mustAcquire(t, g, campaign.CallCreate, "d")
			pass()
			if r := mustRelease(t, p, ok()); !r.Probe {
				t.Errorf("%+v, create when half-open: got no probe", limits)
			}
			wantSwap(t, h, mustGet(t, h), nil, true)
			stop()
			awaitSubscribers(t, rdb, 0)
		}
	})
}
