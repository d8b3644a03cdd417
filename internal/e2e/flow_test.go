package e2e

import (
	"testing"
	"time"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/record"
	"github.com/octoq/octoq/internal/simulator"
)

// Campaigns to lists and tags go all the way, each confirmed once; one without
// STOP is dead after one call.
func TestCampaignsAreSentOnce(t *testing.T) {
	t.Parallel()
	r := newRig(t, simulator.Config{ComputeTime: time.Second})
	r.worker("--rate", "50", "--burst", "20", "--max-in-flight", "5")
	bad := `{"id":"bad","list_name":"bad","text":"no mention","type":"sms_premium","purpose":"wholesale"}` + "\n"
	r.must(0, "enqueue", "--file", r.file("c.jsonl", campaigns("c", 10, "")+bad))
	r.until(60*time.Second, "all end", func() (bool, string) {
		counts := r.list()
		return counts[campaign.StateSent] == 10 && counts[campaign.StateDead] == 1, tail(r.octoq("list").out, 2000)
	})
	if s := r.status("bad"); s.Failure == nil || s.Failure.Code != record.CodeStopMissing || s.Attempts.Create != 1 {
		t.Errorf("bad: got %+v, want failure 121 after one create", s)
	}
	r.onceEach()
}
