package metrics

import (
	"os"
	"regexp"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	_ "github.com/octoq/octoq/internal/testenv" // what reads files could see the developer's settings
)

// The alert rules name metrics that there are: a rule about another never fires.
func TestAlertRulesNameMetricsThatExist(t *testing.T) {
	t.Parallel()
	rules, err := os.ReadFile("../../deploy/prometheus/octoq.yml")
	if err != nil {
		t.Fatal(err)
	}
	exist := described(t)
	named := regexp.MustCompile(`\boctoq_\w+`).FindAllString(string(rules), -1)
	if len(named) < 10 {
		t.Fatalf("got %q, want the metrics of all rules", named)
	}
	for _, name := range named {
		if !exist[name] {
			t.Errorf("there is no metric %s", name)
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
	names, found := map[string]bool{}, make(chan *prometheus.Desc, 100)
	for _, c := range []prometheus.Collector{NewState(fake{}), w.calls, w.dead, w.ticks, hooks.waiting} {
		c.Describe(found)
	}
	close(found)
	name := regexp.MustCompile(`fqName: "(\w+)"`)
	for d := range found {
		names[name.FindStringSubmatch(d.String())[1]] = true
	}
	return names
}
