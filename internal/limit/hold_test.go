package limit

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/holdstore"
	"github.com/octoq/octoq/internal/key"
	"github.com/octoq/octoq/internal/record"
)

func mustGet(t *testing.T, h *holdstore.Store) *record.Hold {
	t.Helper()
	hold, _, err := h.Get(context.Background())
	if err != nil {
		t.Fatalf("Get: %v", err)
	}
	return hold
}

func mustSwap(t *testing.T, h *holdstore.Store, before, after *record.Hold) {
	t.Helper()
	if done, err := h.Swap(context.Background(), before, after); !done || err != nil {
		t.Fatalf("Swap(%+v, %+v): got %v, %v, want true", before, after, done, err)
	}
}

func badCredentials(probeAt time.Time) *record.Hold {
	return &record.Hold{
		Account: account, Reason: record.HoldAccount, Phase: record.PhaseHeld, Code: 101,
		Message: "wrong login | really", Call: campaign.CallCreate, By: "c1", ProbeAt: probeAt, LastBy: "c1",
	}
}

func TestALiftedHoldEndsTheStreak(t *testing.T) {
	t.Parallel()
	l, _ := mini(t, Limits{MaxInFlight: 1})
	h := holdstore.New(l.rdb, account)
	mustGive(t, l, outcomeOf("x", "c1", apiDown))
	mustSwap(t, h, nil, badCredentials(time.Time{}))
	mustSwap(t, h, mustGet(t, h), nil)
	if streak, _ := mustGive(t, l, outcomeOf("y", "c1", apiDown)); streak != 1 {
		t.Errorf("streak after a hold: got %d, want 1", streak)
	}
}

// asks asks on behalf of one call, which gives its slot back at once.
func asks(t *testing.T, l *limiter, token string, call campaign.Call, id string) reservation {
	t.Helper()
	a := mustAsk(t, l, grantRequest{token: token, want: 2, waiters: []*waiter{{rank: rank{call: call}, id: id}}})
	for i := range a.grants {
		mustGive(t, l, slotRelease{tokens: []string{slotToken(token, i+1)}, health: apiUnknown})
	}
	return a
}

