package tracing

import (
	"context"

	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"
)

// Variable names the trace that a process belongs to, in the environment, as OpenTelemetry
// has it.
const Variable = "TRACEPARENT"

// header is where W3C puts a trace.
const header = "traceparent"

// WithParent is a context in the trace that a text names, in the form of W3C's header
// traceparent. One that names none changes nothing.
func WithParent(ctx context.Context, traceparent string) context.Context {
	return propagation.TraceContext{}.Extract(ctx, propagation.MapCarrier{header: traceparent})
}

// Parse reads a trace as WithParent does; what it cannot read is not valid.
func Parse(traceparent string) trace.SpanContext {
	return trace.SpanContextFromContext(WithParent(context.Background(), traceparent))
}

// Parent is a context's trace as WithParent takes it; "" if it is in none.
func Parent(ctx context.Context) string {
	found := propagation.MapCarrier{}
	propagation.TraceContext{}.Inject(ctx, found)
	return found[header]
}
