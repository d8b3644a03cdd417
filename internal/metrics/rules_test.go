package metrics

import (
	"os"
	"regexp"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	_ "github.com/octoq/octoq/internal/testenv" // what reads files could see the developer's settings
)

// The alert rules and the dashboard name metrics that there are: a rule about another
// never fires, and a panel stays empty.
func TestRulesAndDashboardNameMetricsThatExist(t *testing.T) {
	t.Parallel()
	exist := described(t)
	for _, file := range []string{"../../deploy/prometheus/octoq.yml", "../../deploy/grafana/octoq.json"} {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		named := regexp.MustCompile(`\boctoq_\w+`).FindAllString(string(text), -1)
		if len(named) < 10 {
			t.Fatalf("%s: got %q, want the metrics of all queries", file, named)
		}
		for _, name := range named {
			base := regexp.MustCompile(`_(bucket|count|sum)$`).ReplaceAllString(name, "")
			if !exist[name] && !exist[base] {
				t.Errorf("%s: there is no metric %s", file, name)
			}
		}
	}
}

// described are the names of all metrics of the package.
func described(t *testing.T) map[string]bool {
	t.Helper()
	w, err := New(nil)
	if err != nil {
		t.Fatal(err)
	}
	hooks, err := NewWebhooks(prometheus.NewRegistry())
	if err != nil {
		t.Fatal(err)
	}
	callbacks, err := NewCallbacks(prometheus.NewRegistry())
	if err != nil {
		t.Fatal(err)
	}
	settings, err := NewSettings(prometheus.NewRegistry())
	if err != nil {
		t.Fatal(err)
	}
	names, found := map[string]bool{}, make(chan *prometheus.Desc, 100)
	for _, c := range []prometheus.Collector{NewState(fake{}), NewBuild("test"), w.calls, w.latency, w.gateWait, w.put, w.dead, w.ticks, w.sent, w.cost, hooks.waiting, callbacks.taken, callbacks.delay, settings.faulty} {
		c.Describe(found)
	}
	close(found)
	name := regexp.MustCompile(`fqName: "(\w+)"`)
	for d := range found {
		names[name.FindStringSubmatch(d.String())[1]] = true
	}
	return names
}
