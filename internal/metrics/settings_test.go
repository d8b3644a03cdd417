package metrics

import (
	"testing"

	"github.com/prometheus/client_golang/prometheus"
)

// The gauge has the files that have a fault now, and none that was corrected.
func TestFaultyFiles(t *testing.T) {
	t.Parallel()
	reg := prometheus.NewRegistry()
	s, err := NewSettings(reg)
	if err != nil {
		t.Fatal(err)
	}
	s.Faulty([]string{"one.yaml", "two.yaml"})
	s.Faulty([]string{"two.yaml"})
	got, err := reg.Gather()
	if err != nil || len(got) != 1 || len(got[0].GetMetric()) != 1 {
		t.Fatalf("got %v and %v, want one gauge", got, err)
	}
	if m := got[0].GetMetric()[0]; m.GetLabel()[0].GetValue() != "two.yaml" || m.GetGauge().GetValue() != 1 {
		t.Errorf("got %v, want 1 for two.yaml", m)
	}
}
