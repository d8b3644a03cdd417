package e2e

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/simulator"
)

// daily is a window from one minute of the day to another, in UTC.
func daily(from, to time.Time) string {
	const clock = "15:04"
	begin, end := from.UTC().Format(clock), to.UTC().Format(clock)
	switch {
	case end == "00:00":
		return begin + "-24:00 UTC"
	case begin > end:
		return "00:00-" + end + "," + begin + "-24:00 UTC"
	default:
		return begin + "-" + end + " UTC"
	}
}

// A sending window that is closed now and opens soon: what is wholesale waits
// for it, alerts pass, operators are heard meanwhile, and what could never go
// out as it was planned dies.
func TestSendingWindow(t *testing.T) {
	t.Parallel()
	r := newRig(t, simulator.Config{ComputeTime: 100 * time.Millisecond})
	opens := time.Now().Truncate(time.Minute).Add(time.Minute)
	if time.Until(opens) < 50*time.Second { // all that comes before, on a machine that is busy
		opens = opens.Add(time.Minute)
	}
	window := daily(opens, opens.Add(30*time.Minute))
	r.setenv("OCTOQ_WINDOW=" + window)
	r.quick()
	r.worker()
	if o := r.octoq("doctor"); !strings.Contains(o.out, "the sending window is closed until "+opens.UTC().Format("2006-01-02T15:04:05Z")) {
		t.Errorf("doctor does not tell of the window:\n%s", o.out)
	}
	at := func(d time.Duration) string { return opens.Add(d).UTC().Format(time.RFC3339) }
	o := r.octoqIn(toList("waits", "")+toList("stopped", "")+toList("planned", `,"send_at":"`+at(10*time.Minute)+`"`)+
		strings.Replace(toList("alarm", ""), "wholesale", "alert", 1)+
		toList("too-late", `,"send_at":"`+at(2*time.Hour)+`"`)+
		toList("narrow", fmt.Sprintf(`,"window":%q,"send_at":%q`, daily(opens, opens.Add(5*time.Minute)), at(10*time.Minute)))+
		toList("never", fmt.Sprintf(`,"window":%q`, daily(opens.Add(2*time.Hour), opens.Add(3*time.Hour))))+
		toList("passed", `,"send_at":"`+at(-time.Hour)+`"`)+
		toList("passed-sent", `,"late":"send","send_at":"`+at(-time.Hour)+`"`), "enqueue", "--file", "-")
	if o.code != 0 || !strings.Contains(o.out+o.err, "is outside the campaign's window") {
		t.Errorf("enqueue: got %+v, want a warning of the send_at of narrow", o)
	}
	if o := r.octoqIn(toList("odd", `,"window":"08:00-20:00 Europe/Paris holidays=XX"`), "enqueue", "--file", "-"); o.code != 2 || !strings.Contains(o.err+o.out, "XX") {
		t.Errorf("holidays of nowhere: got %+v, want it refused", o)
	}

	for _, id := range []string{"alarm", "planned"} {
		r.await(30*time.Second, id, campaign.StateSent)
	}
	for id, class := range map[string]campaign.FailureClass{
		"too-late": campaign.FailWindow, "narrow": campaign.FailWindow, "never": campaign.FailWindow, "passed": campaign.FailLate,
	} {
		r.await(30*time.Second, id, campaign.StateDead)
		if s := r.status(id); s.Failure == nil || s.Failure.Class != class {
			t.Errorf("%s: got failure %+v, want %s", id, s.Failure, class)
		}
	}
	for _, id := range []string{"waits", "stopped", "passed-sent"} {
		r.until(30*time.Second, id+" waits for the window", func() (bool, string) {
			s := r.status(id)
			return s.State == campaign.StateReady && s.Waiting != "", string(s.State)
		})
	}
	if o := r.must(0, "status", "waits"); !strings.Contains(o.out, "the sending window, "+window+", opens at") || !strings.Contains(o.out, "window_closed") {
		t.Errorf("status of what waits: got\n%s", o.out)
	}
	r.must(0, "cancel", "stopped", "--wait", "10s")
	if now := time.Now(); !now.Before(opens) {
		t.Fatalf("all this took until %s, and the window opened at %s", now, opens)
	}

	for _, id := range []string{"waits", "passed-sent"} {
		r.await(time.Until(opens)+30*time.Second, id, campaign.StateSent)
		sends := r.calls(simulator.CallSend, id)
		if len(sends) != 1 || sends[0].Time.Before(opens) || sends[0].Time.After(opens.Add(10*time.Second)) {
			t.Errorf("%s: got sends %+v, want one soon after %s", id, sends, opens)
		}
	}
	for _, id := range []string{"stopped", "too-late", "narrow", "never", "passed"} {
		if n := len(r.calls(simulator.CallSend, id)); n > 0 {
			t.Errorf("%s: got %d sends, want none", id, n)
		}
	}
	r.onceEach()
}
