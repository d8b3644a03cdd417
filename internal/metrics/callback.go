package metrics

import (
	"fmt"

	"github.com/prometheus/client_golang/prometheus"
)

// CallbackCounts is what the process counts that takes Octopush's callbacks.
type CallbackCounts struct{ taken *prometheus.CounterVec }

// NewCallbacks makes the counters and registers them.
func NewCallbacks(reg prometheus.Registerer) (*CallbackCounts, error) {
	c := &CallbackCounts{taken: counter("octoq_callbacks_total",
		"Callbacks of Octopush by account, kind (deliveries, replies, optouts) and result: stored, unreadable, unavailable (not stored, to be sent again), "+
			"wrong_secret, or slowed (a wrong secret behind many others); the last two are of no account.", "account", "kind", "result")}
	if err := reg.Register(c.taken); err != nil {
		return nil, fmt.Errorf("register metrics: %w", err)
	}
	return c, nil
}

// Taken counts one callback.
func (c *CallbackCounts) Taken(account, kind, result string) {
	c.taken.WithLabelValues(account, kind, result).Inc()
}
