// Package metrics names and keeps what a worker counts, for Prometheus.
package metrics

import (
	"fmt"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/record"
)

// Worker is what one worker process counts. All names begin with octoq_.
type Worker struct {
	calls    *prometheus.CounterVec
	latency  *prometheus.HistogramVec
	gateWait *prometheus.HistogramVec
	put      *prometheus.CounterVec
	dead     *prometheus.CounterVec
	swept    *prometheus.CounterVec
	troubles *prometheus.CounterVec
	ticks    *prometheus.CounterVec
	sent     *prometheus.HistogramVec
	cost     *prometheus.CounterVec
}

// New makes the counters and registers them; nil registers nowhere.
func New(reg prometheus.Registerer) (*Worker, error) {
	seconds := []float64{.001, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 15, 30, 60}
	long := []float64{1, 2, 5, 10, 30, 60, 300, 900, 3600, 4 * 3600, 24 * 3600, 7 * 24 * 3600}
	w := &Worker{
		calls:    counter("octoq_calls_total", "Calls to the API by service and class of outcome.", "account", "call", "class"),
		latency:  histogram("octoq_call_duration_seconds", "Time from writing a request to its answer.", seconds, "account", "call"),
		gateWait: histogram("octoq_gate_wait_seconds", "Time a call waited for the limits of its account.", seconds, "account", "call"),
		put:      counter("octoq_steps_queued_total", "Steps queued by this worker.", "account", "stage"),
		dead:     counter("octoq_dead_total", "Campaigns that stopped for good, by class of failure.", "account", "class"),
		swept:    counter("octoq_sweep_found_total", "What the sweep put back, by state or chore.", "account", "what"),
		troubles: counter("octoq_troubles_total", "Steps put back for a trouble of octoq's own, such as Redis out of reach.", "account", "stage"),
		ticks:    counter("octoq_schedule_ticks_total", "Ticks of schedules, by what became of them.", "account", "what"),
		sent:     histogram("octoq_enqueue_to_sent_seconds", "Time from enqueueing a campaign to its confirm, with all that it waited for.", long, "account", "purpose"),
		cost:     counter("octoq_cost_sent_total", "Euros that campaigns cost whose confirm this worker has seen to the end, by the price that was shown last.", "account", "purpose"),
	}
	if reg == nil {
		return w, nil
	}
	for _, c := range []prometheus.Collector{w.calls, w.latency, w.gateWait, w.put, w.dead, w.swept, w.troubles, w.ticks, w.sent, w.cost} {
		if err := reg.Register(c); err != nil {
			return nil, fmt.Errorf("register metrics: %w", err)
		}
	}
	return w, nil
}

func counter(name, help string, labels ...string) *prometheus.CounterVec {
	return prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, labels)
}

func histogram(name, help string, buckets []float64, labels ...string) *prometheus.HistogramVec {
	return prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: name, Help: help, Buckets: buckets}, labels)
}

// Called counts one call to the API.
func (w *Worker) Called(account string, call campaign.Call, class record.Class, took time.Duration) {
	w.calls.WithLabelValues(account, string(call), string(class)).Inc()
	w.latency.WithLabelValues(account, string(call)).Observe(took.Seconds())
}

// Waited counts the time one call spent at the gate.
func (w *Worker) Waited(account string, call campaign.Call, took time.Duration) {
	w.gateWait.WithLabelValues(account, string(call)).Observe(took.Seconds())
}

// Queued counts a step that was stored.
func (w *Worker) Queued(account string, stage campaign.Stage) {
	w.put.WithLabelValues(account, string(stage)).Inc()
}

// Died counts a campaign that stopped for good.
func (w *Worker) Died(account string, class campaign.FailureClass) {
	w.dead.WithLabelValues(account, string(class)).Inc()
}

// Sent counts a campaign that was sent, by how long after it was enqueued, and what it
// cost.
func (w *Worker) Sent(account, purpose string, after time.Duration, cost campaign.Money) {
	w.sent.WithLabelValues(account, purpose).Observe(after.Seconds())
	w.cost.WithLabelValues(account, purpose).Add(max(euros(cost), 0))
}

// Swept counts what a sweep put back.
func (w *Worker) Swept(account, what string, n int) {
	w.swept.WithLabelValues(account, what).Add(float64(n))
}

// Trouble counts a step that was put back though its campaign is well.
func (w *Worker) Trouble(account string, stage campaign.Stage) {
	w.troubles.WithLabelValues(account, string(stage)).Inc()
}
