package e2e

import (
	"fmt"
	"math"
	"net/http"
	"testing"
	"time"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/simulator"
)

// After a run both pages of metrics tell it in plausible numbers: the worker's
// what it did, octoq web's how things stand.
func TestMetricsTellTheRun(t *testing.T) {
	t.Parallel()
	const n = 10
	r := newRig(t, simulator.Config{Latency: 5 * time.Millisecond})
	r.quick("OCTOQ_LISTEN=127.0.0.1:0")
	r.rule(simulator.Rule{Call: simulator.CallCreate, ListName: "c0", Fault: simulator.Fault503, Times: 2})
	r.rule(simulator.Rule{Call: simulator.CallCreate, ListName: "hopeless", Fault: simulator.Fault503})
	own := r.pagesBeside(r.worker())
	web := r.web()
	r.enqueue(campaigns("c", n, "") + noStop("bad") + toList("later", `,"not_before":"2099-01-01T00:00:00Z"`))
	r.awaitSent(30*time.Second, n)
	r.await(30*time.Second, "bad", campaign.StateDead)
	r.must(0, "hold", "set")
	web.awaitPaused(stopped()...)

	did, stands := own.metrics(), web.metrics()
	statuses := float64(r.sim.Stats(0).Calls[simulator.CallStatus])
	creates := did.calls("create") // on a slow machine some are given up before they are made, and made again
	for _, want := range []struct {
		from   scrape
		what   string
		value  float64
		labels []string
	}{
		{did, "octoq_calls_total", n, []string{`call="create"`, `class="ok"`}},
		{did, "octoq_calls_total", 1, []string{`call="create"`, `class="rejected"`}},
		{did, "octoq_calls_total", 2, []string{`call="create"`, `class="transient"`}},
		{did, "octoq_calls_total", statuses, []string{`call="status"`}},
		{did, "octoq_calls_total", n, []string{`call="confirm"`, `class="ok"`}},
		{did, "octoq_call_duration_seconds_count", creates, []string{`call="create"`}},
		{did, "octoq_gate_wait_seconds_count", creates, []string{`call="create"`}},
		{did, "octoq_gate_wait_seconds_count", did.calls("confirm"), []string{`call="confirm"`}},
		{did, "octoq_dead_total", 1, []string{`class="rejected"`}},
		{did, "octoq_dead_total", 1, nil},
		{did, "octoq_steps_queued_total", n, []string{`stage="confirm"`}},
		{did, "octoq_enqueue_to_sent_seconds_count", n, []string{`account="default"`}},
		{did, "octoq_build_info", 1, []string{`goversion="go`}},
		{stands, "octoq_build_info", 1, []string{`goversion="go`}},
		{stands, "octoq_workers_wanted", 0, nil},
		{stands, "octoq_campaigns", n, []string{`state="sent"`}},
		{stands, "octoq_campaigns", 1, []string{`state="dead"`}},
		{stands, "octoq_campaigns", n + 1, nil},
		{stands, "octoq_queue_tasks", 1, []string{`stage="create"`, `kind="scheduled"`}},
		{stands, "octoq_queue_tasks", 1, []string{`stage="dead"`, `kind="scheduled"`}},
		{stands, "octoq_queue_tasks", 2, nil},
		{stands, "octoq_queue_paused", 3, nil},
		{stands, "octoq_hold", 1, []string{`account="default"`, `reason="operator"`, `phase="held"`}},
		{stands, "octoq_scrape_ok", 1, nil},
	} {
		if got, samples := want.from.sum(want.what, want.labels...); samples == 0 || got != want.value {
			t.Errorf("%s %v: got %v in %d samples, want %v", want.what, want.labels, got, samples, want.value)
		}
	}
	var want float64
	for i := range n {
		want += float64(r.status(fmt.Sprint("c", i)).Cost) / float64(campaign.Euro)
	}
	if cost, _ := did.sum("octoq_cost_sent_total", `account="default"`, `purpose="wholesale"`); want == 0 || math.Abs(cost-want) > 1e-6 {
		t.Errorf("octoq_cost_sent_total: got %v €, want %v €, what %d sent campaigns cost", cost, want, n)
	}
	if creates < n+3 {
		t.Errorf("creates: got %v, want %d at least", creates, n+3)
	}
	took, _ := did.sum("octoq_call_duration_seconds_sum", `call="create"`)
	if took < (n+3)*0.005 || took > 60 {
		t.Errorf("seconds that creates took: got %v, want at least %v", took, (n+3)*0.005)
	}
	for _, p := range []*pages{own, web} {
		for _, path := range []string{"/healthz", "/readyz"} {
			if status, answer := p.ask(http.MethodGet, path); status != http.StatusOK {
				t.Errorf("GET %s%s: got %d %s, want 200", p.url, path, status, answer)
			}
		}
	}
}

// A task that stands in no list, as asynq's "all" actions leave it, is found
// by the sweep, which counts it.
func TestSweepFindsAnUnlistedTask(t *testing.T) {
	t.Parallel()
	r := newRig(t, simulator.Config{})
	r.quick("OCTOQ_LISTEN=127.0.0.1:0")
	r.enqueue(toList("lost", ""))
	c := r.redis.Client()
	if n, err := c.LRem(t.Context(), "asynq:{default.create}:pending", 0, "lost").Result(); n != 1 || err != nil {
		t.Fatalf("unlist the task: got %d, %v, want 1", n, err)
	}
	own := r.pagesBeside(r.worker())
	r.await(60*time.Second, "lost", campaign.StateSent)
	if v, _ := own.metrics().sum("octoq_sweep_found_total", `what="relisted"`); v != 1 {
		t.Errorf("octoq_sweep_found_total: got %v, want 1", v)
	}
}

// calls is how many calls of a kind a worker has counted, whatever came of them.
func (s scrape) calls(kind string) float64 {
	n, _ := s.sum("octoq_calls_total", fmt.Sprintf("call=%q", kind))
	return n
}
