package outbox_test

import (
	"fmt"
	"testing"

	"github.com/jackc/pgx/v5"
	"go.opentelemetry.io/otel/trace"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/enqueue"
	"github.com/octoq/octoq/enqueue/outbox"
)

// traceNo is a trace of its own for each number.
func traceNo(n int) trace.SpanContext {
	return trace.NewSpanContext(trace.SpanContextConfig{TraceID: trace.TraceID{0x4b, 15: byte(n)}, SpanID: trace.SpanID{7: byte(n)}, TraceFlags: trace.FlagsSampled})
}

// wantTraces looks in which trace each campaign was enqueued.
func wantTraces(t *testing.T, c *enqueue.Client, want map[string]string) {
	t.Helper()
	for id, trace := range want {
		if r, err := c.Get(t.Context(), campaign.DefaultAccount, id); err != nil || r.TraceID != trace {
			t.Errorf("%s: got the trace %q, %v, want %q", id, r.TraceID, err, trace)
		}
	}
}

// Each campaign keeps the trace of its transaction, through the outbox and through a
// refusal that is tried again; one without a trace, or with something else in its column,
// has none, and not that of the relay or of another row.
func TestEachCampaignKeepsItsTrace(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for i := range 3 {
		w.do(t, func(tx pgx.Tx) error {
			_, err := outbox.Enqueue(trace.ContextWithSpanContext(t.Context(), traceNo(i+1)), tx, order(fmt.Sprint("c-", i)))
			return err
		})
	}
	w.put(t, order("untraced"))
	w.exec(t, `INSERT INTO octoq_outbox (campaign, trace) SELECT jsonb_set(campaign, '{id}', '"strange"'), 'of another kind' FROM octoq_outbox WHERE id = 'c-0'`)
	w.exec(t, `INSERT INTO octoq_outbox (campaign, trace) SELECT jsonb_set(campaign, '{id}', '"by-sql"') - 'account', trace FROM octoq_outbox WHERE id = 'c-1'`)
	w.exec(t, `INSERT INTO octoq_outbox (campaign, trace) SELECT jsonb_set(campaign, '{type}', '"wrong"') || '{"id": "refused"}', trace FROM octoq_outbox WHERE id = 'c-2'`)

	c := client(t, w.redis.URL())
	ctx := trace.ContextWithSpanContext(t.Context(), traceNo(9))
	if err := outbox.PassOnce(ctx, outbox.Config{Pool: w.pool, Client: c}); err != nil {
		t.Fatal(err)
	}
	found, err := outbox.Refused(t.Context(), w.pool, 0, 10)
	if err != nil || len(found) != 1 {
		t.Fatalf("got %v refused, %v, want one", found, err)
	}
	w.exec(t, `UPDATE octoq_outbox_refused SET campaign = jsonb_set(campaign, '{type}', '"sms_premium"')`)
	if _, err := outbox.Retry(t.Context(), w.pool, found[0].Seq); err != nil {
		t.Fatal(err)
	}
	if err := outbox.PassOnce(ctx, outbox.Config{Pool: w.pool, Client: c}); err != nil {
		t.Fatal(err)
	}
	id := func(n int) string { return traceNo(n).TraceID().String() }
	wantTraces(t, c, map[string]string{"c-0": id(1), "c-1": id(2), "c-2": id(3), "by-sql": id(2), "refused": id(3), "untraced": "", "strange": ""})
}

// The tables of a version that knew nothing of traces are brought up to date with what
// waits in them, and what that version writes into them is relayed.
func TestTablesWithoutTracesAreBroughtUpToDate(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.exec(t, `ALTER TABLE octoq_outbox DROP COLUMN trace; ALTER TABLE octoq_outbox_refused DROP COLUMN trace`)
	const older = `INSERT INTO octoq_outbox (campaign, who) SELECT jsonb_set(`
	w.exec(t, older+someCampaign+`, '{id}', '"before"'), 'shop'`)
	for range 2 {
		w.do(t, func(tx pgx.Tx) error { return outbox.Migrate(t.Context(), tx) })
	}
	w.exec(t, older+someCampaign+`, '{id}', '"after"'), 'shop'`)
	c := client(t, w.redis.URL())
	if err := outbox.PassOnce(t.Context(), outbox.Config{Pool: w.pool, Client: c}); err != nil {
		t.Fatal(err)
	}
	wantTraces(t, c, map[string]string{"before": "", "after": ""})
}
