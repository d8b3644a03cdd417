package web_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/octoq/octoq/internal/web"
)

func TestLoginsThatMakeNoSenseAreRefused(t *testing.T) {
	t.Parallel()
	for name, l := range map[string][2]string{
		"no password":       {"octoq", ""},
		"no user":           {"", "pass-word"},
		"colon":             {"oct:oq", "pass-word"},
		"line break":        {"octoq", "pass-word\n"},
		"endless":           {"octoq", strings.Repeat("pass-word", 100)},
		"endless user":      {strings.Repeat("octoq", 200), "pass-word"},
		"control character": {"oct\x00oq", "pass-word"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := web.NewLogin(l[0], l[1])
			if err == nil {
				t.Fatal("got no error, want one")
			}
			if strings.Contains(err.Error(), "pass-word") {
				t.Errorf("got %q, want no password in it", err)
			}
		})
	}
}

func TestPasswordCoversEverythingButHealth(t *testing.T) {
	t.Parallel()
	cfg := web.Config{
		Ready: always, Metrics: web.NewRegistry("test"), Login: login(t),
		Monitor: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("monitor")) }),
	}
	s := serve(t, cfg)
	for _, path := range []string{"/healthz", "/readyz"} {
		if got := s.do("GET", path).status; got != 200 {
			t.Errorf("GET %s without a password: got %d, want 200", path, got)
		}
	}
	wrong := map[string]func(*http.Request){
		"nothing":        func(*http.Request) {},
		"wrong password": as(user, "wrong"),
		"wrong user":     as("root", password),
		"nothing in it":  as("", ""),
		"both swapped":   as(password, user),
		"a prefix":       as(user, password[:len(password)-1]),
		"a longer one":   as(user, password+" "),
		"no basic":       func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+password) },
	}
	paths := []string{
		"/", "/metrics", "/monitoring", "/monitoring/", "/monitoring/api/queues", "/unknown",
		"/healthz/", "/%68ealthz/x", "/readyz/../metrics", "//healthz/..", "/HEALTHZ",
	}
	for _, path := range paths {
		for name, how := range wrong {
			a := s.do("GET", path, how)
			// The router may first redirect the client to the path's plain form, which reveals nothing.
			if a.status != 401 && (a.status < 300 || a.status > 399) {
				t.Errorf("GET %s with %s: got %d, want 401", path, name, a.status)
			}
			if a.status == 401 && !strings.HasPrefix(a.header.Get("WWW-Authenticate"), "Basic ") {
				t.Errorf("GET %s with %s: got no challenge", path, name)
			}
			if strings.Contains(a.body, "monitor") && a.status == 401 {
				t.Errorf("GET %s with %s: got the page's content", path, name)
			}
		}
	}
	for _, path := range []string{"/", "/metrics", "/monitoring", "/monitoring/api/queues"} {
		if got := s.do("GET", path, as(user, password)).status; got != 200 {
			t.Errorf("GET %s with the password: got %d, want 200", path, got)
		}
	}
	if got := s.do("GET", "/unknown", as(user, password)).status; got != 404 {
		t.Errorf("GET /unknown with the password: got %d, want 404", got)
	}
}

func TestLoginHidesItself(t *testing.T) {
	t.Parallel()
	l := login(t)
	if got := fmt.Sprintf("%v %+v %s", l, l, web.Login{}); strings.Contains(got, password) || strings.Contains(got, user+" ") {
		t.Errorf("got %s, want neither user nor password", got)
	}
	if got := fmt.Sprint(web.Config{Login: l}); strings.Contains(got, password) {
		t.Errorf("got %s, want no password", got)
	}
}
