package schedule_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/schedule"
)

const template = `{"id":"news-{{tick}}","list_name":"all","text":"{{date}} {{time}} {{tick}} STOP","type":"sms_premium","purpose":"wholesale"}`

func weekly() schedule.Schedule {
	return schedule.Schedule{
		Name: "news", Account: "shop", Cron: "0 9 * * 1", Zone: "Europe/Paris", Missed: schedule.MissedSkip,
		Template:  json.RawMessage(template),
		CreatedAt: time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC), CreatedBy: "ops",
	}
}

func plan(t *testing.T, s schedule.Schedule) schedule.Plan {
	t.Helper()
	p, err := s.Plan()
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestCampaignOfATick(t *testing.T) {
	t.Parallel()
	s := weekly()
	s.ExpiresAfter = schedule.Span(2 * time.Hour)
	p := plan(t, s)
	tick := p.Next(s.CreatedAt)
	got, err := p.Campaign(tick)
	want := campaign.Campaign{
		ID: "news-20261123T080000Z", Account: "shop", ListName: "all", Text: "2026-11-23 09:00 20261123T080000Z STOP",
		Type: campaign.TypePremium, Purpose: campaign.PurposeWholesale, ExpiresAt: tick.Add(2 * time.Hour),
	}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
}

// The two 02:30 of the night when clocks are put back have two ids.
func TestRepeatedHourHasTwoIDs(t *testing.T) {
	t.Parallel()
	s := weekly()
	s.Cron = "30 * * * *"
	p := plan(t, s)
	first := p.Next(moment(t, "2026-10-25T00:00:00Z"))
	a, errA := p.Campaign(first)
	b, errB := p.Campaign(p.Next(first))
	if err := errors.Join(errA, errB); err != nil || a.ID == b.ID || !strings.HasPrefix(a.Text, "2026-10-25 02:30") || !strings.HasPrefix(b.Text, "2026-10-25 02:30") {
		t.Errorf("got %+v and %+v, %v, want two ids of one time of day", a, b, err)
	}
}

func TestPlanTellsEveryFault(t *testing.T) {
	t.Parallel()
	of := func(change func(*schedule.Schedule)) schedule.Schedule {
		s := weekly()
		change(&s)
		return s
	}
	tmpl := func(from, to string) schedule.Schedule {
		return of(func(s *schedule.Schedule) {
			s.Template = json.RawMessage(strings.Replace(template, from, to, 1))
		})
	}
	for _, tc := range []struct {
		name string
		s    schedule.Schedule
		want []string // fields at fault
	}{
		{"names", of(func(s *schedule.Schedule) { s.Name, s.Account, s.Missed, s.ExpiresAfter = "A b", "?", "later", -1 }), []string{"name", "account", "missed", "expires_after"}},
		{"zone and expression", of(func(s *schedule.Schedule) { s.Zone, s.Cron = "Europe/Atlantis", "x" }), []string{"zone", "cron"}},
		{"the machine's zone", of(func(s *schedule.Schedule) { s.Zone = "Local" }), []string{"zone"}},
		{"no zone", of(func(s *schedule.Schedule) { s.Zone = "" }), []string{"zone"}},
		{"never", of(func(s *schedule.Schedule) { s.Cron = "0 0 30 2 *" }), []string{"cron"}},
		{"no tick in the id", tmpl("news-{{tick}}", "news-{{date}}"), []string{"id"}},
		{"no id", tmpl(`"id":"news-{{tick}}",`, ""), []string{"id"}},
		{"a time in the id", tmpl("news-{{tick}}", "{{tick}}-{{time}}"), []string{"id"}},
		{"an id that is too long with the tick", tmpl("news-", strings.Repeat("n", 49)), []string{"id"}},
		{"an unknown place", tmpl("{{date}}", "{{day}}"), []string{"text"}},
		{"one moment", tmpl(`"type"`, `"send_at":"2026-11-23T09:00:00Z","expires_at":"2026-11-24T09:00:00Z","type"`), []string{"send_at", "expires_at"}},
		{"another account", tmpl(`"type"`, `"account":"other","type"`), []string{"account"}},
		{"a window in a zone of nowhere", tmpl(`"type"`, `"window":"08:00-20:00 Europe/Pariss","type"`), []string{"window"}},
		{"a window with the holidays of nowhere", tmpl(`"type"`, `"window":"08:00-20:00 Europe/Paris holidays=XX","type"`), []string{"window"}},
		{"cron and campaign together", func() schedule.Schedule {
			s := tmpl("sms_premium", "fax")
			s.Cron = "x"
			return s
		}(), []string{"cron", "type"}},
		{"an unknown field", tmpl(`"type"`, `"odd":"x","type"`), []string{"odd"}},
		{"no campaign", of(func(s *schedule.Schedule) { s.Template = nil }), []string{""}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			_, err := tc.s.Plan()
			var invalid *schedule.InvalidError
			if !errors.As(err, &invalid) || !errors.Is(err, campaign.ErrInvalid) {
				t.Fatalf("got %v, want an InvalidError", err)
			}
			var got []string
			for _, f := range invalid.Faults {
				got = append(got, f.Field)
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("%v: fields (-want +got):\n%s", err, diff)
			}
		})
	}
}

