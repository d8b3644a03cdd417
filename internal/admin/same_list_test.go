package admin_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/admin"
	"github.com/octoq/octoq/internal/record"
)

// Of other sendings to the same people those within a day of this one are named, whether
// they have gone out or are to; nothing else is.
func TestOtherSendingsToTheSameListAreNamed(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 29, 12, 0, 0, 0, time.UTC)
	sent := func(id, list string, ago time.Duration) admin.Sending {
		return admin.Sending{ID: id, ListName: list, State: campaign.StateSent, At: now.Add(-ago)}
	}
	others := []admin.Sending{
		sent("self", "customers", time.Hour), sent("yesterday", "customers", 24*time.Hour), sent("long-ago", "customers", 24*time.Hour+time.Second), sent("others", "team", time.Hour),
		{ID: "tomorrow", ListName: "customers", State: campaign.StateReady, At: now.Add(20 * time.Hour)},
		{ID: "later", ListName: "customers", State: campaign.StateSent, At: now.Add(25 * time.Hour)}, // confirmed, and its send_at is to come
		{ID: "at-once", ListName: "customers", State: campaign.StateConfirming, At: now},
		{ID: "tagged", TagName: "customers", State: campaign.StateSent, At: now},
	}
	for name, c := range map[string]struct {
		change func(*campaign.Record)
		want   []string
	}{
		"now": {func(*campaign.Record) {}, []string{
			"campaign yesterday went to the same people at 2026-11-28 12:00 UTC", "campaign at-once goes to the same people now", "campaign tomorrow goes to the same people at 2026-11-30 08:00 UTC",
		}},
		"the day after": {func(r *campaign.Record) { r.Campaign.SendAt = now.Add(40 * time.Hour) }, []string{"campaign tomorrow goes to", "campaign later goes to"}},
		"by a tag":      {func(r *campaign.Record) { r.Campaign.ListName, r.Campaign.TagName = "", "customers" }, []string{"campaign tagged went to"}},
		"simulated":     {func(r *campaign.Record) { r.Campaign.SimulationMode = true }, nil},
		"a proof":       {func(r *campaign.Record) { r.Campaign.Labels = map[string]string{record.ProofLabel: "spring"} }, nil},
		"ended":         {func(r *campaign.Record) { r.State = campaign.StateCancelled }, nil},
	} {
		r := campaign.Record{Campaign: campaign.Campaign{ID: "self", Account: "default", ListName: "customers"}, State: campaign.StateAwaitingApproval}
		c.change(&r)
		var got []string
		for _, w := range admin.SameList(r, others, now) {
			got = append(got, w.Problem)
		}
		if len(got) != len(c.want) || !slices.EqualFunc(got, c.want, strings.HasPrefix) {
			t.Errorf("%s: got %q, want %q", name, got, c.want)
		}
	}
}

// Of many only the first are named, and the others counted.
func TestManySendingsAreCounted(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 29, 12, 0, 0, 0, time.UTC)
	var others []admin.Sending
	for _, id := range []string{"a", "b", "c", "d", "e"} {
		others = append(others, admin.Sending{ID: id, ListName: "customers", State: campaign.StateSent, At: now})
	}
	r := campaign.Record{Campaign: campaign.Campaign{ID: "self", ListName: "customers"}, State: campaign.StateAwaitingApproval}
	got := admin.SameList(r, others, now)
	if len(got) != 4 || got[3].Problem != "and 2 more" {
		t.Errorf("got %v, want three of them and how many more", got)
	}
}
