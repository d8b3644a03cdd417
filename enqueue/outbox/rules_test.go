package outbox_test

import (
	"os"
	"regexp"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/octoq/octoq/enqueue/outbox"
)

// The alert rules name metrics that there are: a rule about another never fires.
func TestAlertRulesNameMetricsThatExist(t *testing.T) {
	t.Parallel()
	rules, err := os.ReadFile("../../deploy/prometheus/outbox.yml")
	if err != nil {
		t.Fatal(err)
	}
	registry := prometheus.NewRegistry()
	w := newWorld(t)
	if _, err := outbox.New(outbox.Config{Pool: w.pool, Client: client(t, w.redis.URL()), Registerer: registry}); err != nil {
		t.Fatal(err)
	}
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	exist := map[string]bool{"octoq_outbox": true} // the table
	for _, f := range families {
		exist[f.GetName()] = true
	}
	named := regexp.MustCompile(`\boctoq_\w+`).FindAllString(string(rules), -1)
	if len(named) < 4 {
		t.Fatalf("got %q, want the metrics of all rules", named)
	}
	for _, name := range named {
		if !exist[name] {
			t.Errorf("there is no metric %s", name)
		}
	}
}
