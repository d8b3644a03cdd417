package e2e

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/simulator"
)

// One unconfirmed campaign at a time is all that the API takes, and a dozen of them wait
// for a person: each is priced all the same, an alert goes out among them, and what is
// approved is sent.
func TestCampaignsThatWaitMakeRoom(t *testing.T) {
	t.Parallel()
	r := newRig(t, simulator.Config{})
	sim := r.simulate("--strict=pending", "--compute", "300ms")
	r.quick()
	r.worker()
	const n = 12
	r.enqueue(campaigns("w", n, `,"confirm":"manual"`))
	// The account's very first tickets may be priced before its first 126; the sweep finds them.
	r.until(2*time.Minute, "a ticket makes room", func() (bool, string) {
		var stats simulator.Stats
		r.getJSON(sim+"/stats", &stats)
		return stats.Cancelled > 0, fmt.Sprintf("%+v", stats)
	})
	began := time.Now()
	r.enqueue(strings.Replace(toList("code", ""), "wholesale", "alert", 1))
	r.await(30*time.Second, "code", campaign.StateSent)
	t.Logf("an alert among %d campaigns that wait was sent after %s", n, time.Since(began).Round(time.Millisecond))

	ids := make([]string, n)
	for i := range ids {
		ids[i] = fmt.Sprintf("w%d", i)
	}
	r.until(3*time.Minute, "all are priced, and wait without a ticket", func() (bool, string) {
		priced := 0
		for _, id := range ids {
			if s := r.status(id); s.State == campaign.StateAwaitingApproval && s.Ticket == "" && s.Contacts > 0 {
				priced++
			}
		}
		return priced == n, fmt.Sprintf("%d of %d, %v", priced, n, r.list())
	})
	for i, id := range ids {
		if i%2 == 0 {
			r.must(0, "approve", id, "--up-to", "100")
		} else {
			r.must(0, "reject", id, "--reason", "not this one")
		}
	}
	r.until(2*time.Minute, "half are sent, half are cancelled", func() (bool, string) {
		counts := r.list()
		return counts[campaign.StateSent] == n/2+1 && counts[campaign.StateCancelled] == n/2, fmt.Sprint(counts)
	})
	var stats simulator.Stats
	r.getJSON(sim+"/stats", &stats)
	if stats.Sent != n/2+1 || len(stats.SentTwice) > 0 {
		t.Errorf("got %d sent, %v twice, want %d, none", stats.Sent, stats.SentTwice, n/2+1)
	}
	if left := stats.Created - stats.Sent - stats.Cancelled; left != 0 {
		t.Errorf("got %d tickets left unconfirmed at the API, want none: %+v", left, stats)
	}
}
