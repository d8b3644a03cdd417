package outbox_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/enqueue"
	"github.com/octoq/octoq/enqueue/outbox"
)

const someCampaign = `'{"id":"x","list_name":"l","text":"x","type":"sms_premium","purpose":"wholesale"}'::jsonb`

// refused are the reasons of what was refused, by id.
func (w *world) refused(t *testing.T) map[string]string {
	t.Helper()
	found, err := outbox.Refused(t.Context(), w.pool, 0, 100)
	if err != nil {
		t.Fatal(err)
	}
	reasons := map[string]string{}
	for _, one := range found {
		reasons[one.ID] = one.Reason
	}
	return reasons
}

// What can never be enqueued is moved aside with its reason, and stops no other.
func TestWhatIsRefusedForGoodIsMovedAside(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if _, err := client(t, w.redis.URL()).Enqueue(t.Context(), order("conflict")); err != nil {
		t.Fatal(err)
	}
	other := order("conflict")
	other.Text = "Another text, STOP au 30101"
	w.put(t, other, order("twice"), order("twice"))
	for id, change := range map[string]string{
		"unknown-field": `|| '{"txt":"x"}'`, "invalid": `|| '{"type":"fax"}'`, "number": `|| '{"text":7}'`, "null": `|| '{"send_at":null}'`,
		"no-zone": `|| '{"send_at":"2030-01-01T10:00:00"}'`,
	} {
		w.exec(t, fmt.Sprintf(`INSERT INTO octoq_outbox (campaign) VALUES (jsonb_set(%s, '{id}', to_jsonb('%s'::text)) %s)`, someCampaign, id, change))
	}
	w.exec(t, `INSERT INTO octoq_outbox (campaign, who) VALUES (jsonb_set(`+someCampaign+`, '{id}', '"bad-who"'), E'a\tb')`)
	w.exec(t, `INSERT INTO octoq_outbox (campaign, created_at) VALUES (jsonb_set(`+someCampaign+`, '{id}', '"old"'), now() - interval '91 days')`)
	w.put(t, order("last"))
	registry := prometheus.NewRegistry()
	w.relay(t, func(c *outbox.Config) { c.Batch, c.Registerer = 2, registry })
	w.untilEmpty(t)
	got := w.refused(t)
	for id, want := range map[string]string{
		"conflict": "different content in text", "unknown-field": "txt", "invalid": "type", "number": "text", "null": "send_at",
		"no-zone": "send_at", "bad-who": "who", "old": "longer than campaigns are remembered",
	} {
		if !strings.Contains(got[id], want) {
			t.Errorf("%s: got the reason %q, want it to say %q", id, got[id], want)
		}
		delete(got, id)
	}
	if len(got) > 0 {
		t.Errorf("refused besides: %v", got)
	}
	if ids := w.queued(t, campaign.DefaultAccount); !slices.Equal(ids, []string{"conflict", "twice", "last"}) {
		t.Errorf("enqueued: got %q, want the one before, twice once, and last", ids)
	}
	want := `
# HELP octoq_outbox_relayed_total Campaigns that this relay took from the outbox, by result.
# TYPE octoq_outbox_relayed_total counter
octoq_outbox_relayed_total{result="enqueued"} 2
octoq_outbox_relayed_total{result="known"} 1
octoq_outbox_relayed_total{result="postponed"} 0
octoq_outbox_relayed_total{result="refused"} 8
`
	until(t, "all is counted", func() bool {
		return testutil.GatherAndCompare(registry, strings.NewReader(want), "octoq_outbox_relayed_total") == nil
	})
}

