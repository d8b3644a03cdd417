package tracing

import (
	"context"
	"strings"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"

	"github.com/octoq/octoq/internal/record"
)

// scope names octoq as what made the spans.
const scope = "github.com/octoq/octoq"

// The attributes of spans. Those of HTTP are OpenTelemetry's own.
const (
	keyAccount  = attribute.Key("octoq.account")
	keyCampaign = attribute.Key("octoq.campaign")
	keyTicket   = attribute.Key("octoq.ticket")
	keyClass    = attribute.Key("octoq.class")
	keyCode     = attribute.Key("octoq.code")
	keyStatus   = attribute.Key("http.response.status_code")
	keyMethod   = attribute.Key("http.request.method")
	keyRoute    = attribute.Key("http.route")
)

// Calls makes the spans of calls of the API. Nil makes none.
type Calls struct{ tracer trace.Tracer }

// NewCalls makes spans by a provider. Without a provider it is nil.
func NewCalls(p trace.TracerProvider) *Calls {
	if p == nil {
		return nil
	}
	return &Calls{tracer: p.Tracer(scope)}
}

// CallSpan is the span of one call; the zero CallSpan is none.
type CallSpan struct{ span trace.Span }

// Begin begins the span of a call that begins at a moment: the first of a new trace, linked to the span that
// enqueued the campaign. Of a campaign whose trace is not sampled there is none.
func (c *Calls) Begin(ctx context.Context, r record.Request, at time.Time) CallSpan {
	if c == nil {
		return CallSpan{}
	}
	options := []trace.SpanStartOption{
		trace.WithNewRoot(), trace.WithSpanKind(trace.SpanKindClient), trace.WithTimestamp(at), trace.WithAttributes(keyAccount.String(r.Account)),
	}
	if r.Campaign.ID != "" {
		options = append(options, trace.WithAttributes(keyCampaign.String(r.Campaign.ID)))
	}
	if origin := originOf(r); origin.IsValid() {
		if !origin.IsSampled() {
			return CallSpan{}
		}
		options = append(options, trace.WithLinks(trace.Link{SpanContext: origin}))
	}
	_, span := c.tracer.Start(ctx, "octopush "+string(r.Call), options...)
	return CallSpan{span: span}
}

// End ends the span with what came of the call. Not with its message: the API might quote
// the campaign in it.
func (s CallSpan) End(r record.Request, out record.Outcome, at time.Time) {
	if s.span == nil {
		return
	}
	s.span.SetAttributes(keyClass.String(string(out.Class)))
	if out.HTTPStatus != 0 {
		s.span.SetAttributes(keyStatus.Int(out.HTTPStatus))
	}
	if out.Code != 0 {
		s.span.SetAttributes(keyCode.Int(out.Code))
	}
	if ticket := r.Ticket + out.Ticket; ticket != "" { // a create has none before, the others get none
		s.span.SetAttributes(keyTicket.String(ticket))
	}
	if failed(out.Class) {
		s.span.SetStatus(codes.Error, string(out.Class))
	}
	s.span.End(trace.WithTimestamp(at))
}

// failed reports whether a call of a class is an error to people who look at traces.
func failed(c record.Class) bool {
	switch c {
	case record.ClassOK, record.ClassPending, record.ClassDuplicate, record.ClassDone:
		return false
	default:
		return true
	}
}

// originOf is the span that enqueued the campaign, invalid where there is none.
func originOf(r record.Request) trace.SpanContext {
	id, err := trace.TraceIDFromHex(r.TraceID)
	if err != nil {
		return trace.SpanContext{}
	}
	text, flags, _ := strings.Cut(r.TraceSpan, "-")
	span, err := trace.SpanIDFromHex(text)
	if err != nil {
		return trace.SpanContext{}
	}
	c := trace.SpanContextConfig{TraceID: id, SpanID: span, Remote: true}
	if flags == trace.FlagsSampled.String() {
		c.TraceFlags = trace.FlagsSampled
	}
	return trace.NewSpanContext(c)
}
