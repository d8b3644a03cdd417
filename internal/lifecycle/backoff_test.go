package lifecycle

import (
	"testing"
	"time"
)

func TestBackoffBounds(t *testing.T) {
	t.Parallel()
	p := testPolicy()
	least := func(time.Duration) time.Duration { return 0 }
	for streak, most := range []time.Duration{
		time.Second, time.Second, 2 * time.Second, 4 * time.Second, 8 * time.Second, 16 * time.Second, 32 * time.Second, time.Minute, time.Minute,
	} {
		p.Jitter = worstJitter
		if got, want := p.Backoff(streak, 0), p.BackoffBase/2+most; got != want {
			t.Errorf("streak %d at its longest: got %v, want %v", streak, got, want)
		}
		p.Jitter = least
		if got, want := p.Backoff(streak, 0), p.BackoffBase/2; got != want {
			t.Errorf("streak %d at its shortest: got %v, want %v", streak, got, want)
		}
	}
	p.Jitter = worstJitter
	if got, want := p.Backoff(1<<40, 0), p.BackoffBase/2+p.BackoffCap; got != want {
		t.Errorf("a huge streak: got %v, want %v", got, want)
	}
}

// The jitter is asked for the whole of the wait, so that campaigns that failed
// together do not come back together.
func TestBackoffIsFullyJittered(t *testing.T) {
	t.Parallel()
	p := testPolicy()
	var asked time.Duration
	p.Jitter = func(d time.Duration) time.Duration { asked = d; return d / 4 }
	if got, want := p.Backoff(4, 0), 500*time.Millisecond+2*time.Second; got != want || asked != 8*time.Second {
		t.Errorf("got %v of %v, want %v of 8s", got, asked, want)
	}
}

func TestRetryAfterIsHonoured(t *testing.T) {
	t.Parallel()
	p := testPolicy()
	for _, c := range []struct{ streak, after, want time.Duration }{
		{1, 7 * time.Second, 7 * time.Second},
		{1, time.Hour, time.Hour},
		{7, 7 * time.Second, 60500 * time.Millisecond},
		{1, -time.Second, 1500 * time.Millisecond},
	} {
		if got := p.Backoff(int(c.streak), c.after); got != c.want {
			t.Errorf("streak %d, Retry-After %v: got %v, want %v", c.streak, c.after, got, c.want)
		}
	}
}

func TestPollSchedule(t *testing.T) {
	t.Parallel()
	p := testPolicy()
	for n, want := range []string{"2s", "4s", "8s", "16s", "32s", "1m0s", "1m0s"} {
		if got := p.pollWait(n, 0).String(); got != want {
			t.Errorf("after %d looks: got %v, want %v", n, got, want)
		}
	}
	if got := p.pollWait(-1, 0); got != p.PollFirst {
		t.Errorf("before any look: got %v, want %v", got, p.PollFirst)
	}
	p.PollFirst, p.PollCap = time.Minute, time.Second
	if got := p.pollWait(3, 0); got != p.PollCap {
		t.Errorf("a first wait above the longest: got %v, want %v", got, p.PollCap)
	}
}
