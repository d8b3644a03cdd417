package holdstore

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/redis/go-redis/v9"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/key"
	"github.com/octoq/octoq/internal/record"
	"github.com/octoq/octoq/internal/redistest"
)

const account = "acc"

// mini is a store on a miniredis whose clock the test moves.
func mini(t *testing.T) (*Store, *stopped) {
	t.Helper()
	m := &stopped{Miniredis: miniredis.RunT(t)}
	m.step(0)
	rdb := redis.NewClient(&redis.Options{Addr: m.Addr()})
	t.Cleanup(func() { _ = rdb.Close() })
	return New(rdb, account), m
}

// stopped is a miniredis whose clock stands still between two steps.
type stopped struct {
	*miniredis.Miniredis
	passed time.Duration
}

func (s *stopped) step(d time.Duration) {
	s.passed += d
	s.SetTime(time.Unix(1_800_000_000, 0).Add(s.passed))
}

// onBoth runs a test on a real Redis and on miniredis.
func onBoth(t *testing.T, test func(t *testing.T, rdb *redis.Client)) {
	t.Run("redis", func(t *testing.T) {
		t.Parallel()
		test(t, redistest.Start(t).Client())
	})
	t.Run("miniredis", func(t *testing.T) {
		t.Parallel()
		rdb := redis.NewClient(&redis.Options{Addr: miniredis.RunT(t).Addr()})
		t.Cleanup(func() { _ = rdb.Close() })
		test(t, rdb)
	})
}

func mustGet(t *testing.T, s *Store) *record.Hold {
	t.Helper()
	hold, _, err := s.Get(context.Background())
	if err != nil {
		t.Fatalf("Get: %v", err)
	}
	return hold
}

func wantSwap(t *testing.T, s *Store, before, after *record.Hold, want bool) {
	t.Helper()
	got, err := s.Swap(context.Background(), before, after)
	if err != nil {
		t.Fatalf("Swap: %v", err)
	}
	if got != want {
		t.Errorf("Swap(%+v, %+v): got %v, want %v", before, after, got, want)
	}
}

func badCredentials(probeAt time.Time) *record.Hold {
	return &record.Hold{
		Account: account, Reason: record.HoldAccount, Phase: record.PhaseHeld, Code: 101,
		Message: "wrong login | really", Call: campaign.CallCreate, By: "c1", ProbeAt: probeAt, LastBy: "c1",
	}
}

func TestHoldsKeepWhatIsWritten(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, rdb *redis.Client) {
		h := New(rdb, account)
		if got := mustGet(t, h); got != nil {
			t.Fatalf("without a hold: got %+v, want nil", got)
		}
		if got, now, err := h.Find(t.Context()); got != nil || !now.IsZero() || err != nil {
			t.Errorf("found without a hold: %+v at %v, %v, want none and no time", got, now, err)
		}
		want := badCredentials(time.UnixMilli(1_800_000_005_000).UTC())
		wantSwap(t, h, nil, want, true)
		wantSwap(t, h, nil, want, true) // the script is repeated
		got := mustGet(t, h)
		found, now, err := h.Find(t.Context())
		if diff := cmp.Diff(got, found); diff != "" || now.Before(got.Since) || err != nil {
			t.Errorf("found at %v, %v (-want +got):\n%s", now, err, diff)
		}
		if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(record.Hold{}, "Since")); diff != "" {
			t.Errorf("hold (-want +got):\n%s", diff)
		}
		if age := time.Since(got.Since); age < -time.Second || age > 10*time.Second {
			t.Errorf("since: got %v ago, want now", age)
		}
		other := *want
		other.By, other.Reason = "c2", record.HoldUnavailable
		wantSwap(t, h, nil, &other, false)
		if diff := cmp.Diff(got, mustGet(t, h)); diff != "" {
			t.Errorf("after a refused change (-want +got):\n%s", diff)
		}
	})
}

