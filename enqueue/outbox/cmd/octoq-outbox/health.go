package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"github.com/rs/zerolog"
)

// health is what the relay says of itself over HTTP.
type health struct {
	metrics prometheus.Gatherer
	ready   func(context.Context) error
}

const (
	readyTimeout  = 3 * time.Second
	headerTimeout = 5 * time.Second
)

func (h health) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("ok\n")) })
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), readyTimeout)
		defer cancel()
		if h.ready(ctx) != nil { // the log says why, to those who may know
			http.Error(w, "PostgreSQL or Redis does not answer", http.StatusServiceUnavailable)
			return
		}
		_, _ = w.Write([]byte("ok\n"))
	})
	mux.Handle("GET /metrics", promhttp.HandlerFor(h.metrics, promhttp.HandlerOpts{}))
	return mux
}

// withHealth runs work and serves health beside it, if there is an address to listen
// on, until work has ended.
func withHealth(ctx context.Context, addr string, log zerolog.Logger, h health, work func(context.Context) error) error {
	if addr == "" {
		return work(ctx)
	}
	var lc net.ListenConfig
	listener, err := lc.Listen(ctx, "tcp", addr)
	if err != nil {
		return usagef("%s: %v", varListen, err)
	}
	log.Info().Stringer("address", listener.Addr()).Msg("health and metrics are served")
	server := &http.Server{Handler: h.handler(), ReadHeaderTimeout: headerTimeout}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	served := make(chan error, 1)
	go func() {
		defer cancel() // a relay that cannot be watched does not go on
		served <- server.Serve(listener)
	}()
	err = work(ctx)
	_ = server.Close()
	if serving := <-served; !errors.Is(serving, http.ErrServerClosed) {
		err = errors.Join(err, fmt.Errorf("serve health and metrics: %w", serving))
	}
	return err
}
