package enqueue_test

import (
	"testing"

	"go.opentelemetry.io/otel/trace"

	"github.com/octoq/octoq/campaign"
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
