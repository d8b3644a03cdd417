package tracing_test

import (
	"testing"

	"go.opentelemetry.io/otel/trace"

	"github.com/octoq/octoq/internal/tracing"
)

// A trace is written as it is read, and what is none is left out.
func TestATraceIsReadAsItIsWritten(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"00-" + aTrace + "-" + aSpan + "-01": "00-" + aTrace + "-" + aSpan + "-01",
		"00-" + aTrace + "-" + aSpan + "-00": "00-" + aTrace + "-" + aSpan + "-00",
		"":                                   "", "00-" + aTrace: "", "hello": "",
		"00-00000000000000000000000000000000-" + aSpan + "-01": "",
	} {
		ctx := tracing.WithParent(t.Context(), text)
		if got := tracing.Parent(ctx); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
		if sc := trace.SpanContextFromContext(ctx); sc.IsValid() && !sc.IsRemote() {
			t.Errorf("%q: got a span of this process, want another's", text)
		}
	}
}
