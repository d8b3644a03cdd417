package metrics

// Ticked counts a tick of a schedule by what became of it.
func (w *Worker) Ticked(account, what string) {
	w.ticks.WithLabelValues(account, what).Inc()
}