// The table itself keeps rows away that no relay could repeat safely, or hold in memory.
func TestTheTableRefusesRowsWithoutAnIDAndHugeOnes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for name, value := range map[string]string{
		"no id": `'{"text":"x"}'`, "empty id": `'{"id":""}'`, "null id": `'{"id":null}'`, "no object": `'["id"]'`, "a text": `'"id"'`,
		"huge": `jsonb_build_object('id', 'x', 'text', repeat('x', 70000))`,
	} {
		if _, err := w.pool.Exec(t.Context(), `INSERT INTO octoq_outbox (campaign) VALUES (`+value+`)`); err == nil {
			t.Errorf("%s: was written", name)
		}
	}
}

// A refused campaign can be corrected and tried again, or dropped.
func TestRefusedCampaignsAreTriedAgainOrDropped(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, id := range []string{"mended", "dropped"} {
		w.exec(t, `INSERT INTO octoq_outbox (campaign) VALUES (jsonb_set(`+someCampaign+`, '{id}', to_jsonb($1::text)) || '{"type":"fax"}')`, id)
	}
	w.relay(t, nil)
	until(t, "both are refused", func() bool { return w.status(t).Refused == 2 })
	w.exec(t, `UPDATE octoq_outbox_refused SET campaign = campaign || '{"type":"sms_premium"}' WHERE id = 'mended'`)
	found, err := outbox.Refused(t.Context(), w.pool, 0, 100)
	if err != nil {
		t.Fatal(err)
	}
	for _, one := range found {
		do := outbox.Drop
		if one.ID == "mended" {
			do = outbox.Retry
		}
		if seqs, err := do(t.Context(), w.pool, one.Seq, 999); err != nil || !slices.Equal(seqs, []int64{one.Seq}) {
			t.Errorf("%s: got %v, %v, want its number alone", one.ID, seqs, err)
		}
	}
	until(t, "the mended one is enqueued", func() bool { return slices.Equal(w.queued(t, campaign.DefaultAccount), []string{"mended"}) })
	w.untilEmpty(t)
	if s := w.status(t); s.Refused != 0 {
		t.Errorf("refused: got %d, want none", s.Refused)
	}
}

// A relay that dies between Redis and PostgreSQL repeats the campaign, which then is
// one and the same.
func TestAHandOverIsRepeatedWhenItsEndIsLost(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.put(t, order("a"))
	w.exec(t, `CREATE FUNCTION no() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'no room'; END $$`)
	w.exec(t, `CREATE TRIGGER no BEFORE DELETE ON octoq_outbox FOR EACH ROW EXECUTE FUNCTION no()`)
	registry := prometheus.NewRegistry()
	w.relay(t, func(c *outbox.Config) { c.Registerer = registry })
	until(t, "the trouble is logged", func() bool { return strings.Contains(w.log.String(), "no room") })
	if got := w.queued(t, campaign.DefaultAccount); !slices.Equal(got, []string{"a"}) || w.status(t).Waiting != 1 {
		t.Fatalf("enqueued: got %q, want a, and its row still there", got)
	}
	w.exec(t, `DROP TRIGGER no ON octoq_outbox`)
	w.untilEmpty(t)
	if got := w.queued(t, campaign.DefaultAccount); !slices.Equal(got, []string{"a"}) {
		t.Errorf("enqueued: got %q, want a once", got)
	}
	until(t, "it counts as known", func() bool {
		return testutil.CollectAndCount(registry) > 0 && counted(t, registry, "known") == 1
	})
}

// counted is a value of octoq_outbox_relayed_total.
func counted(t *testing.T, registry *prometheus.Registry, result string) float64 {
	t.Helper()
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		for _, m := range f.GetMetric() {
			if f.GetName() == "octoq_outbox_relayed_total" && m.GetLabel()[0].GetValue() == result {
				return m.GetCounter().GetValue()
			}
		}
	}
	t.Fatalf("there is no result %q", result)
	return 0
}

// onlyAccount are the rules of a user of Redis who may enqueue in one account alone.
func onlyAccount(name string) []string {
	return []string{
		"resetkeys", "~octoq:{" + name + "}:*", "~octoq:{" + name + ".create}:*", "~asynq:{" + name + ".create}:*",
		"~octoq:accounts", "~octoq:workers", "~octoq:worker:*", "~asynq:queues",
	}
}