func TestHoldsAreLiftedOnce(t *testing.T) {
	t.Parallel()
	h, redis := mini(t)
	wantSwap(t, h, nil, badCredentials(time.Time{}), true)
	first := mustGet(t, h)

	redis.step(10 * time.Second)
	byHand := &record.Hold{Account: account, Reason: record.HoldOperator, Phase: record.PhaseHeld, By: "eve", Tries: 1}
	wantSwap(t, h, first, byHand, true)
	second := mustGet(t, h)
	if !second.Since.Equal(first.Since) {
		t.Errorf("since: got %v, want %v as before", second.Since, first.Since)
	}
	wantSwap(t, h, first, nil, false)

	redis.step(5 * time.Second)
	wantSwap(t, h, second, nil, true)
	wantSwap(t, h, second, nil, true)
	if got, err := h.rdb.Get(context.Background(), key.Held(account)).Int(); err != nil || got != 15_000 {
		t.Errorf("held: got %d, %v, want 15000 ms", got, err)
	}
	wantSwap(t, h, nil, badCredentials(time.Time{}), true)
	redis.step(2 * time.Second)
	wantSwap(t, h, mustGet(t, h), nil, true)
	if got, err := h.rdb.Get(context.Background(), key.Held(account)).Int(); err != nil || got != 17_000 {
		t.Errorf("held after another hold: got %d, %v, want 17000 ms", got, err)
	}
}

func TestMarksOutliveTheHold(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, rdb *redis.Client) {
		h, ctx := New(rdb, account), context.Background()
		wantSwap(t, h, nil, badCredentials(time.Time{}), true)
		err := errors.Join(
			h.Mark(ctx, campaign.StageCreate, true), h.Mark(ctx, campaign.StageStatus, false),
			h.Mark(ctx, campaign.StageConfirm, true), h.Unmark(ctx, campaign.StageConfirm),
		)
		if err != nil {
			t.Fatalf("mark: %v", err)
		}
		hold := mustGet(t, h)
		if diff := cmp.Diff([]campaign.Stage{campaign.StageCreate}, hold.Paused); diff != "" {
			t.Errorf("paused (-want +got):\n%s", diff)
		}
		wantSwap(t, h, hold, nil, true)
		marks, err := h.Marks(ctx)
		want := map[campaign.Stage]bool{campaign.StageCreate: true, campaign.StageStatus: false}
		if diff := cmp.Diff(want, marks); diff != "" || err != nil {
			t.Errorf("marks after the hold, %v (-want +got):\n%s", err, diff)
		}
	})
}

func TestAHoldThatCannotBeReadIsAnError(t *testing.T) {
	t.Parallel()
	s, _ := mini(t)
	s.rdb.HSet(context.Background(), key.Hold(account), fieldSince, "yesterday")
	if h, _, err := s.Get(context.Background()); err == nil {
		t.Errorf("got %+v, want an error", h)
	}
}

func TestRowsOfBlockedCreates(t *testing.T) {
	t.Parallel()
	h, redis := mini(t)
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
			h.rdb.HIncrBy(context.Background(), key.Meta(account), "creates", 1)
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

// A user that may not publish can hold an account and lift the hold all the same.
func TestWithoutChannels(t *testing.T) {
	t.Parallel()
	h := New(redistest.Start(t).User(redistest.NoChannels).Client(), "shop")
	after := record.Hold{Account: "shop", Reason: record.HoldOperator, Phase: record.PhaseHeld, By: "operator"}
	if done, err := h.Swap(t.Context(), nil, &after); !done || err != nil {
		t.Fatalf("set: got %v, %v, want true", done, err)
	}
	held, _, err := h.Get(t.Context())
	if err != nil || held == nil {
		t.Fatalf("get: got %v, %v, want a hold", held, err)
	}
	if done, err := h.Swap(t.Context(), held, nil); !done || err != nil {
		t.Errorf("lift: got %v, %v, want true", done, err)
	}
}
