package metrics

import (
	"runtime"

	"github.com/prometheus/client_golang/prometheus"
)

// NewBuild is what says which octoq this process is, for what compares versions over
// processes and time.
func NewBuild(version string) prometheus.Collector {
	g := prometheus.NewGauge(prometheus.GaugeOpts{
		Name: "octoq_build_info", Help: "Always 1; its labels say which octoq this is, and which Go compiled it.",
		ConstLabels: prometheus.Labels{"version": version, "goversion": runtime.Version()},
	})
	g.Set(1)
	return g
}
