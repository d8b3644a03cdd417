package budget_test

import (
	"testing"
	"time"

	"github.com/octoq/octoq/internal/budget"
)

func at(t *testing.T, text string) time.Time {
	t.Helper()
	moment, err := time.Parse(time.RFC3339, text)
	if err != nil {
		t.Fatal(err)
	}
	return moment
}

// Periods follow the wall clock of their zone, also where that changes: at night, at
// midnight, twice, or by a day that is left out.
func TestPeriodsAcrossClockChanges(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		per               budget.Per
		zone, at          string
		key, start, until string
	}{
		"a day":                                  {"day", "UTC", "2026-11-29T23:59:59Z", "2026-11-29", "2026-11-29T00:00:00Z", "2026-11-30T00:00:00Z"},
		"its first moment":                       {"day", "UTC", "2026-11-30T00:00:00Z", "2026-11-30", "2026-11-30T00:00:00Z", "2026-12-01T00:00:00Z"},
		"Paris is ahead":                         {"day", "Europe/Paris", "2026-11-29T23:30:00Z", "2026-11-30", "2026-11-29T23:00:00Z", "2026-11-30T23:00:00Z"},
		"a day of 23 hours":                      {"day", "Europe/Paris", "2026-03-29T12:00:00Z", "2026-03-29", "2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z"},
		"a day of 25 hours":                      {"day", "Europe/Paris", "2026-10-25T12:00:00Z", "2026-10-25", "2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z"},
		"the hour that comes twice":              {"day", "Europe/Paris", "2026-10-25T01:30:00Z", "2026-10-25", "2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z"},
		"a month with the change":                {"month", "Europe/Paris", "2026-03-31T21:59:59Z", "2026-03", "2026-02-28T23:00:00Z", "2026-03-31T22:00:00Z"},
		"the month behind it":                    {"month", "Europe/Paris", "2026-03-31T22:00:00Z", "2026-04", "2026-03-31T22:00:00Z", "2026-04-30T22:00:00Z"},
		"a week from Monday":                     {"week", "UTC", "2026-11-30T00:00:00Z", "2026-W49", "2026-11-30T00:00:00Z", "2026-12-07T00:00:00Z"},
		"its Sunday":                             {"week", "UTC", "2026-11-29T12:00:00Z", "2026-W48", "2026-11-23T00:00:00Z", "2026-11-30T00:00:00Z"},
		"a week over the turn of the year":       {"week", "UTC", "2027-01-02T00:00:00Z", "2026-W53", "2026-12-28T00:00:00Z", "2027-01-04T00:00:00Z"},
		"a week with the change":                 {"week", "Europe/Paris", "2026-03-29T21:00:00Z", "2026-W13", "2026-03-22T23:00:00Z", "2026-03-29T22:00:00Z"},
		"no midnight: Cairo goes on at 00:00":    {"day", "Africa/Cairo", "2026-04-24T12:00:00Z", "2026-04-24", "2026-04-23T22:00:00Z", "2026-04-24T21:00:00Z"},
		"right before that":                      {"day", "Africa/Cairo", "2026-04-23T21:59:59Z", "2026-04-23", "2026-04-22T22:00:00Z", "2026-04-23T22:00:00Z"},
		"Cairo goes back at midnight, first 23h": {"day", "Africa/Cairo", "2026-10-29T20:30:00Z", "2026-10-29", "2026-10-28T21:00:00Z", "2026-10-29T22:00:00Z"},
		"and the second":                         {"day", "Africa/Cairo", "2026-10-29T21:30:00Z", "2026-10-29", "2026-10-28T21:00:00Z", "2026-10-29T22:00:00Z"},
		"two midnights: Havana":                  {"day", "America/Havana", "2026-11-01T04:30:00Z", "2026-11-01", "2026-11-01T04:00:00Z", "2026-11-02T05:00:00Z"},
		"the second of them":                     {"day", "America/Havana", "2026-11-01T05:30:00Z", "2026-11-01", "2026-11-01T04:00:00Z", "2026-11-02T05:00:00Z"},
		"Samoa leaves out a day":                 {"day", "Pacific/Apia", "2011-12-30T10:00:00Z", "2011-12-31", "2011-12-30T10:00:00Z", "2011-12-31T10:00:00Z"},
		"right before the day that is left out":  {"day", "Pacific/Apia", "2011-12-30T09:59:59Z", "2011-12-29", "2011-12-29T10:00:00Z", "2011-12-30T10:00:00Z"},
	} {
		b := budget.Budget{Name: "b", Per: c.per, Zone: c.zone}
		p, err := b.Period(at(t, c.at))
		if err != nil {
			t.Fatal(err)
		}
		if p.Key != c.key || !p.Start.Equal(at(t, c.start)) || !p.End.Equal(at(t, c.until)) {
			t.Errorf("%s: got %s from %s to %s, want %s from %s to %s", name, p.Key, p.Start.UTC(), p.End.UTC(), c.key, c.start, c.until)
		}
		named, ok := b.PeriodNamed(p.Key)
		if !ok || !named.Start.Equal(p.Start) || !named.End.Equal(p.End) {
			t.Errorf("%s: the period named %s is %v, %v, want %v", name, p.Key, named, ok, p)
		}
	}
}

// Periods follow each other without a gap, and each moment is in one of them, in zones
// with all kinds of changes.
func TestPeriodsLeaveNoGap(t *testing.T) {
	t.Parallel()
	for _, zone := range []string{"UTC", "Europe/Paris", "Africa/Cairo", "America/Havana", "America/St_Johns", "Australia/Lord_Howe", "Asia/Kathmandu", "Pacific/Apia"} {
		for _, per := range []budget.Per{budget.PerDay, budget.PerWeek, budget.PerMonth} {
			b := budget.Budget{Name: "b", Per: per, Zone: zone}
			now := at(t, "2026-01-01T00:00:00Z")
			before, err := b.Period(now)
			if err != nil {
				t.Fatal(err)
			}
			for now.Year() == 2026 {
				p, err := b.Period(now)
				if err != nil || !p.Contains(now) {
					t.Fatalf("%s in %s: %s is not in its period %+v, %v", per, zone, now, p, err)
				}
				if p.Key != before.Key && !p.Start.Equal(before.End) {
					t.Fatalf("%s in %s: %+v does not follow on %+v", per, zone, p, before)
				}
				before, now = p, now.Add(197*time.Minute)
			}
		}
	}
}

func TestKeysOfOtherPeriodsAreNone(t *testing.T) {
	t.Parallel()
	for key, per := range map[string]budget.Per{"2026-11": budget.PerDay, "2026-11-29": budget.PerMonth, "2026-W54": budget.PerWeek, "": budget.PerDay, "x": budget.PerWeek} {
		if p, ok := (budget.Budget{Per: per}).PeriodNamed(key); ok {
			t.Errorf("%q is no %s, got %v", key, per, p)
		}
	}
}
