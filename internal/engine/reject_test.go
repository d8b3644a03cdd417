package engine

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/redis/go-redis/v9"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/queue"
	"github.com/octoq/octoq/internal/record"
	"github.com/octoq/octoq/internal/redistest"
	"github.com/octoq/octoq/internal/task"
)

// A campaign that this worker's rules refuse, though its producer's did not,
// comes into its record and letter whole: octoq dead edit can mend it.
func TestRefusedCampaignIsKept(t *testing.T) {
	t.Parallel()
	c := campaign.Campaign{
		ID: "refused", Account: campaign.DefaultAccount, ListName: "customers", Text: strings.Repeat("Привет ", 170) + "the end",
		Type: campaign.TypePremium, Purpose: "news", Labels: map[string]string{"order": "4711"},
	}
	r, b := rejected(t, c)
	if diff := cmp.Diff(c, r.Campaign); diff != "" {
		t.Errorf("record (-want +got):\n%s", diff)
	}
	if f := r.Failure; f == nil || f.Class != campaign.FailInvalid || !strings.Contains(f.Message, "purpose") || strings.Contains(f.Message, c.Text) {
		t.Errorf("failure: got %+v, want the fault alone", f)
	}
	if b.Err != nil || b.Task.Letter == nil {
		t.Fatalf("letter: got %+v, %v", b.Task, b.Err)
	}
	if diff := cmp.Diff(c, b.Task.Letter.Campaign); diff != "" {
		t.Errorf("letter (-want +got):\n%s", diff)
	}
}

// A campaign that was enqueued before an expires_at earlier than its send_at was
// refused goes on as it did: this one expires.
func TestQueuedCampaignIsHeldToTheRulesOfItsTime(t *testing.T) {
	t.Parallel()
	now := time.Now().UTC().Truncate(time.Second)
	c := campaign.Campaign{
		ID: "earlier", Account: campaign.DefaultAccount, ListName: "customers", Text: "Hello. STOP au 30101",
		Type: campaign.TypePremium, Purpose: campaign.PurposeWholesale, SendAt: now.Add(time.Hour), ExpiresAt: now.Add(-time.Hour),
	}
	if r, _ := rejected(t, c); r.Failure == nil || r.Failure.Class != campaign.FailExpired {
		t.Errorf("failure: got %+v, want %s", r.Failure, campaign.FailExpired)
	}
}

// What is larger than a letter holds is kept as it stood there, cut short.
func TestRefusedGiantIsKeptAsText(t *testing.T) {
	t.Parallel()
	c := campaign.Campaign{ID: "giant", Account: campaign.DefaultAccount, ListName: "customers", Text: strings.Repeat("\n<", 300_000)}
	r, b := rejected(t, c)
	if r.Campaign.Text != "" || len(r.Unread) < 60<<10 {
		t.Errorf("record: got %d bytes of text and %d unread, want none and most of 64 KiB", len(r.Campaign.Text), len(r.Unread))
	}
	if b.Err != nil || b.Task.Letter == nil || b.Task.Letter.Unread != r.Unread {
		t.Errorf("letter: got %v, want one with the same text", b.Err)
	}
}

// rejected has a worker find a campaign, and gives its record and letter.
func rejected(t *testing.T, c campaign.Campaign) (record.Record, queue.Buried) {
	t.Helper()
	rdb := redistest.Start(t).Client()
	first := task.Task{Account: c.Account, ID: c.ID, Step: task.FirstStep(), First: &task.First{Campaign: c, EnqueuedAt: time.Now()}}
	if err := queue.NewProducer(rdb).Put(t.Context(), first, time.Time{}); err != nil {
		t.Fatal(err)
	}
	p := processOf(t, with(rdb), AccountConfig{Name: c.Account, API: at(newSlow(t))})
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- p.Run(ctx) }()
	b := buried(t, rdb, c)
	cancel()
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	r, _, err := ledgerOf(t, rdb).Load(t.Context(), c.Account, c.ID)
	if err != nil {
		t.Fatal(err)
	}
	return r, b
}

// buried waits for a campaign's letter.
func buried(t *testing.T, rdb redis.UniversalClient, c campaign.Campaign) queue.Buried {
	t.Helper()
	letters := queue.NewLetters(rdb)
	var b queue.Buried
	await(t, "the letter has come", func() bool {
		var err error
		b, err = letters.Get(t.Context(), c.Account, c.ID)
		return err == nil
	})
	return b
}