// While Redis refuses the campaigns of one account, those of others pass, though they
// are behind more of them than a batch holds.
func TestAnAccountThatRedisRefusesStopsNoOther(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	user := w.redis.User(onlyAccount("shop")...)
	for i := range 10 {
		w.put(t, order(fmt.Sprint("blocked-", i)))
	}
	shop := order("passes")
	shop.Account = "shop"
	w.put(t, shop)
	w.relay(t, func(c *outbox.Config) { c.Batch, c.Client = 4, client(t, user.URL()) })
	until(t, "the campaign behind them is enqueued", func() bool { return slices.Contains(w.queued(t, "shop"), "passes") })
	var problem string
	if err := w.pool.QueryRow(t.Context(), `SELECT problem FROM octoq_outbox WHERE id = 'blocked-0'`).Scan(&problem); err != nil || !strings.Contains(problem, "NOPERM") {
		t.Errorf("got %q, %v, want Redis's own words beside the row", problem, err)
	}
	user.Change("allkeys")
	w.untilEmpty(t)
	if got := len(w.queued(t, campaign.DefaultAccount)); got != 10 {
		t.Errorf("enqueued: got %d, want all 10 once Redis takes them", got)
	}
}

// A relay outlives Redis and PostgreSQL, and says what is wrong once, not each time.
func TestARelayOutlivesRedis(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "--appendonly", "yes")
	w.relay(t, nil)
	w.redis.Kill()
	w.put(t, order("a"))
	until(t, "the trouble is logged", func() bool { return strings.Contains(w.log.String(), "cannot be relayed") })
	w.redis.Restart()
	w.untilEmpty(t)
	until(t, "its end is logged", func() bool { return strings.Contains(w.log.String(), "is relayed again") })
	if n := strings.Count(w.log.String(), "cannot be relayed"); n != 1 {
		t.Errorf("the trouble is logged %d times, want once\n%s", n, w.log)
	}
}

// A commit wakes the relay: it does not wait until it looks by itself. Without the
// trigger it does.
func TestACommitWakesTheRelay(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.relay(t, func(c *outbox.Config) { c.Poll = time.Hour })
	listens := func() bool {
		var n int
		err := w.pool.QueryRow(t.Context(), `SELECT count(*) FROM pg_stat_activity WHERE query = 'LISTEN octoq_outbox' AND state = 'idle' AND datname = current_database()`).Scan(&n)
		return err == nil && n == 1
	}
	until(t, "the relay listens", listens)
	w.put(t, order("a"))
	w.untilEmpty(t)
	w.exec(t, `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query = 'LISTEN octoq_outbox' AND datname = current_database()`)
	until(t, "the relay listens again", listens)
	w.put(t, order("b"))
	w.untilEmpty(t)
	w.exec(t, `ALTER TABLE octoq_outbox DISABLE TRIGGER octoq_outbox_wake`)
	w.relay(t, nil) // one that looks by itself
	w.put(t, order("c"))
	w.untilEmpty(t)
}

// With Durable a row stays until Redis confirms, and is enqueued once all the same.
func TestDurableKeepsTheRow(t *testing.T) {
	t.Parallel()
	w := newWorld(t) // without an append-only file nothing is durable
	w.put(t, order("a"))
	w.relay(t, func(c *outbox.Config) {
		c.Options = []enqueue.Option{enqueue.Durable(enqueue.Within(100 * time.Millisecond))}
	})
	until(t, "the row is tried again", func() bool {
		var tries int
		err := w.pool.QueryRow(t.Context(), `SELECT tries FROM octoq_outbox`).Scan(&tries)
		return err == nil && tries >= 2
	})
	if got := w.queued(t, campaign.DefaultAccount); !slices.Equal(got, []string{"a"}) {
		t.Fatalf("enqueued: got %q, want a once", got)
	}
	if err := w.rdb.ConfigSet(t.Context(), "appendonly", "yes").Err(); err != nil {
		t.Fatal(err)
	}
	if err := w.rdb.ConfigSet(t.Context(), "appendfsync", "always").Err(); err != nil {
		t.Fatal(err)
	}
	w.untilEmpty(t)
}

