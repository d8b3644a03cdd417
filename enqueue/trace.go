package enqueue

import (
	"context"
	"errors"

	"go.opentelemetry.io/otel/trace"

	"github.com/octoq/octoq/campaign"
)

// TraceOf names the trace of each campaign, in place of the context's: for a relay, which
// enqueues what others have handed in. EnqueueAll calls it on a goroutine of its own, with
// campaigns that have an account and an id. A SpanContext that is not valid is no trace.
func TraceOf(of func(campaign.Campaign) trace.SpanContext) Option {
	return func(o *options) error {
		if of == nil {
			return errors.New("enqueue: TraceOf needs a function")
		}
		o.traceOf = of
		return nil
	}
}

// traces returns what names the trace of a campaign.
func (o options) traces(ctx context.Context) func(campaign.Campaign) trace.SpanContext {
	if o.traceOf != nil {
		return o.traceOf
	}
	ofCaller := trace.SpanContextFromContext(ctx)
	return func(campaign.Campaign) trace.SpanContext { return ofCaller }
}

// traceIDs are a trace and the span in it, as task.First.MarkTrace takes them; "" and ""
// for none.
func traceIDs(sc trace.SpanContext) (id, span string) {
	if !sc.IsValid() {
		return "", ""
	}
	return sc.TraceID().String(), sc.SpanID().String() + "-" + sc.TraceFlags().String()
}
