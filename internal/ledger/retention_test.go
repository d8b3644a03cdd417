package ledger

import (
	"testing"
	"time"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/key"
	"github.com/octoq/octoq/internal/record"
	"github.com/octoq/octoq/internal/redistest"
)

// The record of a campaign that was cancelled before any worker claimed it outlasts
// its task in the queue, which would otherwise create it after all.
func TestCancelledOutlastsItsTask(t *testing.T) {
	t.Parallel()
	b := newBench(t, redistest.Start(t).Client())
	cancelled := func(before *record.Record, r record.Record) {
		t.Helper()
		r, entries, err := r.RequestCancel("operator", "")
		if err != nil {
			t.Fatal(err)
		}
		r.State, r.Claim = campaign.StateCancelled, nil
		ch := b.change(before, r)
		ch.Entries = entries
		b.commit(ch, record.CommitApplied)
	}
	cancelled(nil, b.fresh("untouched"))
	tried := b.path("tried", campaign.StateCreating)
	before := tried
	tried.Started = map[campaign.Call]campaign.Start{campaign.CallCreate: {At: b.now().Now}}
	tried = b.put(&before, tried)
	cancelled(&tried, tried)

	lasting := func(before time.Time) []string {
		t.Helper()
		ids, next, err := b.Lasting(b.ctx(), b.account, before, "", 10)
		if err != nil || next != "" {
			t.Fatalf("got %q, next %q, %v", ids, next, err)
		}
		return ids
	}
	hour := b.now().Now.Add(time.Hour)
	if got := lasting(hour); len(got) != 1 || got[0] != "untouched" {
		t.Errorf("without an end: got %q, want the one that no worker claimed", got)
	}
	if got := lasting(b.now().Now.Add(-time.Hour)); len(got) != 0 {
		t.Errorf("an hour ago: got %q, want none", got)
	}
	for id, want := range map[string]time.Duration{"untouched": -1, "tried": DefaultRetention} {
		b.wantTTL(key.Record(b.account, id), want)
	}
	b.path("living", campaign.StateCreating)
	for _, id := range []string{"untouched", "tried", "living", "unknown"} {
		if err := b.Expire(b.ctx(), b.account, id); err != nil {
			t.Errorf("%s: %v", id, err)
		}
	}
	for id, want := range map[string]time.Duration{"untouched": DefaultRetention, "tried": DefaultRetention, "living": -1} {
		b.wantTTL(key.Record(b.account, id), want)
	}
	b.wantTTL(key.Log(b.account, "untouched"), DefaultRetention)
	if got := lasting(hour); len(got) != 0 {
		t.Errorf("afterwards: got %q, want none", got)
	}
}
