package engine

import (
	"net/http/httptest"
	"testing"
	"time"

	"github.com/rs/zerolog"
	sdk "go.opentelemetry.io/otel/sdk/trace"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/octopush"
	"github.com/octoq/octoq/internal/record"
	"github.com/octoq/octoq/internal/simulator"
	"github.com/octoq/octoq/internal/tracing"
)

// BenchmarkCallTraced asks for a balance in turns without traces and with a provider that
// drops its spans. off/call is what is left of tracing without a provider, as a share of
// the call.
func BenchmarkCallTraced(b *testing.B) {
	sim, err := simulator.New(simulator.Config{})
	if err != nil {
		b.Fatal(err)
	}
	server := httptest.NewServer(sim)
	defer server.Close()
	client, err := octopush.New(octopush.Config{BaseURL: server.URL + "/v1/public", Login: simulator.DefaultLogin, Key: simulator.DefaultKey, Timeout: time.Minute})
	if err != nil {
		b.Fatal(err)
	}
	provider := sdk.NewTracerProvider()
	without := &api{
		client: client, calls: newSemaphore(1, 0), log: zerolog.Nop(), throttle: &warnThrottle{}, now: time.Now,
		called: func(string, campaign.Call, record.Class, time.Duration) {},
	}
	with := *without
	with.spans = tracing.NewCalls(provider)
	r := record.Request{Call: campaign.CallBalance, Account: "default", TraceID: "4bf92f3577b34da6a3ce929d0e0e4736", TraceSpan: "00f067aa0ba902b7-01"}
	var off, plain, traced time.Duration
	for b.Loop() {
		began := time.Now()
		without.spans.Begin(b.Context(), r, began).End(r, record.Outcome{}, began)
		between := time.Now()
		out := without.Do(b.Context(), r)
		third := time.Now()
		out2 := with.Do(b.Context(), r)
		if out.Class != record.ClassOK || out2.Class != record.ClassOK {
			b.Fatalf("got %+v and %+v", out, out2)
		}
		off, plain, traced = off+between.Sub(began), plain+third.Sub(between), traced+time.Since(third)
	}
	b.ReportMetric(float64(off)/float64(plain), "off/call")
	b.ReportMetric(float64(traced)/float64(plain), "on/call")
}
