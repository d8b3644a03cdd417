package outbox_test

import (
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/octoq/octoq/enqueue/outbox"
	"github.com/octoq/octoq/enqueue/outbox/internal/pgtest"
	"github.com/octoq/octoq/internal/proctest"
	"github.com/octoq/octoq/internal/redistest"
	"github.com/octoq/octoq/internal/testenv"
)

// quickRules are the alert rules with each minute of theirs as a second, and with ten
// seconds where they have sixty: a relay reads the outbox each five.
func quickRules(t *testing.T) (rules string, names []string) {
	t.Helper()
	text, err := os.ReadFile("../../deploy/prometheus/outbox.yml")
	if err != nil {
		t.Fatal(err)
	}
	quick := strings.ReplaceAll(regexp.MustCompile(`for: (\d+)m\b`).ReplaceAllString(string(text), "for: ${1}s"), "> 60", "> 10")
	if regexp.MustCompile(`for: \d+m|> 60`).MatchString(quick) || !strings.Contains(quick, "> 10") {
		t.Fatalf("these rules are as slow as ever:\n%s", quick)
	}
	for _, found := range regexp.MustCompile(`- alert: (\w+)`).FindAllStringSubmatch(quick, -1) {
		names = append(names, found[1])
	}
	return quick, names
}

// scraper is a Prometheus that goes by the rules and scrapes a relay each second.
type scraper struct {
	addr  string
	known time.Time // when it had read all, which it takes for gone before
}

func startPrometheus(t *testing.T, rules, scraped string) *scraper {
	t.Helper()
	if _, err := exec.LookPath("prometheus"); err != nil {
		t.Skip("SKIPPED: prometheus is not installed")
	}
	dir, p := t.TempDir(), &scraper{addr: redistest.FreeAddr(t)}
	config := fmt.Sprintf("global: {scrape_interval: 1s, evaluation_interval: 1s}\nrule_files: [rules.yml]\n"+
		"scrape_configs: [{job_name: outbox, static_configs: [{targets: [%q]}]}]\n", scraped)
	for name, text := range map[string]string{"rules.yml": rules, "prometheus.yml": config} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	process, err := proctest.Start(filepath.Join(dir, "log"), testenv.Clean(), "prometheus",
		"--config.file="+filepath.Join(dir, "prometheus.yml"), "--storage.tsdb.path="+filepath.Join(dir, "data"), "--web.listen-address="+p.addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(process.Kill)
	until(t, "Prometheus has the relay's metrics", func() bool {
		return strings.Contains(get(t, p.query(`count_over_time(octoq_outbox_waiting[1m]) > 2`)), `"job":"outbox"`)
	})
	p.known = time.Now()
	return p
}

func (p *scraper) query(q string) string {
	return "http://" + p.addr + "/api/v1/query?query=" + url.QueryEscape(q)
}

// fired are the alerts that have fired since Prometheus knew all, sorted.
func (p *scraper) fired(t *testing.T) []string {
	t.Helper()
	var answer struct {
		Data struct {
			Result []struct{ Metric map[string]string }
		}
	}
	since := fmt.Sprintf(`max_over_time(ALERTS{alertstate="firing"}[%ds])`, int(time.Since(p.known).Seconds())+1)
	text := get(t, p.query(since))
	if err := json.Unmarshal([]byte(text), &answer); err != nil {
		t.Fatalf("ask Prometheus: %v in %s", err, text)
	}
	var names []string
	for _, result := range answer.Data.Result {
		names = append(names, result.Metric["alertname"])
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// Each alert of deploy/prometheus/outbox.yml fires by its cause, and none before: a campaign
// is refused, Redis is gone, PostgreSQL is gone, the relay is.
func TestEachAlertOfTheOutboxFiresByItsCause(t *testing.T) {
	t.Parallel()
	server(t)
	own, err := pgtest.Start(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = own.Stop() })
	w := newWorldOn(t, own)
	addr := redistest.FreeAddr(t)
	env := append(testenv.Clean(), "OCTOQ_OUTBOX_DSN="+w.url, "OCTOQ_REDIS_URL="+w.redis.URL(), "OCTOQ_LISTEN="+addr)
	relay, err := proctest.Start(filepath.Join(t.TempDir(), "log"), env, command(t), "run")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(relay.Kill)
	rules, names := quickRules(t)
	watcher := startPrometheus(t, rules, addr)

	quiet := time.Now().Add(20 * time.Second) // twice as long as any rule waits
	for i := 0; time.Now().Before(quiet); i++ {
		w.put(t, order(fmt.Sprintf("quiet%d", i)))
		w.untilEmpty(t)
	}
	if got := watcher.fired(t); len(got) > 0 {
		t.Errorf("while all is well: got %q, want no alert", got)
	}
	var want []string
	for _, c := range []struct {
		alert string
		cause func()
	}{
		{"OctoqOutboxRefused", func() { w.refuseOne(t) }},
		{"OctoqOutboxStuck", func() { w.redis.Kill(); w.put(t, order("stuck")) }},
		{"OctoqOutboxUnwatched", own.Kill},
		{"OctoqOutboxNoRelay", relay.Kill},
	} {
		c.cause()
		want = append(want, c.alert)
		slices.Sort(want)
		until(t, c.alert+" fires", func() bool { return slices.Contains(watcher.fired(t), c.alert) })
		if got := watcher.fired(t); !slices.Equal(got, want) {
			t.Errorf("%s: got %q, want %q", c.alert, got, want)
		}
	}
	slices.Sort(names)
	if !slices.Equal(names, want) {
		t.Errorf("the rules are %q, and there are causes of %q", names, want)
	}
}

// refuseOne commits a campaign that no relay can enqueue.
func (w *world) refuseOne(t *testing.T) {
	t.Helper()
	w.do(t, func(tx pgx.Tx) error {
		if _, err := outbox.Enqueue(t.Context(), tx, order("bad")); err != nil {
			return err
		}
		_, err := tx.Exec(t.Context(), `UPDATE octoq_outbox SET campaign = campaign || '{"type":"fax"}' WHERE id = 'bad'`)
		return err
	})
}
