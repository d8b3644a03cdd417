package web_test

import (
	"crypto/tls"
	"crypto/x509"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"github.com/octoq/octoq/internal/redistest"
	"github.com/octoq/octoq/internal/web"
)

// copied puts the files of a pair where others are, as a renewal does.
func copied(t *testing.T, from, to redistest.Pair, at time.Time) {
	t.Helper()
	for _, names := range [][2]string{{from.CertFile, to.CertFile}, {from.KeyFile, to.KeyFile}} {
		text, err := os.ReadFile(names[0])
		if err == nil {
			err = os.WriteFile(names[1], text, 0o600)
		}
		if err == nil {
			err = os.Chtimes(names[1], at, at)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// A certificate that is renewed is shown without a restart, and one that cannot be used
// leaves the earlier one.
func TestARenewedCertificateIsShown(t *testing.T) {
	t.Parallel()
	authority, dir := redistest.NewAuthority(t), t.TempDir()
	first, second := authority.Issue("first", time.Now().Add(time.Hour), "127.0.0.1"), authority.Issue("second", time.Now().Add(time.Hour), "127.0.0.1", "octoq.example")
	used := redistest.Pair{CertFile: filepath.Join(dir, "cert"), KeyFile: filepath.Join(dir, "key")}
	began := time.Now()
	copied(t, first, used, began)
	logged := &strings.Builder{}
	cfg, err := web.Certificate(used.CertFile, used.KeyFile, zerolog.New(zerolog.SyncWriter(logged)))
	if err != nil {
		t.Fatal(err)
	}
	s := serve(t, web.Config{Ready: always, TLS: cfg})
	text, err := os.ReadFile(authority.CAFile)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(text)
	names := func() string {
		t.Helper()
		client := &http.Client{Timeout: soon, Transport: &http.Transport{
			TLSClientConfig: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}, DisableKeepAlives: true, ForceAttemptHTTP2: true,
		}}
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "https://"+s.addr+"/healthz", http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		if resp.StatusCode != 200 || resp.ProtoMajor != 2 {
			t.Errorf("got %s by %s, want 200 by HTTP/2", resp.Status, resp.Proto)
		}
		return strings.Join(resp.TLS.PeerCertificates[0].DNSNames, " ")
	}
	if got := names(); got != "" {
		t.Errorf("first: got %q", got)
	}
	copied(t, second, used, began.Add(time.Minute))
	if got := names(); got != "octoq.example" {
		t.Errorf("renewed: got %q, want the new one", got)
	}
	if err := os.WriteFile(used.CertFile, []byte("broken"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := names(); got != "octoq.example" || !strings.Contains(logged.String(), "the earlier one stays") {
		t.Errorf("broken: got %q, want the earlier one, and %s to say so", got, logged)
	}
}

func TestCertificatesThatCannotBeUsed(t *testing.T) {
	t.Parallel()
	authority := redistest.NewAuthority(t)
	a, b := authority.Issue("a", time.Now().Add(time.Hour), "a.example"), authority.Issue("b", time.Now().Add(time.Hour), "b.example")
	for _, files := range [][2]string{{"", a.KeyFile}, {a.CertFile, ""}, {a.CertFile, b.KeyFile}, {"/nowhere", a.KeyFile}, {a.KeyFile, a.CertFile}} {
		if _, err := web.Certificate(files[0], files[1], zerolog.Nop()); err == nil {
			t.Errorf("%v: got no error", files)
		}
	}
}

// Beyond this machine everybody signs in, and over TLS.
func TestWhoMayBeReached(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	for name, tt := range map[string]struct {
		cfg  web.Config
		says string // "" may be reached
	}{
		"open":                    {web.Config{}, "OCTOQ_WEB_AUTH=required"},
		"required alone":          {web.Config{Required: true}, "OCTOQ_WEB_CERT_FILE"},
		"a password alone":        {web.Config{Login: login(t)}, "OCTOQ_WEB_PLAIN_HTTP"},
		"TLS alone":               {web.Config{TLS: &tls.Config{MinVersion: tls.VersionTLS12}}, "OCTOQ_WEB_AUTH=required"},
		"required, TLS":           {web.Config{Required: true, TLS: &tls.Config{MinVersion: tls.VersionTLS12}}, ""},
		"required, a proxy":       {web.Config{Required: true, Proxied: true}, ""},
		"a password, and a proxy": {web.Config{Login: login(t), Proxied: true}, ""},
	} {
		tt.cfg.Access = o.cache
		l, err := web.Listen(t.Context(), "0.0.0.0:0", tt.cfg.Closed())
		if err == nil {
			_ = l.Close()
		}
		if got := err == nil; got != (tt.says == "") || err != nil && !strings.Contains(err.Error(), tt.says) {
			t.Errorf("%s: got %v, want %q", name, err, tt.says)
		}
		if l, err = web.Listen(t.Context(), "127.0.0.1:0", tt.cfg.Closed()); err != nil {
			t.Errorf("%s on loopback: got %v", name, err)
		} else if _, ok := l.(*net.TCPListener); ok {
			_ = l.Close()
		}
	}
}

// Behind a proxy guessers are distinguished by the address that the proxy names.
func TestGuessingBehindAProxy(t *testing.T) {
	t.Parallel()
	o, _ := newDesk(t, signingIn(time.Hour), func(c *web.Config) { c.Proxied = true })
	from := func(address string) func(*http.Request) { return header("X-Forwarded-For", "203.0.113.9, "+address) }
	guess := func(address string) int {
		return o.person("127.0.0.1").visit("POST", "/login", map[string][]string{"user": {"anna"}, "password": {"wrong"}}, from(address)).status
	}
	for range 6 {
		guess("192.0.2.1")
	}
	if got := guess("192.0.2.1"); got != 429 {
		t.Errorf("the guesser: got %d, want 429", got)
	}
	if got := guess("192.0.2.2"); got != 401 {
		t.Errorf("another address: got %d, want 401", got)
	}
	a := o.person("127.0.0.1").visit("POST", "/login", map[string][]string{"user": {"anna"}, "password": {password}}, from("192.0.2.2"))
	if a.status != 303 || !strings.Contains(a.header.Get("Set-Cookie"), "Secure") || !strings.Contains(a.header.Get("Set-Cookie"), "HttpOnly") {
		t.Errorf("got %d %q, want a cookie for TLS alone", a.status, a.header.Get("Set-Cookie"))
	}
}
