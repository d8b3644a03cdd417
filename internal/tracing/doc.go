// Package tracing makes spans, by OpenTelemetry's interfaces alone: of calls of the API,
// and of requests that octoq web answers. Where there is no TracerProvider it makes none,
// and costs nothing.
//
// A campaign may live for weeks, and a trace of weeks cannot be read. So each call has a
// trace of its own, linked to the span that enqueued the campaign.
//
// No span has a text, a number, a key or a secret: what it says is what metrics and the log
// say of the same call or request. internal/otlp sends spans away.
package tracing
