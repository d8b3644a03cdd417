package e2e

import (
	"strings"
	"testing"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/rights"
	"github.com/octoq/octoq/internal/simulator"
)

// --durable succeeds where Redis has everything on disk before it answers, and
// says elsewhere that the campaigns are enqueued, what was not confirmed, and
// what to do. Started again, it asks again.
func TestEnqueueDurable(t *testing.T) {
	t.Parallel()
	r := newRig(t, simulator.Config{}, "--appendonly", "yes", "--appendfsync", "always")
	r.grant(rights.Producer, "+config|get") // for servers without WAITAOF
	file := r.file("c.jsonl", campaigns("c", 3, ""))
	if o := r.must(0, "enqueue", "--file", file, "--durable"); !strings.Contains(o.out, "3 enqueued") {
		t.Errorf("got %+v, want 3 enqueued", o)
	}
	r.must(4, "enqueue", "--file", file, "--durable")
	r.setenv("OCTOQ_DURABLE=disk,replicas:1")
	o := r.must(1, "enqueue", "--file", r.file("d.jsonl", campaigns("c", 3, "")+toList("d", "")))
	if !strings.Contains(o.out, "1 enqueued, 3 known already, 0 invalid, 4 not confirmed as durable") || !strings.Contains(o.err, "0 of the 1 replicas") {
		t.Errorf("without a replica: got %q and %q, want it told", o.out, o.err)
	}
	if counts := r.list(); counts[campaign.StateQueued] != 4 {
		t.Errorf("campaigns: got %v, want 4 queued", counts)
	}
	anonymous := strings.Replace(toList("x", ""), `"id":"x",`, "", 1)
	if o := r.octoqIn(anonymous, "enqueue", "--file", "-", "--new-ids"); o.code != 2 || !strings.Contains(o.err, "id") {
		t.Errorf("without an id: got %+v, want it refused", o)
	}
	for _, bad := range []string{"--durable=tape", "--durable=replicas:0", "--durable=replicas:", "--durable=disk,"} {
		r.must(2, "enqueue", "--file", file, bad)
	}
}
