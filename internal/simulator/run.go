package simulator

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"
)

// stopGrace is how long Run waits for answers that are being written when it is to stop.
const stopGrace = time.Second

// Run serves on listener, which it closes, until ctx ends. Calls that hang or wait out a latency are then dropped, and
// nil is returned; any other error is why serving broke off.
func (s *Server) Run(ctx context.Context, listener net.Listener) error {
	calls, cut := context.WithCancel(context.WithoutCancel(ctx))
	defer cut()
	server := &http.Server{
		Handler:           s,
		BaseContext:       func(net.Listener) context.Context { return calls },
		ReadHeaderTimeout: 10 * time.Second,
	}
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	reported := make(chan struct{})
	go func() {
		defer close(reported)
		s.runReports(calls)
	}()
	defer func() { cut(); <-reported }()
	select {
	case err := <-served:
		return fmt.Errorf("serve: %w", err)
	case <-ctx.Done():
	}
	cut()
	return stop(server, served)
}

// stop ends a server whose calls have been cut short. A client that does not read its answer is cut off after the grace.
func stop(server *http.Server, served <-chan error) error {
	ctx, cancel := context.WithTimeout(context.Background(), stopGrace)
	defer cancel()
	if err := server.Shutdown(ctx); err != nil {
		_ = server.Close()
	}
	if err := <-served; !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve: %w", err)
	}
	return nil
}
