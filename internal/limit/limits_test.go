package limit

import (
	"context"
	"math"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestLimitsValidate(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		limits Limits
		valid  bool
	}{
		{"defaults", Defaults(), true},
		{"no limits", Limits{}, true},
		{"calls only", Limits{MaxInFlight: 3}, true},
		{"rate only", Limits{Rate: 0.5, Burst: 1}, true},
		{"the highest rate", Limits{Rate: maxRate, Burst: maxBurst}, true},
		{"a rate beyond it", Limits{Rate: maxRate + 1, Burst: 1}, false},
		{"a rate without burst", Limits{Rate: 5}, false},
		{"a burst beyond reason", Limits{Rate: 5, Burst: maxBurst + 1}, false},
		{"a negative rate", Limits{Rate: -1, Burst: 1}, false},
		{"no number", Limits{Rate: math.NaN(), Burst: 1}, false},
		{"no end", Limits{Rate: math.Inf(1), Burst: 1}, false},
		{"hardly any", Limits{Rate: 1e-9, Burst: 1}, false},
		{"negative calls", Limits{MaxInFlight: -1}, false},
	} {
		if err := c.limits.Validate(); (err == nil) != c.valid {
			t.Errorf("%s: got %v, want valid %v", c.name, err, c.valid)
		}
	}
}

func TestBurstIsSharedByBurstsAndLateness(t *testing.T) {
	t.Parallel()
	type parts struct{ interval, late, tolerance, ahead time.Duration }
	const us, ms = time.Microsecond, time.Millisecond
	for _, c := range []struct {
		limits Limits
		want   parts
	}{
		{Limits{Rate: 5, Burst: 5}, parts{200 * ms, 500 * ms, 500 * ms, 400 * ms}},
		{Limits{Rate: 50, Burst: 5}, parts{20 * ms, 100 * ms, 0, 300 * ms}},
		{Limits{Rate: 100, Burst: 100}, parts{10 * ms, 500 * ms, 500 * ms, 300 * ms}},
		{Limits{Rate: 100, Burst: 1}, parts{10 * ms, 10 * ms, 0, 300 * ms}},
		{Limits{Rate: 0.1, Burst: 1}, parts{10_000 * ms, 1000 * ms, 8000 * ms, 1000 * ms}},
		{Limits{Rate: 0.5, Burst: 1}, parts{2000 * ms, 500 * ms, 500 * ms, 1000 * ms}},
		{Limits{Rate: 3, Burst: 1}, parts{333_334 * us, 166_668 * us, 166_668 * us, 666_668 * us}},
		{Limits{}, parts{0, 1000 * ms, 0, 300 * ms}},
	} {
		got := parts{c.limits.interval(), c.limits.late(), c.limits.tolerance(), c.limits.ahead()}
		if diff := cmp.Diff(c.want, got, cmp.AllowUnexported(parts{})); diff != "" {
			t.Errorf("%+v (-want +got):\n%s", c.limits, diff)
		}
	}
}

// model is GCRA in Go, on a clock of microseconds.
type model struct {
	limits Limits
	tat    int64
}

// take returns the times of up to want grants asked for at now.
func (m *model) take(now int64, want int) (grants []int64) {
	interval, tolerance := m.limits.interval().Microseconds(), m.limits.tolerance().Microseconds()
	for range want {
		at := max(now, m.tat-tolerance)
		if at > now+m.limits.ahead().Microseconds() {
			break
		}
		grants = append(grants, at)
		m.tat = max(m.tat, at) + interval
	}
	return grants
}

func TestScriptCountsLikeTheModelAndNeverBeyondTheLimit(t *testing.T) {
	t.Parallel()
	l, redis := mini(t, Limits{})
	rapid.Check(t, func(rt *rapid.T) {
		redis.FlushAll()
		l.limits = Limits{
			Rate:  rapid.SampledFrom([]float64{0.5, 1, 3, 5, 20, 50, 100}).Draw(rt, "rate"),
			Burst: rapid.IntRange(1, 20).Draw(rt, "burst"),
		}
		m := model{limits: l.limits}
		now := epoch()
		var all []int64
		for i := range rapid.IntRange(1, 6).Draw(rt, "asks") {
			now = now.Add(time.Duration(rapid.IntRange(0, 1_200_000).Draw(rt, "pause")) * time.Microsecond)
			redis.set(now)
			want := rapid.IntRange(1, batch).Draw(rt, "want")
			a, err := l.acquire(context.Background(), grantRequest{token: strconv.Itoa(i), want: want})
			if err != nil {
				rt.Fatalf("acquire: %v", err)
			}
			if diff := cmp.Diff(m.take(micros(now), want), a.grants); diff != "" {
				rt.Fatalf("grants (-model +script):\n%s", diff)
			}
			if (a.why == "") != (len(a.grants) == want) {
				rt.Fatalf("why: got %q with %d of %d grants", a.why, len(a.grants), want)
			}
			all = append(all, a.grants...)
		}
		assertSlidingSecond(rt, l.limits, all)
	})
}

// assertSlidingSecond checks the promise: whichever of the calls reach the API
// late, each by less than the lateness that is allowed for, no sliding second
// sees more than rate + burst.
func assertSlidingSecond(t *rapid.T, l Limits, grants []int64) {
	window := (time.Second + l.late()).Microseconds()
	from := 0
	for i, g := range grants {
		for g-grants[from] >= window {
			from++
		}
		if n := i - from + 1; float64(n) > l.Rate+float64(l.Burst) {
			t.Fatalf("%+v: got %d grants whose calls may reach the API within one second", l, n)
		}
	}
}
