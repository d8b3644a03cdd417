package schedule_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/octoq/octoq/internal/schedule"
)

func TestWindowWarnings(t *testing.T) {
	t.Parallel()
	const paris = "Mo-Sa 08:00-20:00 Europe/Paris"
	for _, tc := range []struct {
		name, cron, account, own string
		change                   func(*schedule.Schedule)
		says                     []string // nothing: no warning
	}{
		{name: "no window", cron: "* * * * * *"},
		{name: "the window of its own", cron: "0 * * * *", own: paris, says: []string{"Fri 2026-11-20 02:00:00 CET", paris, "until Fri 2026-11-20 08:00:00 CET", "--expires-after"}},
		{name: "that of the account", cron: "0 9 * * *", account: paris, says: []string{"the tick of Sun 2026-11-22 09:00:00 CET", "until Mon 2026-11-23 08:00:00 CET"}},
		{name: "both", cron: "0 9 * * 1", account: paris, own: "10:00-12:00 UTC", says: []string{paris + " and 10:00-12:00 UTC"}},
		{name: "every second, within it", cron: "* * 8-19 * * 1-6", account: paris},
		{name: "every second, a second too long", cron: "* * 8-20 * * 1-6", account: paris, says: []string{"Fri 2026-11-20 20:00:00 CET"}},
		{name: "a night in a month", cron: "0 3 1 * *", account: paris, says: []string{"Tue 2026-12-01 03:00:00 CET"}},
		{name: "a holiday that is far off", cron: "0 9 * * *", account: "08:00-20:00 Europe/Paris holidays=FR"},
		{name: "a window that is always open", cron: "0 * * * *", account: "00:00-24:00 UTC", own: "off"},
		{name: "never", cron: "0 * * * *", account: "Mo 08:00-09:00 UTC", own: "Tu 08:00-09:00 UTC", says: []string{"never opens"}},
		{name: "what expires", cron: "0 * * * *", own: paris, change: func(s *schedule.Schedule) { s.ExpiresAfter = schedule.Span(time.Hour) }},
		{name: "an alert", cron: "0 * * * *", account: paris, change: func(s *schedule.Schedule) {
			s.Template = json.RawMessage(strings.Replace(template, "wholesale", "alert", 1))
		}},
		{name: "a simulation", cron: "0 * * * *", account: paris, change: func(s *schedule.Schedule) {
			s.Template = json.RawMessage(strings.Replace(template, `"type"`, `"simulation_mode":true,"type"`, 1))
		}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			s := weekly()
			s.Cron = tc.cron
			if tc.own != "" {
				s.Template = json.RawMessage(strings.Replace(template, `"type"`, `"window":"`+tc.own+`","type"`, 1))
			}
			if tc.change != nil {
				tc.change(&s)
			}
			got, err := plan(t, s).WindowWarnings(tc.account)
			if err != nil || len(got) != min(1, len(tc.says)) {
				t.Fatalf("got %v, %v, want %d warnings", got, err, min(1, len(tc.says)))
			}
			for _, words := range tc.says {
				if got[0].Field != "window" || !strings.Contains(got[0].Problem, words) {
					t.Errorf("got %v, want %q in it", got, words)
				}
			}
		})
	}
	if got, err := plan(t, weekly()).WindowWarnings("noon"); err == nil {
		t.Errorf("an account's window that is none: got %v, want an error", got)
	}
}
