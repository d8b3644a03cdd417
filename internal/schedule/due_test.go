package schedule_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/octoq/octoq/internal/schedule"
)

func TestDue(t *testing.T) {
	t.Parallel()
	now := moment(t, "2026-11-25T09:00:30Z") // a Wednesday
	at := func(ago time.Duration) time.Time { return now.Add(-ago) }
	day, half := 24*time.Hour, 30*time.Second
	for _, tc := range []struct {
		name, cron string
		after      time.Time
		policy     schedule.Missed
		want       schedule.Due
	}{
		{name: "nothing", cron: "0 10 * * *", after: at(time.Hour), policy: schedule.MissedOnce},
		{name: "on time", cron: "0 9 * * *", after: at(time.Hour), policy: schedule.MissedSkip, want: schedule.Due{Ticks: []time.Time{at(half)}}},
		{
			name: "one missed, dropped", cron: "0 9 * * 1", after: at(5 * day), policy: schedule.MissedSkip,
			want: schedule.Due{FirstDropped: at(2*day + half), LastDropped: at(2*day + half)},
		},
		{
			name: "one missed, caught up", cron: "0 9 * * 1", after: at(5 * day), policy: schedule.MissedOnce,
			want: schedule.Due{Ticks: []time.Time{at(2*day + half)}},
		},
		{
			name: "three missed, the latest caught up", cron: "0 8 * * *", after: at(3 * day), policy: schedule.MissedOnce,
			want: schedule.Due{
				Ticks:        []time.Time{at(time.Hour + half)},
				FirstDropped: at(2*day + time.Hour + half), LastDropped: at(day + time.Hour + half),
			},
		},
		{
			name: "what is on time is the catching up", cron: "0 9 * * *", after: at(3 * day), policy: schedule.MissedOnce,
			want: schedule.Due{
				Ticks: []time.Time{at(half)}, FirstDropped: at(2*day + half), LastDropped: at(day + half),
			},
		},
		{
			name: "a minute ago is missed", cron: "30 59 8 * * *", after: at(time.Hour), policy: schedule.MissedSkip,
			want: schedule.Due{FirstDropped: at(time.Minute), LastDropped: at(time.Minute)},
		},
		{name: "a second less is not", cron: "31 59 8 * * *", after: at(time.Hour), policy: schedule.MissedSkip, want: schedule.Due{Ticks: []time.Time{at(59 * time.Second)}}},
		{name: "a clock that was put back", cron: "* * * * * *", after: now.Add(time.Hour), policy: schedule.MissedOnce},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			got := expression(t, tc.cron, "UTC").Due(tc.after, now, tc.policy)
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("due (-want +got):\n%s", diff)
			}
		})
	}
}

// A schedule every second after ten years of downtime is looked at in no time:
// its 315 million ticks are jumped over.
func TestDueIsBounded(t *testing.T) {
	t.Parallel()
	now := moment(t, "2026-11-25T09:00:30Z")
	e := expression(t, "* * * * * *", "Europe/Paris")
	found := make(chan schedule.Due, 1)
	go func() { found <- e.Due(now.AddDate(-10, 0, 0), now, schedule.MissedOnce) }()
	var due schedule.Due
	select {
	case due = <-found:
	case <-time.After(20 * time.Second): // to go through them one by one takes minutes
		t.Fatal("it is still looking")
	}
	if len(due.Ticks) != 60 || !due.LastDropped.Equal(now.Add(-time.Minute)) {
		t.Errorf("got %d ticks, dropped up to %s, want 60 and what is a minute old", len(due.Ticks), due.LastDropped)
	}
}
