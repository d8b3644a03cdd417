package lifecycle

import (
	"testing"
	"time"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/recordtest"
)

// Whatever a Retry-After asks for, the campaign comes back within an hour, and
// no later than its stage ends.
func TestRetryAfterIsBounded(t *testing.T) {
	t.Parallel()
	const day = 24 * time.Hour
	for _, c := range []struct {
		before string
		call   campaign.Call
		answer string
		began  time.Duration // ago
		held   time.Duration // of that
		asked  time.Duration
		want   time.Duration
	}{
		{"creating", campaign.CallCreate, "throttled", 0, 0, 10 * time.Minute, 10 * time.Minute},
		{"creating", campaign.CallCreate, "throttled", 0, 0, 9 * day, time.Hour},
		{"creating", campaign.CallCreate, "transient", 0, 0, day, time.Hour},
		{"creating", campaign.CallCreate, "account 101", 0, 0, day, time.Hour},
		{"computing", campaign.CallStatus, "pending 127", 0, 0, day, time.Hour},
		{"confirming", campaign.CallConfirm, "pending 127", 0, 0, day, time.Hour},
		{"confirming", campaign.CallConfirm, "unanswered", 0, 0, day, time.Hour},
		{"cancelling", campaign.CallCancel, "throttled", 0, 0, day, time.Hour},
		{"creating", campaign.CallCreate, "throttled", day - 20*time.Minute, 0, day, 20*time.Minute + time.Second},
		{"creating", campaign.CallCreate, "throttled", day, 20 * time.Minute, day, 20*time.Minute + time.Second},
		{"computing", campaign.CallStatus, "throttled", day - time.Minute, 0, day, time.Minute + time.Second},
		{"confirming", campaign.CallConfirm, "throttled", day - time.Minute, 0, day, time.Minute + time.Second},
		{"creating", campaign.CallCreate, "throttled", day - time.Minute, 0, 10 * time.Second, 10 * time.Second},
	} {
		r, m, p := given(t, c.before)
		m.Held = c.held
		r.Started = map[campaign.Call]campaign.Start{c.call: {At: m.Now.Add(-c.began)}}
		out := recordtest.Answer(t, c.answer)
		out.RetryAfter = c.asked
		after := Settle(r, c.call, out, m, p).After
		if got := after.DueAt.Sub(m.Now); got != c.want {
			t.Errorf("%s answered %s, asking for %v, begun %v ago: got %v, want %v", c.call, c.answer, c.asked, c.began, got, c.want)
		}
		if c.began == 0 {
			continue
		}
		late := m
		late.Now = after.DueAt
		if got := overdue(after, c.call, late, p.Deadline); got != (c.want > 10*time.Second) {
			t.Errorf("%s, begun %v ago: overdue when it comes back: got %v", c.call, c.began, got)
		}
	}
}

// A create that another campaign blocks is no attempt of this one.
func TestBlockedCreatesAreNoAttempts(t *testing.T) {
	t.Parallel()
	for words, want := range map[string]int{"transient 126": 0, "transient 153": 1, "account 101": 0, "not_sent": 0} {
		r, m, p := given(t, "creating")
		after := Settle(r, campaign.CallCreate, recordtest.Answer(t, words), m, p).After
		if got := after.Attempts.Create; got != want || after.State != campaign.StateCreating || after.DueAt.IsZero() {
			t.Errorf("%s: got %d attempts in %s, due %v, want %d, and again", words, got, after.State, after.DueAt, want)
		}
	}
}