func TestEncode(t *testing.T) {
	t.Parallel()
	s := weekly()
	s.ExpiresAfter = schedule.Span(time.Hour)
	text, err := s.Encode()
	if err != nil {
		t.Fatal(err)
	}
	got, err := schedule.Decode(text)
	if diff := cmp.Diff(s, got); err != nil || diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	if _, err := schedule.Decode(strings.Replace(text, `"v":1`, `"v":2`, 1)); !errors.Is(err, campaign.ErrVersion) {
		t.Errorf("of a newer version: got %v, want %v", err, campaign.ErrVersion)
	}
	if _, err := schedule.Decode(strings.Replace(text, `"v":1`, `"v":1,"holidays":"FR"`, 1)); err == nil {
		t.Error("with an unknown field: got no error")
	}
}

func TestTemplateOf(t *testing.T) {
	t.Parallel()
	raw, faults := schedule.TemplateOf([][2]string{
		{"id", "n-{{tick}}"}, {"tag_name", "vip"}, {"text", "{{date}} STOP"}, {"type", "sms_premium"}, {"purpose", "alert"},
		{"max_cost", "2.5"}, {"auto_optimize_text", "no"},
	})
	s := weekly()
	s.Template = raw
	c, err := plan(t, s).Campaign(moment(t, "2026-11-23T08:00:00Z"))
	if faults != nil || err != nil || c.ID != "n-20261123T080000Z" || c.Text != "2026-11-23 STOP" || c.MaxCost == 0 || *c.AutoOptimizeText {
		t.Errorf("got %+v, %v, %v", c, faults, err)
	}
	_, faults = schedule.TemplateOf([][2]string{{"id", "n"}, {"type", "fax"}, {"max_cost", "dear"}})
	_, err = weekly().Plan(faults...)
	for _, field := range []string{"type", "max_cost", "text", "purpose"} {
		if !strings.Contains(err.Error(), field+":") {
			t.Errorf("got %v, want a fault of %s", err, field)
		}
	}
}

func TestCursor(t *testing.T) {
	t.Parallel()
	want := schedule.Cursor{Generation: "g1", UpTo: time.Unix(20, 0).UTC(), Last: time.Unix(10, 0).UTC()}
	for _, w := range []schedule.Cursor{want, {Generation: "g2", UpTo: time.Unix(20, 0).UTC()}} {
		if got, err := schedule.ParseCursor(w.String()); err != nil || got != w {
			t.Errorf("got %+v, %v, want %+v", got, err, w)
		}
	}
	for _, text := range []string{"", "g 1", "g x 1", "g 1 x", "g 1 2 3"} {
		if c, err := schedule.ParseCursor(text); err == nil {
			t.Errorf("%q: got %+v, want an error", text, c)
		}
	}
}
