package tracing_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"go.opentelemetry.io/otel/codes"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/record"
	"github.com/octoq/octoq/internal/tracing"
)

const (
	aTrace = "4bf92f3577b34da6a3ce929d0e0e4736"
	aSpan  = "00f067aa0ba902b7"
)

// recorded is a provider, and what it has made.
func recorded(t *testing.T) (*sdk.TracerProvider, *tracetest.SpanRecorder) {
	t.Helper()
	r := tracetest.NewSpanRecorder()
	p := sdk.NewTracerProvider(sdk.WithSpanProcessor(r))
	t.Cleanup(func() { _ = p.Shutdown(context.Background()) })
	return p, r
}

// create is a request whose campaign was enqueued in a trace.
func create(flags string) record.Request {
	return record.Request{
		Call: campaign.CallCreate, Account: "default", RequestID: "hidden-id", TraceID: aTrace, TraceSpan: aSpan + "-" + flags,
		Campaign: campaign.Campaign{ID: "spring", ListName: "hidden-list", Text: "hidden-text", Sender: "hidden-sender", Labels: map[string]string{"k": "hidden-label"}},
	}
}

// A campaign that is validated two days later has its confirm in a trace of its own, at
// that time, with a link to the request that enqueued it; so has each other call.
func TestACallHasATraceLinkedToWhatEnqueued(t *testing.T) {
	t.Parallel()
	p, spans := recorded(t)
	calls := tracing.NewCalls(p)
	inside, _ := p.Tracer("").Start(t.Context(), "a span of a program that embeds the worker")
	began := time.Date(2026, 11, 30, 9, 0, 0, 0, time.UTC)
	for call, at := range map[campaign.Call]time.Time{
		campaign.CallCreate: began, campaign.CallStatus: began.Add(time.Second), campaign.CallConfirm: began.AddDate(0, 0, 2), campaign.CallCancel: began.AddDate(0, 0, 3),
	} {
		r := create("01")
		r.Call = call
		calls.Begin(inside, r, at).End(r, record.Outcome{Class: record.ClassOK, HTTPStatus: http.StatusOK, Ticket: "sms_1", Message: "hidden-message"}, at.Add(time.Minute))
		all := spans.Ended()
		s := all[len(all)-1]
		if s.Name() != "octopush "+string(call) || !s.StartTime().Equal(at) || !s.EndTime().Equal(at.Add(time.Minute)) {
			t.Errorf("%s: got %q from %v to %v, want it at %v for a minute", call, s.Name(), s.StartTime(), s.EndTime(), at)
		}
		if s.Parent().IsValid() || len(s.Links()) != 1 || s.Links()[0].SpanContext.TraceID().String() != aTrace || s.Links()[0].SpanContext.SpanID().String() != aSpan {
			t.Errorf("%s: got parent %v and links %v, want one link to %s", call, s.Parent(), s.Links(), aTrace)
		}
		if text := fmt.Sprintf("%+v", tracetest.SpanStubFromReadOnlySpan(s)); strings.Contains(text, "hidden") || !strings.Contains(text, "sms_1") {
			t.Errorf("%s: got %s, want the ticket, and nothing of the campaign but its id", call, text)
		}
	}
}

// Where the caller's trace is not sampled, nor are the calls. Without a trace a call has
// one without links, and a call that failed says so.
func TestSpansFollowTheOrigin(t *testing.T) {
	t.Parallel()
	p, spans := recorded(t)
	calls := tracing.NewCalls(p)
	unsampled, none, broken := create("00"), create(""), create("01")
	none.TraceID, none.TraceSpan, broken.TraceSpan = "", "", "xyz"
	for _, r := range []record.Request{unsampled, none, broken} {
		calls.Begin(t.Context(), r, time.Now()).End(r, record.Outcome{Class: record.ClassUnanswered}, time.Now())
	}
	all := spans.Ended()
	if len(all) != 2 {
		t.Fatalf("got %d spans, want 2: none of a trace that is not sampled", len(all))
	}
	for _, s := range all {
		if len(s.Links()) != 0 || s.Status() != (sdk.Status{Code: codes.Error, Description: "unanswered"}) {
			t.Errorf("got links %v and %v, want none and an error", s.Links(), s.Status())
		}
	}
}

// Without a provider a call costs nothing.
func TestNoProviderNoCost(t *testing.T) { //nolint:paralleltest // AllocsPerRun counts those of the whole process
	calls, r, out, now, ctx := tracing.NewCalls(nil), create("01"), record.Outcome{Class: record.ClassOK}, time.Now(), t.Context()
	if n := testing.AllocsPerRun(100, func() { calls.Begin(ctx, r, now).End(r, out, now) }); n != 0 {
		t.Errorf("got %v allocations for each call, want none", n)
	}
}
