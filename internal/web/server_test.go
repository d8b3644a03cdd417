package web_test

import (
	"bufio"
	"context"
	"errors"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/octoq/octoq/internal/web"
)

func TestConfigWithoutReadinessIsRefused(t *testing.T) {
	t.Parallel()
	if _, err := web.New(web.Config{}); err == nil {
		t.Error("got no error, want one")
	}
}

func TestEveryAnswerBearsTheHeaders(t *testing.T) {
	t.Parallel()
	cfg := web.Config{
		Ready: func(context.Context) error { return errors.New("no") }, Metrics: web.NewRegistry("test"), Login: login(t),
		Monitor: http.NotFoundHandler(),
	}
	s := serve(t, cfg)
	answers := map[string]answer{
		"page":          s.do("GET", "/", as(user, password)),
		"metrics":       s.do("GET", "/metrics", as(user, password)),
		"monitor":       s.do("GET", "/monitoring/x", as(user, password)),
		"not found":     s.do("GET", "/unknown", as(user, password)),
		"no password":   s.do("GET", "/"),
		"not ready":     s.do("GET", "/readyz"),
		"wrong method":  s.do("POST", "/healthz"),
		"alive":         s.do("GET", "/healthz"),
		"without slash": s.do("GET", "//", as(user, password)),
	}
	for name, a := range answers {
		for header, want := range map[string]string{
			"X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY", "Referrer-Policy": "no-referrer",
			"Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Resource-Policy": "same-origin",
		} {
			if got := a.header.Get(header); got != want {
				t.Errorf("%s: %s: got %q, want %q", name, header, got, want)
			}
		}
		if got := a.header.Get("Content-Security-Policy"); !strings.Contains(got, "frame-ancestors 'none'") {
			t.Errorf("%s: Content-Security-Policy: got %q, want frame-ancestors 'none' in it", name, got)
		}
	}
}

func TestOurPagesAreOnlyRead(t *testing.T) {
	t.Parallel()
	s := serve(t, web.Config{Ready: always, Metrics: web.NewRegistry("test")})
	for _, path := range []string{"/", "/metrics", "/healthz", "/readyz"} {
		for _, method := range []string{"POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"} {
			if a := s.do(method, path); a.status != 405 || !strings.Contains(a.header.Get("Allow"), "GET") {
				t.Errorf("%s %s: got %d, allowed %q; want 405, GET allowed", method, path, a.status, a.header.Get("Allow"))
			}
		}
		if a := s.do("HEAD", path); a.status != 200 || a.body != "" {
			t.Errorf("HEAD %s: got %d and %d bytes, want 200 and none", path, a.status, len(a.body))
		}
	}
}

func TestWorkersServeNoMonitor(t *testing.T) {
	t.Parallel()
	s := serve(t, web.Config{Ready: always, Metrics: web.NewRegistry("test")})
	if a := s.do("GET", "/monitoring"); a.status != 404 {
		t.Errorf("GET /monitoring: got %d, want 404", a.status)
	}
	if a := s.do("GET", "/"); strings.Contains(a.body, "monitoring") || !strings.Contains(a.body, `href="/metrics"`) {
		t.Errorf("GET /: got %s, want a link to the metrics alone", a.body)
	}
}

func TestHugeRequestsAreCutOff(t *testing.T) {
	t.Parallel()
	read := make(chan error, 1)
	monitor := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, err := bufio.NewReader(r.Body).Discard(3 << 20)
		read <- err
		w.WriteHeader(http.StatusOK)
	})
	s := serve(t, web.Config{Ready: always, Monitor: monitor, API: monitor})
	_, _ = s.try("POST", "/monitoring/api/x", with(strings.Repeat("x", 2<<20)))
	var tooLarge *http.MaxBytesError
	if err := <-read; !errors.As(err, &tooLarge) {
		t.Errorf("a body of 2 MiB: got %v, want it cut off", err)
	}
	_, _ = s.try("POST", "/v1/x", with(strings.Repeat("x", 4<<20)))
	if err := <-read; err != nil {
		t.Errorf("a body of 4 MiB for the API: got %v, want it left to the API", err)
	}
	a, err := s.try("GET", "/healthz", func(r *http.Request) { r.Header.Set("X-Long", strings.Repeat("x", 64<<10)) })
	if err == nil && a.status != 431 {
		t.Errorf("a header of 64 KiB: got %d, want 431", a.status)
	}
}

func TestRunFinishesAnswersUnderWay(t *testing.T) {
	t.Parallel()
	entered, leave := make(chan struct{}), make(chan struct{})
	server, err := web.New(web.Config{Ready: func(ctx context.Context) error {
		close(entered)
		<-leave
		return ctx.Err()
	}})
	if err != nil {
		t.Fatalf("New: %v", err)
	}
	l, err := web.Listen(t.Context(), "127.0.0.1:0", web.Config{}.Closed())
	if err != nil {
		t.Fatalf("Listen: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ran := make(chan error, 1)
	go func() { ran <- server.Run(ctx, l) }()
	conn := dial(t, l.Addr().String())
	if _, err := conn.Write([]byte("GET /readyz HTTP/1.1\r\nHost: localhost\r\n\r\n")); err != nil {
		t.Fatalf("write: %v", err)
	}
	<-entered
	cancel()
	eventually(t, "the listener is closed", func() bool {
		c, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", l.Addr().String())
		if err == nil {
			_ = c.Close()
		}
		return err != nil
	})
	close(leave)
	line, err := bufio.NewReader(conn).ReadString('\n')
	if err != nil || !strings.Contains(line, "200") {
		t.Errorf("answer under way: got %q, %v; want 200", line, err)
	}
	if err := <-ran; err != nil {
		t.Errorf("Run: got %v, want nil", err)
	}
}

func TestRunSaysWhyServingBrokeOff(t *testing.T) {
	t.Parallel()
	server, err := web.New(web.Config{Ready: always})
	if err != nil {
		t.Fatalf("New: %v", err)
	}
	l, err := web.Listen(t.Context(), "127.0.0.1:0", web.Config{}.Closed())
	if err != nil {
		t.Fatalf("Listen: %v", err)
	}
	_ = l.Close()
	if err := server.Run(t.Context(), l); !errors.Is(err, net.ErrClosed) {
		t.Errorf("Run: got %v, want net.ErrClosed", err)
	}
}