func TestOnlyProbesPassAHold(t *testing.T) {
	t.Parallel()
	type step struct {
		after   time.Duration
		call    campaign.Call
		id      string
		pass    bool
		release record.Class // of a probe that passes
	}
	const create, status, confirm, balance = campaign.CallCreate, campaign.CallStatus, campaign.CallConfirm, campaign.CallBalance
	for _, c := range []struct {
		name  string
		phase record.HoldPhase
		code  int
		call  campaign.Call // that was refused
		steps []step
	}{
		{"held", record.PhaseHeld, 101, "", []step{
			{call: create, id: "a"}, {call: confirm, id: "b"}, {call: campaign.CallCancel, id: "c"},
			{call: balance, pass: true},
		}},
		{"half-open: contacts probe nothing", record.PhaseHalfOpen, 101, "", []step{
			{call: record.CallContacts}, {after: 10 * time.Second, call: record.CallContacts}, {call: status, id: "a", pass: true},
		}},
		{"half-open: one campaign, all its calls", record.PhaseHalfOpen, 101, "", []step{
			{call: status, id: "a", pass: true}, {call: create, id: "b"}, {call: confirm, id: "a", pass: true},
			{call: balance, pass: true},
			{after: 29 * time.Second, call: create, id: "b"},
			{after: 2 * time.Second, call: create, id: "b", pass: true}, // a has crashed
			{call: create, id: "a"},
		}},
		{"half-open: others before the one that closed it", record.PhaseHalfOpen, 101, "", []step{
			{call: create, id: "last"}, {after: time.Second, call: create, id: "a", pass: true},
			{after: 4 * time.Second, call: create, id: "last"},
		}},
		{"half-open: the one that closed it, if alone", record.PhaseHalfOpen, 101, "", []step{
			{after: 3900 * time.Millisecond, call: create, id: "last"},
			{after: 100 * time.Millisecond, call: create, id: "last", pass: true},
		}},
		{"half-open: first the kind of call that was refused", record.PhaseHalfOpen, 104, confirm, []step{
			{call: status, id: "a"}, {call: create, id: "c"}, {after: 1900 * time.Millisecond, call: create, id: "c"},
			{call: confirm, id: "b", pass: true}, {after: 3 * time.Second, call: status, id: "a"},
		}},
		{"half-open: after 105 the status comes before the confirm", record.PhaseHalfOpen, 105, confirm, []step{
			{call: create, id: "a"}, {call: status, id: "b", pass: true}, {call: confirm, id: "b", pass: true},
		}},
		{"half-open: another kind, if alone", record.PhaseHalfOpen, 104, confirm, []step{
			{after: 2 * time.Second, call: status, id: "a", pass: true}, {call: confirm, id: "b"},
		}},
		{"half-open: the one that closed it comes after other kinds, too", record.PhaseHalfOpen, 104, confirm, []step{
			{call: confirm, id: "last"}, {call: create, id: "a"}, {after: 2 * time.Second, call: confirm, id: "last"},
			{call: create, id: "a", pass: true}, {after: 4 * time.Second, call: confirm, id: "last"},
		}},
		{"half-open: an outcome that ends the campaign frees the seat", record.PhaseHalfOpen, 104, create, []step{
			{call: create, id: "a", pass: true, release: record.ClassRejected}, {call: create, id: "b", pass: true},
		}},
		{"half-open: one that goes on keeps it for a while", record.PhaseHalfOpen, 104, confirm, []step{
			{call: confirm, id: "a", pass: true, release: record.ClassPending}, {call: confirm, id: "b"},
			{call: status, id: "a", pass: true, release: record.ClassOK},
			{after: 4 * time.Second, call: confirm, id: "b"}, {after: time.Second, call: confirm, id: "b", pass: true},
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			l, redis := mini(t, Limits{MaxInFlight: 3})
			hold := badCredentials(redis.now.Add(7 * time.Second))
			hold.Phase, hold.Code, hold.Call, hold.LastBy = c.phase, c.code, c.call, "last"
			mustSwap(t, holdstore.New(l.rdb, account), nil, hold)
			for i, s := range c.steps {
				redis.step(s.after)
				token := string(rune('a' + i))
				a := asks(t, l, token, s.call, s.id)
				if (len(a.grants) == 1) != s.pass {
					t.Fatalf("step %d, %s of %s: got %+v, want pass %v", i, s.call, s.id, a, s.pass)
				}
				if !s.pass && a.why != WhyHold {
					t.Errorf("step %d: got %q, want %q", i, a.why, WhyHold)
				}
				if probe := s.pass && s.call != balance && c.phase == record.PhaseHalfOpen; a.probe != probe {
					t.Errorf("step %d: got probe %v, want %v", i, a.probe, probe)
				}
				if s.release != "" {
					mustGive(t, l, slotRelease{
						tokens: []string{token}, health: apiAlive, id: s.id, seat: true,
						keep: seatAfter(record.Outcome{Class: s.release}),
					})
				}
			}
		})
	}
}

func TestAHeldAccountSaysWhenItIsTriedNext(t *testing.T) {
	t.Parallel()
	l, redis := mini(t, Limits{MaxInFlight: 1})
	mustSwap(t, holdstore.New(l.rdb, account), nil, badCredentials(redis.now.Add(7*time.Second)))
	a := asks(t, l, "a", campaign.CallCreate, "a")
	if got := time.Duration(a.at-a.now) * time.Microsecond; got != 7*time.Second {
		t.Errorf("got %v, want 7s", got)
	}
}

