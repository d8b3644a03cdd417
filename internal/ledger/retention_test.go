package ledger

import (
	"testing"
	"time"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/key"
	"github.com/octoq/octoq/internal/redistest"
)

// The record of a campaign that was cancelled before it was due outlasts its
// task in the queue, which would otherwise create it after all.
func TestCancelledOutlastsItsTask(t *testing.T) {
	t.Parallel()
	b := newBench(t, redistest.Start(t).Client())
	enqueued := b.now().Now
	const day = 24 * time.Hour
	for id, tc := range map[string]struct {
		notBefore time.Time
		want      time.Duration
	}{
		"at-once": {time.Time{}, DefaultRetention},
		"passed":  {enqueued.Add(-day), DefaultRetention},
		"later":   {enqueued.Add(200 * day), DefaultRetention + 200*day},
		"never":   {time.Date(9998, 1, 1, 0, 0, 0, 0, time.UTC), DefaultRetention + longestWait},
	} {
		r := b.fresh(id)
		r.EnqueuedAt, r.Campaign.NotBefore = enqueued, tc.notBefore
		r, entries, err := r.RequestCancel("operator")
		if err != nil {
			t.Fatal(err)
		}
		ch := b.change(nil, r)
		ch.Entries = entries
		b.commit(ch, campaign.VerdictApplied)
		b.wantTTL(key.Record(b.account, id), tc.want)
		b.wantTTL(key.Log(b.account, id), tc.want)
	}
}
