package e2e

import (
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/octoq/octoq/internal/proctest"
	"github.com/octoq/octoq/internal/simulator"
	"github.com/octoq/octoq/internal/testenv"
)

// Every query of the dashboard finds something in a real Prometheus that scrapes a worker
// and octoq web while campaigns are sent, die and wait.
func TestDashboardFindsData(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("prometheus"); err != nil {
		needed(t, "prometheus")
	}
	r := newRig(t, simulator.Config{Latency: 5 * time.Millisecond})
	r.quick("OCTOQ_LISTEN=127.0.0.1:0", "OCTOQ_CALLBACK_SECRET="+callbackSecret)
	own, web := r.pagesBeside(r.worker()), r.web()
	r.enqueue(campaigns("c", 20, "") + noStop("bad"))
	r.reportOne(http.DefaultClient, callbackBase(strings.TrimPrefix(web.url, "http://"))+"/deliveries", "+33612345678")
	server := r.prometheus(own, web)
	for _, query := range dashboardQueries(t) {
		r.until(time.Minute, query+" finds something", func() (bool, string) {
			status, answer := server.ask("GET", "/api/v1/query?query="+url.QueryEscape(query))
			return status == 200 && !strings.Contains(answer, `"result":[]`), answer
		})
	}
}

// prometheus starts one that scrapes some pages each second.
func (r *rig) prometheus(scraped ...*pages) *pages {
	r.t.Helper()
	return r.prometheusBy("global: {scrape_interval: 1s}", scraped...)
}

// prometheusBy starts one that scrapes some pages, as settings say.
func (r *rig) prometheusBy(settings string, scraped ...*pages) *pages {
	r.t.Helper()
	var targets []string
	for _, p := range scraped {
		targets = append(targets, strings.TrimPrefix(p.url, "http://"))
	}
	list, err := json.Marshal(targets)
	if err != nil {
		r.t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		r.t.Fatal(err)
	}
	address := l.Addr().String()
	_ = l.Close()
	file := r.file("prometheus.yml", fmt.Sprintf("%s\nscrape_configs: [{job_name: octoq, basic_auth: {username: %s, password: %s}, static_configs: [{targets: %s}]}]\n",
		settings, webUser, webPassword, list))
	log := filepath.Join(r.dir, "prometheus.log")
	p, err := proctest.Start(log, testenv.Clean(), "prometheus", "--config.file="+file, "--storage.tsdb.path="+filepath.Join(r.dir, "prometheus"), "--web.listen-address="+address)
	if err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(p.Kill)
	r.until(time.Minute, "Prometheus listens", func() (bool, string) {
		var d net.Dialer
		c, err := d.DialContext(r.t.Context(), "tcp", address)
		if err == nil {
			_ = c.Close()
		}
		return err == nil, p.Log()
	})
	return &pages{rig: r, url: "http://" + address}
}

// dashboardQueries are those of all panels, for all accounts.
func dashboardQueries(t *testing.T) []string {
	t.Helper()
	text, err := os.ReadFile("../../deploy/grafana/octoq.json")
	if err != nil {
		t.Fatal(err)
	}
	var dashboard struct {
		Panels []struct {
			Targets []struct{ Expr string }
		}
	}
	if err := json.Unmarshal(text, &dashboard); err != nil {
		t.Fatalf("read the dashboard: %v", err)
	}
	var queries []string
	for _, panel := range dashboard.Panels {
		for _, target := range panel.Targets {
			queries = append(queries, strings.ReplaceAll(target.Expr, "$account", ".*"))
		}
	}
	if len(queries) < 15 {
		t.Fatalf("got %d queries, want those of all panels", len(queries))
	}
	return queries
}
