package engine

import (
	"errors"
	"slices"
	"testing"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/key"
	"github.com/octoq/octoq/internal/ledger"
	"github.com/octoq/octoq/internal/queue"
	"github.com/octoq/octoq/internal/redistest"
	"github.com/octoq/octoq/internal/schedule"
)

// A tick's campaign is taken once: what the queue or the ledger knows is a
// duplicate, and one with another content is told apart.
func TestTicksAreTakenOnce(t *testing.T) {
	t.Parallel()
	rdb, ctx := redistest.Start(t).Client(), t.Context()
	store, err := ledger.New(rdb, ledger.Options{})
	if err != nil {
		t.Fatal(err)
	}
	q := &ticks{account: "default", rdb: rdb, ledger: store, producer: queue.NewProducer(rdb)}
	of := func(id, text string) schedule.TickCampaign {
		return schedule.TickCampaign{Schedule: "monday", CreatedBy: "user:anna", Campaign: campaign.Campaign{
			ID: id, Account: "default", ListName: "l", Text: text, Type: campaign.TypePremium, Purpose: campaign.PurposeAlert,
		}}
	}
	rdb.HSet(ctx, key.Record("default", "done"), "x", "y") // somebody's record
	for i, want := range [][]string{{"", "known"}, {"known", "known"}} {
		for j, err := range q.Enqueue(ctx, []schedule.TickCampaign{of("a", "Hello"), of("done", "Hello")}) {
			var e *campaign.DuplicateError
			got := ""
			if errors.As(err, &e) && e.Same {
				got = "known"
			} else if err != nil {
				got = err.Error()
			}
			if got != want[j] {
				t.Errorf("time %d, campaign %d: got %q, want %q", i, j, got, want[j])
			}
		}
	}
	var e *campaign.DuplicateError
	if err := q.Enqueue(ctx, []schedule.TickCampaign{of("a", "Another")})[0]; !errors.As(err, &e) || e.Same {
		t.Errorf("another content: got %v, want a duplicate that is not the same", err)
	}
	queued := rdb.LLen(ctx, key.Alerts(key.Queue("default", campaign.StageCreate))).Val()
	if queued != 1 {
		t.Errorf("queue: got %d tasks, want 1", queued)
	}
	found, err := q.producer.Existing(ctx, "default", "a")
	if r := found.First.Record(); err != nil || r.EnqueuedBy != "schedule:monday" || !slices.Equal(r.Authors, []string{"user:anna"}) {
		t.Errorf("got enqueued by %q, written by %q, %v, want the schedule and who set it", r.EnqueuedBy, r.Authors, err)
	}
	_ = rdb.Close()
	if err := q.Enqueue(ctx, []schedule.TickCampaign{of("b", "Hello")})[0]; err == nil || errors.As(err, &e) && e.ID == "b" {
		t.Errorf("without Redis: got %v, want an error that is no duplicate", err)
	}
}
