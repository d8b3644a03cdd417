package limit

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/redis/go-redis/v9"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/holdstore"
	"github.com/octoq/octoq/internal/key"
	"github.com/octoq/octoq/internal/record"
)

func mustAsk(t *testing.T, l *limiter, a grantRequest) reservation {
	t.Helper()
	got, err := l.acquire(context.Background(), a)
	if err != nil {
		t.Fatalf("acquire %s: %v", a.token, err)
	}
	return got
}

func mustGive(t *testing.T, l *limiter, r slotRelease) (streak, campaigns int) {
	t.Helper()
	streak, campaigns, err := l.release(context.Background(), r)
	if err != nil {
		t.Fatalf("release %v: %v", r.tokens, err)
	}
	return streak, campaigns
}

// outcome is the release of one call.
func outcomeOf(token, id string, v apiHealth) slotRelease {
	return slotRelease{tokens: []string{token}, id: id, health: v}
}

func TestRepeatedScriptsCountOnce(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, rdb *redis.Client) {
		l := newLimiter(rdb, account, Limits{Rate: 10, Burst: 1, MaxInFlight: 5})
		first := mustAsk(t, l, grantRequest{token: "a", want: 3})
		again := mustAsk(t, l, grantRequest{token: "a", want: 3})
		if diff := cmp.Diff(first.grants, again.grants); diff != "" || len(first.grants) != 3 {
			t.Errorf("grants of a repeat (-first +again):\n%s", diff)
		}
		if n := rdb.ZCard(context.Background(), key.Slots(account)).Val(); n != 3 {
			t.Errorf("slots: got %d, want 3", n)
		}
		next := mustAsk(t, l, grantRequest{token: "b", want: 1})
		if got, want := next.grants[0]-first.grants[2], int64(100_000); got != want {
			t.Errorf("next grant: got %d µs after the last, want %d: a repeat used up rate", got, want)
		}

		for range 2 {
			if streak, campaigns := mustGive(t, l, outcomeOf("a:1", "x", apiDown)); streak != 1 || campaigns != 1 {
				t.Errorf("streak: got %d over %d campaigns, want 1 over 1", streak, campaigns)
			}
		}
		if n := rdb.ZCard(context.Background(), key.Slots(account)).Val(); n != 3 {
			t.Errorf("slots after a repeated release: got %d, want 3", n)
		}
	})
}

func TestSlotsAreLeases(t *testing.T) {
	t.Parallel()
	l, redis := mini(t, Limits{MaxInFlight: 2})
	if a := mustAsk(t, l, grantRequest{token: "a", want: 3}); len(a.grants) != 2 || a.why != WhySlots {
		t.Fatalf("got %d grants and %q, want 2 and %q", len(a.grants), a.why, WhySlots)
	}
	redis.step(4 * time.Second)
	if err := l.renew(context.Background(), []string{"a:1", "unknown"}, ""); err != nil {
		t.Fatalf("renew: %v", err)
	}
	redis.step(2 * time.Second) // a:2 belonged to a process that crashed
	if a := mustAsk(t, l, grantRequest{token: "b", want: 2}); len(a.grants) != 1 {
		t.Errorf("after one lease has ended: got %d grants, want 1", len(a.grants))
	}
	if err := l.renew(context.Background(), []string{"a:2"}, ""); err != nil {
		t.Fatalf("renew: %v", err)
	}
	if a := mustAsk(t, l, grantRequest{token: "c", want: 1}); a.why != WhySlots {
		t.Errorf("a lease that had ended was renewed: got %q, want %q", a.why, WhySlots)
	}
	mustGive(t, l, outcomeOf("b:1", "", apiUnknown))
	if a := mustAsk(t, l, grantRequest{token: "d", want: 1}); len(a.grants) != 1 {
		t.Errorf("after a release: got %d grants, want 1", len(a.grants))
	}
}

func TestAClockThatStepsBackDoesNotStopTheAccount(t *testing.T) {
	t.Parallel()
	l, redis := mini(t, Limits{Rate: 10, Burst: 1, MaxInFlight: 2})
	mustAsk(t, l, grantRequest{token: "a", want: 2})
	redis.set(epoch().Add(-time.Hour))
	a := mustAsk(t, l, grantRequest{token: "b", want: 2})
	if a.why == WhySlots {
		t.Errorf("slots are taken by leases of the future")
	}
	if got := time.Duration(a.at-a.now) * time.Microsecond; got > time.Second {
		t.Errorf("the next call: got in %v, want within a second", got)
	}
}

func TestCoolDown(t *testing.T) {
	t.Parallel()
	l, redis := mini(t, Limits{MaxInFlight: 10})
	wait := func(token string) time.Duration {
		a := mustAsk(t, l, grantRequest{token: token, want: 1})
		if a.why != WhyCoolDown {
			return 0
		}
		return time.Duration(a.at-a.now) * time.Microsecond
	}
	want := func(what string, got, want time.Duration) {
		t.Helper()
		if got != want {
			t.Errorf("%s: got %v, want %v", what, got, want)
		}
	}
	throttled := slotRelease{tokens: []string{"x"}, health: apiAlive, throttled: true}

	mustGive(t, l, slotRelease{tokens: []string{"x"}, health: apiAlive, cool: 7 * time.Second})
	mustGive(t, l, slotRelease{tokens: []string{"x"}, health: apiAlive, cool: 3 * time.Second})
	want("a shorter Retry-After after a longer one", wait("a"), 7*time.Second)
	redis.step(7 * time.Second)
	want("after it", wait("b"), 0)

	mustGive(t, l, throttled)
	mustGive(t, l, throttled)
	want("two 429 at once", wait("c"), time.Second)
	redis.step(time.Second)
	mustGive(t, l, throttled)
	want("a 429 after the cool-down", wait("d"), 2*time.Second)
	redis.step(2 * time.Second)
	mustGive(t, l, outcomeOf("x", "", apiAlive))
	mustGive(t, l, throttled)
	want("a 429 after a good answer", wait("e"), time.Second)

	mustGive(t, l, slotRelease{tokens: []string{"x"}, health: apiDown, id: "i", cool: 1000 * time.Hour})
	want("a Retry-After beyond reason", wait("f"), time.Hour)
}

