package e2e

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/memredis"
	"github.com/octoq/octoq/internal/simulator"
)

const (
	callersTrace = "4bf92f3577b34da6a3ce929d0e0e4736"
	callersSpan  = "00f067aa0ba902b7"
	putRoute     = "PUT /v1/accounts/{account}/campaigns/{id}"
)

// movable is a Redis in memory whose clock is ahead of the machine's by what it is told.
func movable(t *testing.T) (*miniredis.Miniredis, func(time.Duration)) {
	t.Helper()
	m := memredis.RunT(t)
	var ahead atomic.Int64
	set := func() { m.SetTime(time.Now().Add(time.Duration(ahead.Load()))) }
	tick, done := time.NewTicker(5*time.Millisecond), make(chan struct{})
	go func() {
		defer close(done)
		for range tick.C {
			if ahead.Load() < 0 {
				return
			}
			set()
		}
	}()
	t.Cleanup(func() { ahead.Store(-1); <-done; tick.Stop() })
	return m, func(d time.Duration) { ahead.Store(int64(d)); set() }
}

// A backend's trace goes by its header traceparent through octoq web and the queue to the
// worker: each call has a trace of its own, linked to the request that enqueued the
// campaign, the validation two days later, too. Nothing secret goes to the collector.
func TestTracesReachTheCollectorAcrossDays(t *testing.T) {
	t.Parallel()
	redis, ahead := movable(t)
	r := rigOn(t, simulator.Config{}, "redis://"+redis.Addr())
	to := newCollector(t)
	r.quick("OTEL_EXPORTER_OTLP_ENDPOINT="+to.URL, "OTEL_BSP_SCHEDULE_DELAY=50", "OCTOQ_CALLBACK_SECRET="+callbackSecret)
	r.worker()
	web := r.web()
	for _, id := range []string{"later", "given-up"} {
		web.enqueueIn(id, fmt.Sprintf("00-%s-%s-01", callersTrace, callersSpan))
	}
	r.await(time.Minute, "given-up", campaign.StateAwaitingApproval)
	web.do(http.StatusOK, http.MethodPost, "/v1/accounts/default/campaigns/given-up/cancel", "")
	waiting := web.do(http.StatusOK, http.MethodGet, "/v1/accounts/default/campaigns/later?wait=30s&until=awaiting_approval", "")
	r.await(time.Minute, "given-up", campaign.StateCancelled)

	const days = 48 * time.Hour
	ahead(days)
	shown := fmt.Sprintf(`{"cost":%q,"number_of_contacts":%d}`, strings.TrimSuffix(waiting.Cost.String(), " €"), waiting.Contacts)
	web.do(http.StatusOK, http.MethodPost, "/v1/accounts/default/campaigns/later/approve", shown)
	sent := r.await(time.Minute, "later", campaign.StateSent)
	if took := sent.Timeline[len(sent.Timeline)-1].At.Sub(waiting.EnqueuedAt); took < days {
		t.Fatalf("it was sent %v after it was enqueued, want two days", took)
	}

	r.until(time.Minute, "the spans are there", func() (bool, string) {
		n := fmt.Sprint(len(to.named(putRoute, "")), len(to.named("octopush confirm", "later")), len(to.named("octopush cancel", "given-up")))
		return n == "2 1 1", n
	})
	request := map[string]seenSpan{}
	for _, s := range to.named(putRoute, "") {
		if s.trace != callersTrace || s.parent != callersSpan || s.service != "octoq-web" {
			t.Errorf("the request: got %+v, want it in the caller's trace", s)
		}
		request[s.id] = s
	}
	traces := map[string]bool{callersTrace: true}
	for _, c := range [][2]string{
		{"later", "create"}, {"later", "status"}, {"later", "confirm"}, {"given-up", "create"}, {"given-up", "status"}, {"given-up", "cancel"},
	} {
		found := to.named("octopush "+c[1], c[0])
		if len(found) == 0 {
			t.Errorf("%s: there is no span of %s", c[0], c[1])
		}
		for _, s := range found {
			origin := strings.TrimPrefix(strings.Join(s.links, " "), callersTrace+"-")
			if _, ok := request[origin]; !ok || traces[s.trace] || s.parent != "" || s.service != "octoq-worker" {
				t.Errorf("%s of %s: got %+v, want a trace of its own with a link to the request that enqueued it", c[1], c[0], s)
			}
			traces[s.trace] = true
		}
		if !slices.ContainsFunc(found, func(s seenSpan) bool { return s.attributes["octoq.class"] == "ok" }) {
			t.Errorf("%s of %s: got %+v, want one that was answered", c[1], c[0], found)
		}
	}
	r.traceIsShown(web, "later")
	r.callbackIsTraced(web, to)
	for _, secret := range []string{apiKey, callbackSecret, "Hello", "STOP", "octopush-number", strings.TrimPrefix(callbackBase(""), "http:///callbacks/default/")} {
		if to.holds(secret) {
			t.Errorf("the collector got %q", secret)
		}
	}
}

