package metrics

import (
	"fmt"

	"github.com/prometheus/client_golang/prometheus"
)

// WebhookCounts is what the process counts that sends to webhooks. All names begin with
// octoq_webhook_.
type WebhookCounts struct {
	attempts *prometheus.CounterVec
	waiting  *prometheus.GaugeVec
}

// NewWebhooks makes the counters and registers them.
func NewWebhooks(reg prometheus.Registerer) (*WebhookCounts, error) {
	w := &WebhookCounts{
		attempts: counter("octoq_webhook_deliveries_total", "Attempts to send an event to a webhook, by result: delivered, retried (to be tried again), or failed (given up).", "webhook", "result"),
		waiting: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Name: "octoq_webhook_waiting", Help: "Events that wait to be sent to a webhook, from the process that sends.",
		}, []string{"webhook"}),
	}
	for _, c := range []prometheus.Collector{w.attempts, w.waiting} {
		if err := reg.Register(c); err != nil {
			return nil, fmt.Errorf("register metrics: %w", err)
		}
	}
	return w, nil
}

// Attempted counts one attempt.
func (w *WebhookCounts) Attempted(webhook, result string) {
	w.attempts.WithLabelValues(webhook, result).Inc()
}

// Waiting notes how many events wait.
func (w *WebhookCounts) Waiting(webhook string, n int) {
	w.waiting.WithLabelValues(webhook).Set(float64(n))
}

// Forget drops how many wait for a webhook that is gone, or that another process sends to.
func (w *WebhookCounts) Forget(webhook string) { w.waiting.DeleteLabelValues(webhook) }
