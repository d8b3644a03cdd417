package webhook_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/octoq/octoq/internal/event"
	"github.com/octoq/octoq/internal/webhook"
)

// An event that fails is tried after ever longer pauses, a last time after three days.
func TestRetries(t *testing.T) {
	t.Parallel()
	d, err := webhook.NewDelivery(event.Event{ID: "evt_1", Account: "a", Campaign: "c"})
	if err != nil || d.Lane() != "a/c" {
		t.Fatalf("got %v and the lane %q", err, d.Lane())
	}
	start := time.Now()
	var offsets []time.Duration
	for now := start; d.State == webhook.Waiting; now = d.NextAt {
		offsets = append(offsets, now.Sub(start))
		d = d.After(webhook.Answer{Status: 500, Fault: "it answers 500"}, now)
	}
	want := []time.Duration{0, 5 * time.Second, 35 * time.Second, 155 * time.Second, 755 * time.Second}
	for at := 755*time.Second + time.Hour; at < 72*time.Hour; at += 6 * time.Hour {
		want = append(want, at)
	}
	want = append(want, 72*time.Hour)
	if diff := cmp.Diff(want, offsets); diff != "" {
		t.Errorf("attempts (-want +got):\n%s", diff)
	}
	if d.State != webhook.Failed || d.Attempts != len(want) || d.Fault == "" || !d.NextAt.IsZero() {
		t.Errorf("got %+v, want it failed", d)
	}
	again := d.Again()
	if again.State != webhook.Waiting || again.Attempts != 0 || !again.FirstAt.IsZero() || again.Fault != "" {
		t.Errorf("again: got %+v, want it as new", again)
	}
	if ok := again.After(webhook.Answer{Status: 204}, start); ok.State != webhook.Delivered || ok.Attempts != 1 || ok.Status != 204 {
		t.Errorf("a success: got %+v", ok)
	}
}
