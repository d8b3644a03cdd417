package web_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	dto "github.com/prometheus/client_model/go"
	"github.com/redis/go-redis/v9"
	"go.uber.org/goleak"

	"github.com/octoq/octoq/internal/redistest"
	"github.com/octoq/octoq/internal/web"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// soon is the deadline of what should happen at once.
const soon = 20 * time.Second

const (
	user     = "octoq"
	password = "correct horse battery staple"
)

func login(t *testing.T) web.Login {
	t.Helper()
	l, err := web.NewLogin(user, password)
	if err != nil {
		t.Fatalf("NewLogin: %v", err)
	}
	return l
}

func always(context.Context) error { return nil }

// site is a server on a port of its own that ends with the test.
type site struct {
	t      *testing.T
	addr   string
	client *http.Client
}

func serve(t *testing.T, cfg web.Config) *site {
	t.Helper()
	server, err := web.New(cfg)
	if err != nil {
		t.Fatalf("New: %v", err)
	}
	l, err := web.Listen(t.Context(), "127.0.0.1:0", cfg.Closed())
	if err != nil {
		t.Fatalf("Listen: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- server.Run(ctx, l) }()
	transport := &http.Transport{DisableKeepAlives: true}
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("Run: got %v, want nil", err)
		}
	})
	client := &http.Client{Transport: transport, Timeout: soon, CheckRedirect: func(*http.Request, []*http.Request) error {
		return http.ErrUseLastResponse
	}}
	return &site{t: t, addr: l.Addr().String(), client: client}
}

// answer is what came back.
type answer struct {
	status int
	header http.Header
	body   string
}

// do makes a request; change may alter it first.
func (s *site) do(method, path string, change ...func(*http.Request)) answer {
	s.t.Helper()
	a, err := s.try(method, path, change...)
	if err != nil {
		s.t.Fatalf("%s %s: %v", method, path, err)
	}
	return a
}

func (s *site) try(method, path string, change ...func(*http.Request)) (answer, error) {
	r, err := http.NewRequestWithContext(s.t.Context(), method, "http://"+s.addr+path, http.NoBody)
	if err != nil {
		return answer{}, err
	}
	for _, c := range change {
		c(r)
	}
	resp, err := s.client.Do(r)
	if err != nil {
		return answer{}, err
	}
	body, err := io.ReadAll(resp.Body)
	return answer{resp.StatusCode, resp.Header, string(body)}, errors.Join(err, resp.Body.Close())
}

// as gives a request a user and password.
func as(user, password string) func(*http.Request) {
	return func(r *http.Request) { r.SetBasicAuth(user, password) }
}

func host(name string) func(*http.Request) { return func(r *http.Request) { r.Host = name } }

func with(body string) func(*http.Request) {
	return func(r *http.Request) {
		r.Body, r.ContentLength = io.NopCloser(strings.NewReader(body)), int64(len(body))
	}
}

// over serves everything about a Redis of the test's own.
func over(t *testing.T) (*site, *redistest.Server, *redis.Client) {
	t.Helper()
	server := redistest.Start(t)
	rdb := redis.NewClient(&redis.Options{Addr: server.Addr, ContextTimeoutEnabled: true, MaxRetries: -1, ReadTimeout: soon})
	t.Cleanup(func() { _ = rdb.Close() })
	cfg, err := web.Over(rdb, "test")
	if err != nil {
		t.Fatalf("Over: %v", err)
	}
	return serve(t, cfg), server, rdb
}

// eventually waits until a condition holds; what says what did not.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	deadline := time.NewTimer(soon)
	defer deadline.Stop()
	for !holds() {
		select {
		case <-tick.C:
		case <-deadline.C:
			t.Fatalf("still not after %v: %s", soon, what)
		}
	}
}

func dial(t *testing.T, addr string) net.Conn {
	t.Helper()
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", addr)
	if err != nil {
		t.Fatalf("dial: %v", err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}

// slow gathers nothing, and not before it may.
type slow struct{ wait chan struct{} }

func (s *slow) Gather() ([]*dto.MetricFamily, error) {
	<-s.wait
	return nil, nil
}
