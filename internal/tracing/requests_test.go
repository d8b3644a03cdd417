package tracing_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"

	"github.com/octoq/octoq/internal/tracing"
)

// asked makes a request in a caller's trace and returns the answer.
func asked(method string, by http.HandlerFunc, requests *tracing.Requests) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, "/callbacks/a/hidden-secret", http.NoBody)
	r.Header.Set("Traceparent", "00-"+aTrace+"-"+aSpan+"-01")
	w := httptest.NewRecorder()
	requests.Serve(w, tracing.OfCaller(r), "POST /callbacks/{account}/{secret}", by)
	return w
}

// A request is named by its pattern, in its caller's trace, which what serves it sees.
func TestARequestIsNamedByItsPattern(t *testing.T) {
	t.Parallel()
	p, spans := recorded(t)
	var seen trace.SpanContext
	w := asked("hidden-METHOD", func(w http.ResponseWriter, r *http.Request) {
		seen = trace.SpanContextFromContext(r.Context())
		w.WriteHeader(http.StatusEarlyHints)
		w.WriteHeader(http.StatusServiceUnavailable)
		if err := http.NewResponseController(w).Flush(); err != nil {
			t.Errorf("flush: %v", err)
		}
	}, tracing.NewRequests(p))
	all := spans.Ended()
	if len(all) != 1 || w.Code != http.StatusEarlyHints && w.Code != http.StatusServiceUnavailable {
		t.Fatalf("got %d spans, status %d", len(all), w.Code)
	}
	s := all[0]
	text := fmt.Sprintf("%+v", tracetest.SpanStubFromReadOnlySpan(s))
	if s.Name() != "POST /callbacks/{account}/{secret}" || strings.Contains(text, "hidden") || !strings.Contains(text, "503") || s.Status().Code != codes.Error {
		t.Errorf("got %s", text)
	}
	if s.Parent().SpanID().String() != aSpan || seen.TraceID().String() != aTrace || seen.SpanID() != s.SpanContext().SpanID() {
		t.Errorf("got the parent %v, and %v in the handler, want the caller's trace", s.Parent(), seen)
	}
}

// The text of a panic may be of anything: it is not kept.
func TestThePanicOfARequestIsNotKept(t *testing.T) {
	t.Parallel()
	p, spans := recorded(t)
	func() {
		defer func() {
			if recover() == nil {
				t.Error("the panic was swallowed")
			}
		}()
		asked(http.MethodPost, func(http.ResponseWriter, *http.Request) {
			panic("hidden") //nolint:forbidigo // it stands for a mistake in a handler
		}, tracing.NewRequests(p))
	}()
	if all := spans.Ended(); len(all) != 1 || len(all[0].Events()) != 0 {
		t.Errorf("got %d spans, want one without an event", len(all))
	}
}

// Without a provider the caller's trace is handed on all the same.
func TestTheCallersTraceIsHandedOn(t *testing.T) {
	t.Parallel()
	asked(http.MethodPost, func(_ http.ResponseWriter, r *http.Request) {
		if sc := trace.SpanContextFromContext(r.Context()); sc.TraceID().String() != aTrace || sc.SpanID().String() != aSpan || !sc.IsSampled() {
			t.Errorf("got %v, want the caller's", sc)
		}
	}, tracing.NewRequests(nil))
}
