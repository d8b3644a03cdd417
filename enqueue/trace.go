package enqueue

import (
	"context"

	"go.opentelemetry.io/otel/trace"
)

// traceOf is the trace of a context and the span in it, as task.First.MarkTrace takes
// them; "" and "" for none.
func traceOf(ctx context.Context) (id, span string) {
	sc := trace.SpanContextFromContext(ctx)
	if !sc.IsValid() {
		return "", ""
	}
	return sc.TraceID().String(), sc.SpanID().String() + "-" + sc.TraceFlags().String()
}
