package lifecycle

import (
	"errors"
	"testing"
	"time"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/recordtest"
)

// closed is a window that does not open.
type closed struct{}

func (closed) At(time.Time) (bool, time.Time) { return false, time.Time{} }
func (closed) String() string                 { return "never" }

// clockTime is a time of the day of recordtest.Noon.
func clockTime(t *testing.T, text string) time.Time {
	t.Helper()
	d, err := time.Parse("15:04:05.000", text)
	if err != nil {
		t.Fatal(err)
	}
	return recordtest.Noon().Truncate(24 * time.Hour).Add(d.Sub(d.Truncate(24 * time.Hour)))
}

func TestTiming(t *testing.T) {
	t.Parallel()
	type edit func(c *campaign.Campaign, p *Policy)
	sendAt := func(text string) edit {
		return func(c *campaign.Campaign, _ *Policy) { c.SendAt = clockTime(t, text) }
	}
	expires := func(text string) edit {
		return func(c *campaign.Campaign, _ *Policy) { c.ExpiresAt = clockTime(t, text) }
	}
	lateness := func(word string) edit { return func(c *campaign.Campaign, _ *Policy) { c.Late = word } }
	window := func(w SendingWindow, err error) edit {
		return func(_ *campaign.Campaign, p *Policy) {
			p.Window = func(campaign.Campaign, string) (SendingWindow, error) { return w, err }
		}
	}
	day := window(recordtest.Daytime{}, nil)
	alert := func(c *campaign.Campaign, _ *Policy) { c.Purpose = campaign.PurposeAlert }
	policySends := func(_ *campaign.Campaign, p *Policy) { p.SendLate = true }
	simulation := func(c *campaign.Campaign, _ *Policy) { c.SimulationMode = true }
	const create, confirm = campaign.CallCreate, campaign.CallConfirm
	for _, c := range []struct {
		name  string
		call  campaign.Call
		now   string
		edits []edit
		want  string
	}{
		{"nothing said", confirm, "03:00:00.000", nil, "now"},
		{"by day", confirm, "08:00:00.000", []edit{day}, "now, until 19:59:59.999"},
		{"in the last moment", confirm, "19:59:59.999", []edit{day}, "now, until 19:59:59.999"},
		{"closed", confirm, "20:00:00.000", []edit{day}, "at 08:00:00.000"},
		{"in the night", confirm, "03:00:00.000", []edit{day}, "at 08:00:00.000"},
		{"alerts pass", confirm, "03:00:00.000", []edit{day, alert}, "now"},
		{"creates pass", create, "03:00:00.000", []edit{day}, "now"},
		{"looks pass", campaign.CallStatus, "03:00:00.000", []edit{day, sendAt("01:00:00.000")}, "now"},
		{"cancels pass", campaign.CallCancel, "03:00:00.000", []edit{day, sendAt("01:00:00.000")}, "now"},
		{"no window for this one", confirm, "03:00:00.000", []edit{window(nil, nil)}, "now"},
		{"one that never opens", confirm, "03:00:00.000", []edit{window(closed{}, nil)}, "dead window"},
		{"one that cannot be read", confirm, "03:00:00.000", []edit{window(nil, errors.New("no such zone"))}, "dead window"},
		{"expires before it opens", confirm, "03:00:00.000", []edit{day, expires("07:59:59.999")}, "dead expired"},
		{"expires as it opens", confirm, "03:00:00.000", []edit{day, expires("08:00:00.000")}, "at 08:00:00.000"},
		{"expires before it closes", confirm, "12:00:00.000", []edit{day, expires("13:00:00.000")}, "now, until 13:00:00.000"},
		{"expires, no window", confirm, "12:00:00.000", []edit{expires("13:00:00.000")}, "now, until 13:00:00.000"},

		{"planned for the day, asked in the night", confirm, "03:00:00.000", []edit{day, sendAt("09:00:00.000")}, "now, until 09:01:00.000"},
		{"planned for the night", confirm, "12:00:00.000", []edit{day, sendAt("21:00:00.000")}, "dead window"},
		{"planned for now, in the night", confirm, "21:00:00.000", []edit{day, sendAt("21:00:00.000")}, "dead window"},
		{"planned for right before closing", confirm, "12:00:00.000", []edit{day, sendAt("19:59:30.000")}, "now, until 19:59:59.999"},
		{"planned for the night, an alert", confirm, "12:00:00.000", []edit{day, alert, sendAt("21:00:00.000")}, "now, until 21:01:00.000"},
		{"closed since send_at", confirm, "20:00:10.000", []edit{day, sendAt("19:59:50.000")}, "dead late"},
		{"closed since send_at, and sent all the same", confirm, "20:00:10.000", []edit{day, sendAt("19:59:50.000"), lateness("send")}, "at 08:00:00.000"},

		{"in time", create, "12:00:00.000", []edit{sendAt("13:00:00.000")}, "now"},
		{"a little late", create, "13:01:00.000", []edit{sendAt("13:00:00.000")}, "now"},
		{"late", create, "13:01:00.001", []edit{sendAt("13:00:00.000")}, "dead late"},
		{"late, and dead by name", create, "13:01:00.001", []edit{sendAt("13:00:00.000"), policySends, lateness("dead")}, "dead late"},
		{"late, and sent by name", create, "13:01:00.001", []edit{sendAt("13:00:00.000"), lateness("send")}, "now"},
		{"late, and sent by default", create, "13:01:00.001", []edit{sendAt("13:00:00.000"), policySends}, "now"},
		{"late, a simulation", create, "13:01:00.001", []edit{sendAt("13:00:00.000"), simulation}, "now"},
		{"confirm a little late", confirm, "13:01:00.000", []edit{sendAt("13:00:00.000")}, "now, until 13:01:00.000"},
		{"confirm late", confirm, "13:01:00.001", []edit{sendAt("13:00:00.000")}, "dead late"},
		{"confirm late, and sent", confirm, "13:01:00.001", []edit{sendAt("13:00:00.000"), lateness("send")}, "now"},
		{"alerts are late, too", confirm, "13:01:00.001", []edit{sendAt("13:00:00.000"), alert}, "dead late"},
	} {
		r, m, p := given(t, "ready")
		m.Now = clockTime(t, c.now)
		for _, e := range c.edits {
			e(&r.Campaign, &p)
		}
		got := checkTiming(r, c.call, m, p)
		if text := timingText(got); text != c.want {
			t.Errorf("%s: got %q, want %q (%+v)", c.name, text, c.want, got.failure)
		}
	}
}

// timingText is a timing in one line.
func timingText(t timing) string {
	const clock = "15:04:05.000"
	switch {
	case t.failure != nil:
		return "dead " + string(t.failure.Class)
	case !t.until.IsZero():
		return "at " + t.until.Format(clock)
	case !t.end.IsZero():
		return "now, until " + t.end.Format(clock)
	default:
		return "now"
	}
}
