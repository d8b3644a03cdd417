package web_test

import (
	"errors"
	"net"
	"strings"
	"testing"

	"github.com/octoq/octoq/internal/web"
)

func TestOpenAddressWantsAPassword(t *testing.T) {
	t.Parallel()
	for _, addr := range []string{":0", "0.0.0.0:0", "[::]:0", "[::ffff:0.0.0.0]:0", "203.0.113.7:0", "[2001:db8::1]:0", "[fe80::1%lo]:0", "0:0"} {
		t.Run(addr, func(t *testing.T) {
			t.Parallel()
			l, err := web.Listen(t.Context(), addr, web.Config{}.Closed())
			if err == nil {
				_ = l.Close()
				t.Fatalf("got a listener on %s, want an error", l.Addr())
			}
			if addr == "0:0" { // a name to some, an address to others: refused either way
				return
			}
			if !errors.Is(err, web.ErrOpen) || !strings.Contains(err.Error(), "OCTOQ_WEB_PASSWORD") {
				t.Errorf("got %v, want ErrOpen that says what to set", err)
			}
		})
	}
}

func TestLoopbackNeedsNoPassword(t *testing.T) {
	t.Parallel()
	for _, addr := range []string{"127.0.0.1:0", "127.0.0.2:0", "localhost:0"} {
		t.Run(addr, func(t *testing.T) {
			t.Parallel()
			l, err := web.Listen(t.Context(), addr, web.Config{}.Closed())
			if err != nil {
				t.Fatalf("got %v, want a listener", err)
			}
			defer func() { _ = l.Close() }()
			if a, ok := l.Addr().(*net.TCPAddr); !ok || !a.IP.IsLoopback() {
				t.Errorf("got %s, want a loopback address", l.Addr())
			}
		})
	}
}

func TestOpenAddressWithAPassword(t *testing.T) {
	t.Parallel()
	l, err := web.Listen(t.Context(), "0.0.0.0:0", web.Config{Login: login(t)}.Closed())
	if err != nil {
		t.Fatalf("got %v, want a listener", err)
	}
	_ = l.Close()
}

func TestAddressThatCannotBeRead(t *testing.T) {
	t.Parallel()
	for _, addr := range []string{"", "8080", "127.0.0.1", "127.0.0.1:no-such-port", "no-such-host.invalid:0"} {
		if l, err := web.Listen(t.Context(), addr, web.Config{}.Closed()); err == nil {
			_ = l.Close()
			t.Errorf("%q: got a listener, want an error", addr)
		} else if !strings.Contains(err.Error(), "listen on") {
			t.Errorf("%q: got %v, want it to say what it is about", addr, err)
		}
	}
}

// A page of another site can let its own name mean 127.0.0.1, and then read
// from there what the browser shows to that name.
func TestOtherNamesAreRefusedWithoutAPassword(t *testing.T) {
	t.Parallel()
	s := serve(t, web.Config{Ready: always, Metrics: web.NewRegistry("test")})
	for _, name := range []string{
		"attacker.example", "attacker.example:8080", "localhost.attacker.example", "127.0.0.1.attacker.example",
		"10.0.0.1", "0.0.0.0", "[::]", "127.0.0.1@attacker.example", "attacker.example#127.0.0.1",
	} {
		for _, path := range []string{"/", "/metrics", "/healthz", "/readyz", "/monitoring/api/queues"} {
			if a := s.do("GET", path, host(name)); a.status != 421 && a.status != 400 {
				t.Errorf("GET %s of %s: got %d, want 421", path, name, a.status)
			}
		}
	}
	for _, name := range []string{"localhost", "LOCALHOST:8080", "127.0.0.1", "127.0.0.1:1", "127.1.2.3", "[::1]", "[::1]:8080"} {
		if a := s.do("GET", "/metrics", host(name)); a.status != 200 {
			t.Errorf("GET /metrics of %s: got %d, want 200", name, a.status)
		}
	}
}

func TestOtherNamesWithAPassword(t *testing.T) {
	t.Parallel()
	s := serve(t, web.Config{Ready: always, Login: login(t)})
	if a := s.do("GET", "/", host("octoq.example"), as(user, password)); a.status != 200 {
		t.Errorf("with the password: got %d, want 200", a.status)
	}
	if a := s.do("GET", "/", host("octoq.example")); a.status != 401 {
		t.Errorf("without: got %d, want 401", a.status)
	}
}