// enqueueIn enqueues a campaign that waits for a person, in a trace.
func (p *pages) enqueueIn(id, traceparent string) {
	p.rig.t.Helper()
	body := fmt.Sprintf(`{"list_name":"list-%s","text":"Hello. STOP au 30101","type":"sms_premium","purpose":"wholesale","sender":"Shop","confirm":"manual"}`, id)
	req, err := http.NewRequestWithContext(p.rig.t.Context(), http.MethodPut, p.url+"/v1/accounts/default/campaigns/"+id, strings.NewReader(body))
	if err != nil {
		p.rig.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("traceparent", traceparent)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		p.rig.t.Fatal(err)
	}
	_ = resp.Body.Close()
	if resp.StatusCode != http.StatusCreated {
		p.rig.t.Fatalf("enqueue %s: got %s", id, resp.Status)
	}
}

// traceIsShown: in octoq status, for people and as JSON, and in the API.
func (r *rig) traceIsShown(web *pages, id string) {
	r.t.Helper()
	if out := r.must(0, "status", id).out; !strings.Contains(out, callersTrace) {
		r.t.Errorf("octoq status: got\n%s\nwant the trace in it", out)
	}
	var shown struct {
		TraceID string `json:"trace_id"`
	}
	if err := json.Unmarshal([]byte(r.must(0, "status", id, "--json").out), &shown); err != nil || shown.TraceID != callersTrace {
		r.t.Errorf("octoq status --json: got %q, %v, want %q", shown.TraceID, err, callersTrace)
	}
	if got := web.do(http.StatusOK, http.MethodGet, "/v1/accounts/default/campaigns/"+id, ""); got.TraceID != callersTrace {
		r.t.Errorf("the API: got %q, want %q", got.TraceID, callersTrace)
	}
}

// callbackIsTraced by its pattern alone, in a trace of its own: whoever calls is not believed.
func (r *rig) callbackIsTraced(web *pages, to *collector) {
	r.t.Helper()
	r.reportOne(http.DefaultClient, callbackBase(strings.TrimPrefix(web.url, "http://"))+"/deliveries", "octopush-number")
	const pattern = "/callbacks/{account}/{secret}/{topic}"
	r.until(time.Minute, "the callback's span is there", func() (bool, string) { return len(to.named(pattern, "")) == 1, "" })
	if s := to.named(pattern, "")[0]; s.parent != "" || s.attributes["http.route"] != pattern {
		r.t.Errorf("the callback: got %+v, want its pattern, and no parent", s)
	}
}

// What commands enqueue is in the trace that TRACEPARENT names, and needs no collector.
func TestCommandsEnqueueInTheTraceOfTheEnvironment(t *testing.T) {
	t.Parallel()
	r := newRig(t, simulator.Config{})
	r.quick()
	r.worker()
	r.enqueue(toList("untraced", ""))
	r.setenv("TRACEPARENT=00-" + callersTrace + "-" + callersSpan + "-01")
	r.enqueue(toList("enqueued", ""))
	r.must(0, "quote", r.file("quoted.jsonl", toList("quoted", "")), "--name", "spring")
	r.must(0, "proof", "quoted", "--list", "proofs")
	r.setenv("TRACEPARENT=of another kind")
	r.enqueue(toList("strange", ""))
	for id, want := range map[string]string{"untraced": "", "enqueued": callersTrace, "quoted": callersTrace, "quoted-proof-1": callersTrace, "strange": ""} {
		var shown struct {
			TraceID string `json:"trace_id"`
		}
		if err := json.Unmarshal([]byte(r.must(0, "status", id, "--json").out), &shown); err != nil || shown.TraceID != want {
			t.Errorf("%s: got the trace %q, %v, want %q", id, shown.TraceID, err, want)
		}
	}
}