// A cool-down of a clock that was fast is none that the API asked for, and
// does not stand in the way of the next.
func TestACoolDownFromTheFutureEndsWithItsClock(t *testing.T) {
	t.Parallel()
	const asked = retryAfterCap
	for _, c := range []struct {
		name string
		back time.Duration // by which the clock steps
		want time.Duration
	}{
		{"the clock steps by a little", time.Second, asked + time.Second},
		{"the clock steps by two hours", 2 * time.Hour, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			l, redis := mini(t, Limits{MaxInFlight: 10})
			wait := func(token string) time.Duration {
				a := mustAsk(t, l, grantRequest{token: token, want: 1})
				if a.why != WhyCoolDown {
					return 0
				}
				return time.Duration(a.at-a.now) * time.Microsecond
			}
			mustGive(t, l, slotRelease{tokens: []string{"x"}, health: apiAlive, cool: asked})
			redis.step(-c.back)
			if got := wait("a"); got != c.want {
				t.Errorf("cool-down of the old clock: got %v, want %v", got, c.want)
			}
			mustGive(t, l, slotRelease{tokens: []string{"y"}, health: apiAlive, throttled: true})
			if got, want := wait("b"), max(c.want, coolDown); got != want {
				t.Errorf("after another 429: got %v, want %v", got, want)
			}
		})
	}
}

func TestStreak(t *testing.T) {
	t.Parallel()
	l, _ := mini(t, Limits{MaxInFlight: 10})
	for i, c := range []struct {
		id                string
		v                 apiHealth
		streak, campaigns int
	}{
		{"aa", apiDown, 1, 1},
		{"aa", apiDown, 2, 1},
		{"b", apiDown, 3, 2},
		{"b", apiUnknown, 3, 2},
		{"a", apiDown, 4, 3}, // another id, though a known one contains it
		{"a", apiAlive, 0, 0},
		{"b", apiDown, 1, 1},
	} {
		token := string(rune('a' + i))
		streak, campaigns := mustGive(t, l, outcomeOf(token, c.id, c.v))
		if streak != c.streak || campaigns != c.campaigns {
			t.Errorf("answer %d: got %d over %d, want %d over %d", i, streak, campaigns, c.streak, c.campaigns)
		}
	}
}

func TestClassifyHealth(t *testing.T) {
	t.Parallel()
	type o = record.Outcome
	for _, c := range []struct {
		call campaign.Call
		o    record.Outcome
		want apiHealth
	}{
		{campaign.CallCreate, o{}, apiUnknown},
		{campaign.CallBalance, o{Class: record.ClassOK}, apiUnknown},
		{record.CallContacts, o{Class: record.ClassTransient}, apiUnknown},
		{campaign.CallCreate, o{Class: record.ClassOK, HTTPStatus: 201}, apiAlive},
		{campaign.CallCreate, o{Class: record.ClassRejected, HTTPStatus: 400}, apiAlive},
		{campaign.CallCreate, o{Class: record.ClassAccount, HTTPStatus: 401}, apiAlive},
		{campaign.CallCreate, o{Class: record.ClassThrottled, HTTPStatus: 429}, apiAlive},
		{campaign.CallCreate, o{Class: record.ClassTransient, HTTPStatus: 400, Code: 126}, apiAlive},
		{campaign.CallCreate, o{Class: record.ClassTransient, HTTPStatus: 500}, apiDown},
		{campaign.CallStatus, o{Class: record.ClassTransient, HTTPStatus: 408}, apiDown},
		{campaign.CallStatus, o{Class: record.ClassTransient}, apiDown},
		{campaign.CallConfirm, o{Class: record.ClassUnanswered}, apiDown},
		{campaign.CallConfirm, o{Class: record.ClassNotSent}, apiDown},
	} {
		if got := classifyHealth(c.call, c.o); got != c.want {
			t.Errorf("classifyHealth(%s, %+v): got %v, want %v", c.call, c.o, got, c.want)
		}
	}
}

func TestWhatIsPublished(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, rdb *redis.Client) {
		l, h, ctx := newLimiter(rdb, account, Limits{MaxInFlight: 1}), holdstore.New(rdb, account), within(t)
		sub := rdb.Subscribe(ctx, key.Released(account))
		t.Cleanup(func() { _ = sub.Close() })
		if _, err := sub.Receive(ctx); err != nil {
			t.Fatalf("subscribe: %v", err)
		}
		want := func(what string) {
			t.Helper()
			m, err := sub.ReceiveMessage(ctx)
			if err != nil {
				t.Fatalf("receive: %v", err)
			}
			if m.Payload != what {
				t.Errorf("published: got %q, want %q", m.Payload, what)
			}
		}
		mustAsk(t, l, grantRequest{token: "a", want: 1})
		mustGive(t, l, outcomeOf("a:1", "x", apiAlive))
		mustGive(t, l, outcomeOf("a:1", "x", apiAlive)) // frees nothing and publishes nothing
		want(messageSlot)
		mustGive(t, l, slotRelease{tokens: []string{"b"}, health: apiAlive, cool: time.Second})
		want(messageCool)
		mustSwap(t, h, nil, badCredentials(time.Time{}))
		want(messageHold)
		mustSwap(t, h, mustGet(t, h), nil)
		want(messageHold)
	})
}