// The gauges say what waits and for how long.
func TestMetricsSayWhatWaits(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.redis.Kill()
	w.exec(t, `INSERT INTO octoq_outbox (campaign, created_at) VALUES (`+someCampaign+`, now() - interval '2 hours')`)
	w.put(t, order("a"), order("b"))
	registry := prometheus.NewRegistry()
	w.relay(t, func(c *outbox.Config) { c.Registerer = registry })
	gauge := func(name string) float64 {
		families, err := registry.Gather()
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range families {
			if f.GetName() == name {
				return f.GetMetric()[0].GetGauge().GetValue()
			}
		}
		t.Fatalf("there is no %s", name)
		return 0
	}
	until(t, "three wait", func() bool { return gauge("octoq_outbox_waiting") == 3 })
	if got := gauge("octoq_outbox_oldest_seconds"); got < 7200 || got > 7200+within.Seconds() {
		t.Errorf("oldest: got %v s, want some two hours", got)
	}
	if got := time.Since(time.Unix(int64(gauge("octoq_outbox_measured_timestamp_seconds")), 0)); got > within {
		t.Errorf("measured %v ago", got)
	}
}

// A relay without its tables, or without a right to them, says so and ends.
func TestARelayWithoutTablesEnds(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.exec(t, `DROP TABLE octoq_outbox`)
	r, err := outbox.New(outbox.Config{Pool: w.pool, Client: client(t, w.redis.URL())})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), within)
	defer cancel()
	if err := r.Run(ctx); err == nil || ctx.Err() != nil || !strings.Contains(err.Error(), "octoq-outbox migrate") {
		t.Errorf("got %v, want what to do", err)
	}
}

// Mistakes of the configuration are errors of New.
func TestNewRefusesMistakes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for name, change := range map[string]func(*outbox.Config){
		"no pool":   func(c *outbox.Config) { c.Pool = nil },
		"batch":     func(c *outbox.Config) { c.Batch = 8193 },
		"poll":      func(c *outbox.Config) { c.Poll = -1 },
		"retention": func(c *outbox.Config) { c.Retention = time.Minute },
		"an option": func(c *outbox.Config) { c.Options = []enqueue.Option{enqueue.At(time.Time{})} },
	} {
		cfg := outbox.Config{Pool: w.pool, Client: client(t, w.redis.URL())}
		change(&cfg)
		if _, err := outbox.New(cfg); err == nil {
			t.Errorf("%s: got no error", name)
		}
	}
}

// The tables may be made again and by many at once, which changes nothing.
func TestMigrateMayRunAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.put(t, order("a"))
	w.exec(t, `ALTER TABLE octoq_outbox DISABLE TRIGGER octoq_outbox_wake`)
	const many = 8
	errs := make(chan error, many)
	for range many {
		go func() {
			errs <- pgx.BeginFunc(t.Context(), w.pool, func(tx pgx.Tx) error { return outbox.Migrate(t.Context(), tx) })
		}()
	}
	var all []error
	for range many {
		all = append(all, <-errs)
	}
	if err := errors.Join(all...); err != nil {
		t.Error(err)
	}
	var enabled string
	if err := w.pool.QueryRow(t.Context(), `SELECT tgenabled::text FROM pg_trigger WHERE tgname = 'octoq_outbox_wake'`).Scan(&enabled); err != nil || enabled != "D" {
		t.Errorf("got %q, %v, want the trigger as the operator left it", enabled, err)
	}
	if got := w.status(t).Waiting; got != 1 {
		t.Errorf("waiting: got %d, want what was there", got)
	}
}
