package enqueue_test

import (
	"slices"
	"testing"

	"go.opentelemetry.io/otel/trace"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/enqueue"
)

// A campaign keeps the trace in which it was enqueued, before a worker has touched it and
// in its record.
func TestTheContextsTraceIsKept(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, w *world) {
		ctx := trace.ContextWithSpanContext(t.Context(), trace.NewSpanContext(trace.SpanContextConfig{
			TraceID: trace.TraceID{0x4b, 0xf9, 15: 0x36}, SpanID: trace.SpanID{0x00, 0xf0, 7: 0xb7}, TraceFlags: trace.FlagsSampled,
		}))
		const id = "4bf90000000000000000000000000036"
		for name, named := range map[string]string{"an id of the caller's": "a", "an id that Enqueue chose": ""} {
			receipt, err := w.client.Enqueue(ctx, order(named))
			if err != nil {
				t.Fatal(err)
			}
			if r, err := w.client.Get(ctx, "default", receipt.ID); err != nil || r.TraceID != id {
				t.Errorf("%s: got the trace %q, %v, want %q", name, r.TraceID, err, id)
			}
		}
		receipt, err := w.client.Enqueue(t.Context(), order("untraced"))
		if err != nil {
			t.Fatal(err)
		}
		if r, err := w.client.Get(ctx, "default", receipt.ID); err != nil || r.TraceID != "" {
			t.Errorf("enqueued outside a trace: got %q, %v, want none", r.TraceID, err)
		}
		w.move(t, "a", campaign.StateSent)
		if r, err := w.client.Get(ctx, "default", "a"); err != nil || r.State != campaign.StateSent || r.TraceID != id {
			t.Errorf("sent: got %s in the trace %q, %v, want %q", r.State, r.TraceID, err, id)
		}
	})
}

// TraceOf takes the place of the context's trace, for each campaign its own, by the id and
// account that it is enqueued under.
func TestTraceOfNamesTheTraceOfEach(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, w *world) {
		traceNo := func(n byte) trace.SpanContext {
			return trace.NewSpanContext(trace.SpanContextConfig{TraceID: trace.TraceID{15: n}, SpanID: trace.SpanID{7: n}})
		}
		traces := map[string]trace.SpanContext{"default/a": traceNo(1), "default/b": traceNo(2)}
		of := func(c campaign.Campaign) trace.SpanContext { return traces[c.Account+"/"+c.ID] }
		ctx := trace.ContextWithSpanContext(t.Context(), traceNo(9))
		for receipt, err := range w.client.EnqueueAll(ctx, slices.Values([]campaign.Campaign{order("a"), order("b"), order("c"), order("")}), enqueue.TraceOf(of)) {
			if err != nil {
				t.Fatal(err)
			}
			want := ""
			if sc, ok := traces["default/"+receipt.ID]; ok {
				want = sc.TraceID().String()
			}
			if r, err := w.client.Get(ctx, "default", receipt.ID); err != nil || r.TraceID != want {
				t.Errorf("%s: got the trace %q, %v, want %q", receipt.ID, r.TraceID, err, want)
			}
		}
		if _, err := w.client.Enqueue(ctx, order("d"), enqueue.TraceOf(nil)); err == nil {
			t.Error("without a function: got no error")
		}
	})
}
