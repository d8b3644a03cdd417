package metrics

import (
	"fmt"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// CallbackCounts is what the process counts that takes Octopush's callbacks.
type CallbackCounts struct {
	taken *prometheus.CounterVec
	delay *prometheus.HistogramVec
}

// NewCallbacks makes the counters and registers them.
func NewCallbacks(reg prometheus.Registerer) (*CallbackCounts, error) {
	c := &CallbackCounts{taken: counter("octoq_callbacks_total",
		"Callbacks of Octopush by account, kind (deliveries, replies, optouts) and result: stored, unreadable, unavailable (not stored, to be sent again), "+
			"wrong_secret, or slowed (a wrong secret behind many others); the last two are of no account.", "account", "kind", "result")}
	c.delay = histogram("octoq_callback_delay_seconds", "Time from what a callback reports to its being stored, by account and kind, where it says when that was.",
		[]float64{1, 2, 5, 10, 30, 60, 300, 900, 3600, 4 * 3600, 24 * 3600}, "account", "kind")
	for _, m := range []prometheus.Collector{c.taken, c.delay} {
		if err := reg.Register(m); err != nil {
			return nil, fmt.Errorf("register metrics: %w", err)
		}
	}
	return c, nil
}

// Arrived counts how long after it had happened something was reported.
func (c *CallbackCounts) Arrived(account, kind string, after time.Duration) {
	c.delay.WithLabelValues(account, kind).Observe(after.Seconds())
}

// Taken counts one callback.
func (c *CallbackCounts) Taken(account, kind, result string) {
	c.taken.WithLabelValues(account, kind, result).Inc()
}
