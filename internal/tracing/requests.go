package tracing

import (
	"net/http"
	"strings"

	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"
)

// Requests makes the spans of requests that are answered. Nil makes none, and still hands
// the caller's trace on.
type Requests struct {
	tracer trace.Tracer
}

// NewRequests makes spans by a provider. Without a provider it is nil.
func NewRequests(p trace.TracerProvider) *Requests {
	if p == nil {
		return nil
	}
	return &Requests{tracer: p.Tracer(scope)}
}

// OfCaller is a request in the trace that its caller names in W3C's header traceparent, if
// it names one.
func OfCaller(r *http.Request) *http.Request {
	return r.WithContext(propagation.TraceContext{}.Extract(r.Context(), propagation.HeaderCarrier(r.Header)))
}

// Serve answers a request by a handler, in a span that is named by a pattern of the router
// such as "PUT /v1/accounts/{account}": a path may hold a secret, and names too many things.
func (q *Requests) Serve(w http.ResponseWriter, r *http.Request, pattern string, by http.Handler) {
	if q == nil {
		by.ServeHTTP(w, r)
		return
	}
	_, route, hasMethod := strings.Cut(pattern, " ")
	if !hasMethod {
		route = pattern
	}
	ctx, span := q.tracer.Start(r.Context(), pattern, trace.WithSpanKind(trace.SpanKindServer),
		trace.WithAttributes(keyMethod.String(method(r)), keyRoute.String(route)))
	// Not span.End itself: that would keep the text of a panic.
	defer func() { span.End() }()
	note := &statusNote{ResponseWriter: w, status: http.StatusOK}
	by.ServeHTTP(note, r.WithContext(ctx))
	span.SetAttributes(keyStatus.Int(note.status))
	if note.status >= http.StatusInternalServerError {
		span.SetStatus(codes.Error, "")
	}
}

// method is a request's, unless it is one of the caller's own invention.
func method(r *http.Request) string {
	switch r.Method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions:
		return r.Method
	default:
		return "_OTHER"
	}
}

// statusNote notes the status of an answer.
type statusNote struct {
	http.ResponseWriter
	status  int
	written bool
}

func (n *statusNote) WriteHeader(status int) {
	if !n.written && status >= http.StatusOK { // below are notices, behind which the answer comes
		n.status, n.written = status, true
	}
	n.ResponseWriter.WriteHeader(status)
}

func (n *statusNote) Write(b []byte) (int, error) {
	n.written = true
	return n.ResponseWriter.Write(b)
}

// Unwrap lets http.ResponseController reach the connection.
func (n *statusNote) Unwrap() http.ResponseWriter { return n.ResponseWriter }
