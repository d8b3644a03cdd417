// Package otlp sends spans to a collector, by OTLP over HTTP, as OpenTelemetry's variables
// OTEL_* say. It is the only package that knows OpenTelemetry's SDK; without such a
// variable nothing of it runs.
package otlp