func TestTheSeatIsRenewedWithTheSlot(t *testing.T) {
	t.Parallel()
	l, redis := mini(t, Limits{MaxInFlight: 2})
	hold := badCredentials(time.Time{})
	hold.Phase = record.PhaseHalfOpen
	mustSwap(t, holdstore.New(l.rdb, account), nil, hold)
	mustAsk(t, l, grantRequest{token: "a", want: 1, waiters: []*waiter{{rank: rank{call: campaign.CallCreate}, id: "a"}}})
	for range 60 { // a call that takes a minute
		redis.step(time.Second)
		if err := l.renew(context.Background(), []string{"a:1"}, "a"); err != nil {
			t.Fatalf("renew: %v", err)
		}
	}
	if a := asks(t, l, "b", campaign.CallCreate, "b"); len(a.grants) != 0 {
		t.Errorf("the seat of a call under way was given to another")
	}
}

func TestAGateObeysAHoldAtOnce(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, rdb *redis.Client) {
		h := holdstore.New(rdb, account)
		for _, limits := range []Limits{{Rate: 100, Burst: 10, MaxInFlight: 2}, {}} {
			g, stop := runGate(t, rdb, limits)
			mustRelease(t, mustAcquire(t, g, campaign.CallCreate, "a"), ok())
			awaitSubscribers(t, rdb, 1)
			mustSwap(t, h, nil, badCredentials(time.Time{}))
			select {
			case <-g.HoldChanged():
			case <-within(t).Done():
				t.Fatalf("%+v: a change of the hold was not signalled", limits)
			}
			if _, err := g.Acquire(within(t), campaign.CallCreate, "a"); !errors.Is(err, ErrLater) {
				t.Errorf("%+v, on hold: got %v, want ErrLater", limits, err)
			}
			mustRelease(t, mustAcquire(t, g, campaign.CallBalance, ""), ok())

			open := *mustGet(t, h)
			open.Phase = record.PhaseHalfOpen
			mustSwap(t, h, mustGet(t, h), &open)
			p := mustAcquire(t, g, campaign.CallCreate, "b")
			if r := mustRelease(t, p, ok()); !r.Probe {
				t.Errorf("%+v: Report.Probe: got false, want true", limits)
			}
			mustSwap(t, h, mustGet(t, h), nil)
			mustRelease(t, mustAcquire(t, g, campaign.CallCreate, "a"), ok())
			stop()
			awaitSubscribers(t, rdb, 0)
		}
	})
}

// A hold for 126 stops creates; what may be in the way is confirmed and
// cancelled meanwhile, held or half-open.
func TestABlockedHoldStopsCreatesAlone(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, rdb *redis.Client) {
		h := holdstore.New(rdb, account)
		for _, limits := range []Limits{{Rate: 100, Burst: 10, MaxInFlight: 2}, {}} {
			g, stop := runGate(t, rdb, limits)
			awaitSubscribers(t, rdb, 1)
			hold := &record.Hold{Account: account, Reason: record.HoldBlocked, Phase: record.PhaseHeld, Code: 126, Call: campaign.CallCreate, By: "c"}
			mustSwap(t, h, nil, hold)
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
			open.Phase = record.PhaseHalfOpen
			mustSwap(t, h, mustGet(t, h), &open)
			p := mustAcquire(t, g, campaign.CallCreate, "d")
			pass()
			if r := mustRelease(t, p, ok()); !r.Probe {
				t.Errorf("%+v, create when half-open: got no probe", limits)
			}
			mustSwap(t, h, mustGet(t, h), nil)
			stop()
			awaitSubscribers(t, rdb, 0)
		}
	})
}

// awaitSubscribers waits until so many gates listen.
func awaitSubscribers(t *testing.T, rdb *redis.Client, want int64) {
	t.Helper()
	ctx := within(t)
	for {
		n, err := rdb.PubSubNumSub(ctx, key.Released(account)).Result()
		if err != nil {
			t.Fatalf("count subscribers: %v", err)
		}
		if n[key.Released(account)] == want {
			return
		}
		select {
		case <-time.After(5 * time.Millisecond):
		case <-ctx.Done():
			t.Fatalf("subscribers: got %v, want %d", n, want)
		}
	}
}
