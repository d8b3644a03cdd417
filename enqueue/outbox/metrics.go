package outbox

import (
	"errors"
	"fmt"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// metrics are what a relay says of the outbox. All of them may be used without a
// registry.
type metrics struct {
	waiting, oldest, refused, measured prometheus.Gauge
	relayed                            *prometheus.CounterVec
	age                                prometheus.Histogram
}

func newMetrics(to prometheus.Registerer) (*metrics, error) {
	gauge := func(name, help string) prometheus.Gauge {
		return prometheus.NewGauge(prometheus.GaugeOpts{Name: "octoq_outbox_" + name, Help: help})
	}
	m := &metrics{
		waiting:  gauge("waiting", "Campaigns that wait in the outbox; 1,000,000 stands for that many or more."),
		oldest:   gauge("oldest_seconds", "Age of the oldest campaign in the outbox, 0 when it is empty."),
		refused:  gauge("refused", "Campaigns that were refused for good and wait for a person."),
		measured: gauge("measured_timestamp_seconds", "When the three were last read from PostgreSQL."),
		relayed: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "octoq_outbox_relayed_total", Help: "Campaigns that this relay took from the outbox, by result.",
		}, []string{"result"}),
		age: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "octoq_outbox_age_seconds", Help: "How long campaigns had been in the outbox when they were taken out of it.",
			Buckets: []float64{.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60, 300, 3600},
		}),
	}
	for _, name := range results() {
		m.relayed.WithLabelValues(name)
	}
	if to == nil {
		return m, nil
	}
	var errs []error
	for _, c := range []prometheus.Collector{m.waiting, m.oldest, m.refused, m.measured, m.relayed, m.age} {
		errs = append(errs, to.Register(c))
	}
	if err := errors.Join(errs...); err != nil {
		return nil, fmt.Errorf("outbox: register metrics: %w", err)
	}
	return m, nil
}

// results are the values of the label result, by fate.
func results() map[fate]string {
	return map[fate]string{enqueued: "enqueued", known: "known", refused: "refused", postponed: "postponed"}
}

// count counts what became of rows.
func (m *metrics) count(rows []*row) {
	names := results()
	for _, one := range rows {
		name, counted := names[one.fate]
		if !counted {
			continue
		}
		m.relayed.WithLabelValues(name).Inc()
		if one.fate == enqueued || one.fate == known {
			m.age.Observe(one.age.Seconds())
		}
	}
}

// set publishes what was measured.
func (m *metrics) set(s Status, now time.Time) {
	m.waiting.Set(float64(s.Waiting))
	m.oldest.Set(s.Oldest.Seconds())
	m.refused.Set(float64(s.Refused))
	m.measured.Set(float64(now.Unix()))
}
