package simulator_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"syscall"
	"testing"
	"time"

	"github.com/octoq/octoq/internal/simulator"
)

// listen serves on a free port until stop is called, which returns what Run did.
func listen(t *testing.T, cfg simulator.Config) (s *sim, stop func() error) {
	t.Helper()
	server, err := simulator.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- server.Run(ctx, listener) }()
	s = &sim{server, t, "http://" + listener.Addr().String(), nil, simulator.DefaultLogin, simulator.DefaultKey}
	return s, func() error {
		cancel()
		select {
		case err := <-done:
			return err
		case <-time.After(5 * time.Second):
			t.Fatal("Run: got no return in 5 s, want one")
			return nil
		}
	}
}

func TestRunStopsCleanlyAndDropsWhatHangs(t *testing.T) {
	t.Parallel()
	s, stop := listen(t, simulator.Config{})
	want(t, "balance", s.call("GET", wallet, ""), 200, 0)
	s.rule(simulator.Rule{Fault: "hang", Call: "balance"})
	s.rule(simulator.Rule{Fault: "latency", LatencyMS: 60_000, Call: "draft"})
	hanging := make(chan reply, 2)
	for _, path := range []string{wallet, draft} {
		go func() { hanging <- s.call("GET", path, "") }()
	}
	eventually(t, "two in flight", func() bool { return s.Stats(0).InFlight == 2 })
	if err := stop(); err != nil {
		t.Errorf("Run: got %v, want nil", err)
	}
	if got := s.Stats(0).InFlight; got != 0 {
		t.Errorf("in flight after Run: got %d, want 0", got)
	}
	for range 2 {
		if r := <-hanging; !errors.Is(r.err, syscall.ECONNRESET) {
			t.Errorf("call: got %d and %v, want a connection reset", r.status, r.err)
		}
	}
	if r := s.call("GET", wallet, ""); r.err == nil {
		t.Errorf("after the stop: got %d, want no connection", r.status)
	}
}

// TestRunCutsOffWhoDoesNotRead has a client that takes the head of a huge answer and no more.
func TestRunCutsOffWhoDoesNotRead(t *testing.T) {
	t.Parallel()
	const size = 64 << 20
	s, stop := listen(t, simulator.Config{HugeSize: size})
	s.rule(simulator.Rule{Fault: "huge"})
	req, err := http.NewRequestWithContext(t.Context(), "GET", s.url+wallet, nil)
	if err != nil {
		t.Fatal(err)
	}
	transport := &http.Transport{DisableKeepAlives: true}
	resp, err := transport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if err := stop(); err != nil {
		t.Errorf("Run: got %v, want nil", err)
	}
	if n, err := io.Copy(io.Discard, resp.Body); err == nil {
		t.Errorf("rest of the answer: got %d bytes and no error, want it cut off", n)
	}
}

func TestRunSaysWhyServingBrokeOff(t *testing.T) {
	t.Parallel()
	server, err := simulator.New(simulator.Config{})
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	listener.Close()
	if err := server.Run(t.Context(), listener); err == nil {
		t.Error("Run: got nil, want an error for a closed listener")
	}
}
