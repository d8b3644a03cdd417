package queue_test

import (
	"testing"
	"time"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/queue"
	"github.com/octoq/octoq/internal/redistest"
)

// The oldest task of a stage is the one that has been due longest: pending, or due
// by its time where no server has moved it on. What is due later is none.
func TestOldest(t *testing.T) {
	t.Parallel()
	c := redistest.Start(t).Client()
	began := time.Now()
	put(t, c, time.Time{}, first("a"), first("b"), step("a", campaign.StageStatus, 3))
	due := began.Add(2 * time.Second).Truncate(time.Second)
	put(t, c, due, step("b", campaign.StageConfirm, 4))
	put(t, c, time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC), letter("c", 1, 5))
	now := began.Add(time.Hour)
	got, err := queue.NewInspector(c).Oldest(t.Context(), account, now)
	if err != nil {
		t.Fatal(err)
	}
	for stage, want := range map[campaign.Stage]time.Duration{
		campaign.StageCreate: time.Hour, campaign.StageStatus: time.Hour, campaign.StageConfirm: now.Sub(due),
		campaign.StageCancel: 0, campaign.StageDead: 0,
	} {
		if age := got[stage]; age > want || age < want-soon {
			t.Errorf("stage %s: got %v, want about %v", stage, age, want)
		}
	}
	if age := got[campaign.StageConfirm]; age < time.Hour-5*time.Second {
		t.Errorf("what is due: got %v, want since %v", age, due)
	}
	if got, err = queue.NewInspector(c).Oldest(t.Context(), account, began.Add(-time.Hour)); err != nil || len(got) > 0 {
		t.Errorf("before anything is due: got %v, %v, want nothing", got, err)
	}
}
