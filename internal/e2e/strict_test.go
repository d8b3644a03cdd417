package e2e

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/record"
	"github.com/octoq/octoq/internal/simulator"
)

// An API that does everything it is documented to do against its clients: one
// unvalidated campaign at a time, numbers as strings, words that octoq does not
// know. Campaigns are sent all the same, also behind one that waits for a
// person and blocks the account meanwhile.
func TestStrictAPI(t *testing.T) {
	t.Parallel()
	r := newRig(t, simulator.Config{})
	sim := r.simulate("--strict", "--compute", "300ms")
	r.quick()
	r.worker()
	const n = 5
	english := func(lines string) string { return strings.ReplaceAll(lines, "STOP au 30101", "STOP at 30101") }
	later := time.Now().Add(time.Hour).UTC().Format(time.RFC3339)
	r.enqueue(toList("dear", `,"max_cost":0.01`))
	r.await(30*time.Second, "dear", campaign.StateAwaitingApproval)
	r.enqueue(english(toList("english", "")) + campaigns("s", n, "") + toList("planned", fmt.Sprintf(`,"send_at":%q`, later)))
	r.until(30*time.Second, "a create is refused with 126", func() (bool, string) {
		var refused []simulator.Call
		r.getJSON(sim+"/log?call=create&carried_out=false", &refused)
		awaits := func(c simulator.Call) bool { return c.Code == record.CodeAwaitsApproval }
		return slices.ContainsFunc(refused, awaits), fmt.Sprintf("%+v", refused)
	})
	r.must(0, "approve", "dear", "--up-to", "100")
	r.until(90*time.Second, "all are sent", func() (bool, string) {
		counts := r.list()
		return counts[campaign.StateSent] == n+2 && counts[campaign.StateDead] == 1, fmt.Sprint(counts)
	})

	var stats simulator.Stats
	r.getJSON(sim+"/stats", &stats)
	if stats.Created != n+2 || stats.Sent != n+2 || len(stats.SentTwice) > 0 {
		t.Errorf("tickets: got %d created, %d sent, %v twice, want %d, %d, none", stats.Created, stats.Sent, stats.SentTwice, n+2, n+2)
	}
	if s := r.status("english"); s.Failure == nil || s.Failure.Code != record.CodeStopMissing || s.Attempts.Create != 1 {
		t.Errorf("english: got %+v, want it dead by 121 after one create: STOP at is not the known mention", s)
	}
	if s := r.status("planned"); !strings.HasPrefix(s.SendingDate, later[:len("2006-01-02T15:04:05")]) {
		t.Errorf("planned: got sending date %s, want %s", s.SendingDate, later)
	}
	if s := r.status("dear"); s.Contacts == 0 || s.Cost == 0 {
		t.Errorf("dear: got %d contacts and %s, want its price, which came as strings", s.Contacts, s.Cost)
	}
}
