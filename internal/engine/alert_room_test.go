package engine

import (
	"testing"
	"time"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/record"
)

// After an alert was refused for another campaign, no other create is made until the
// alert has tried again; other calls are, and so are other alerts.
func TestOthersMakeRoomForABlockedAlert(t *testing.T) {
	t.Parallel()
	now, blocked := time.Date(2026, time.March, 2, 12, 0, 0, 0, time.UTC), record.Outcome{Class: record.ClassTransient, Code: record.CodeAwaitsApproval}
	var a alertRoom
	kept := func(call campaign.Call, alert bool, at time.Time) bool { return !a.keepsBack(call, alert, at).IsZero() }
	a.note(campaign.CallCreate, false, blocked, now)
	if kept(campaign.CallCreate, false, now) {
		t.Error("after a refused create of no alert: others are kept back")
	}
	a.note(campaign.CallCreate, true, blocked, now)
	for _, c := range []struct {
		call  campaign.Call
		alert bool
		after time.Duration
		want  bool
	}{
		{campaign.CallCreate, false, 0, true},
		{campaign.CallCreate, false, roomFor - time.Millisecond, true},
		{campaign.CallCreate, false, roomFor, false},
		{campaign.CallCreate, true, 0, false},
		{campaign.CallStatus, false, 0, false},
		{campaign.CallCancel, false, 0, false},
	} {
		if got := kept(c.call, c.alert, now.Add(c.after)); got != c.want {
			t.Errorf("%s, alert %v, after %s: kept back %v, want %v", c.call, c.alert, c.after, got, c.want)
		}
	}
	a.note(campaign.CallCreate, true, record.Outcome{Class: record.ClassOK}, now)
	if kept(campaign.CallCreate, false, now) {
		t.Error("after the alert was created: others are kept back")
	}
}
