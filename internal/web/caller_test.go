package web_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/octoq/octoq/internal/web"
)

// callers answers with the caller's name.
func callers(t *testing.T, login web.Login) http.Handler {
	t.Helper()
	s, err := web.New(web.Config{
		Ready: func(context.Context) error { return nil }, Login: login,
		API: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, web.Caller(r.Context()).Name) }),
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func askAs(h http.Handler, change func(*http.Request)) (status int, body string) {
	r := httptest.NewRequest(http.MethodPut, "http://127.0.0.1:8080/v1/me", http.NoBody)
	r.RemoteAddr = "127.0.0.1:4711"
	change(r)
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Code, w.Body.String()
}

// Without a password the API is for this machine alone, and never behind a proxy.
func TestTheOpenAPIIsForThisMachine(t *testing.T) {
	t.Parallel()
	h := callers(t, web.Login{})
	for name, tt := range map[string]struct {
		change func(*http.Request)
		status int
	}{
		"from here":              {func(*http.Request) {}, http.StatusOK},
		"over IPv6":              {func(r *http.Request) { r.RemoteAddr, r.Host = "[::1]:4711", "[::1]:8080" }, http.StatusOK},
		"from elsewhere":         {func(r *http.Request) { r.RemoteAddr = "10.0.0.7:4711" }, http.StatusMisdirectedRequest},
		"to another name":        {func(r *http.Request) { r.Host = "octoq.example.org" }, http.StatusMisdirectedRequest},
		"behind a proxy":         {func(r *http.Request) { r.Header.Set("X-Forwarded-For", "10.0.0.7") }, http.StatusMisdirectedRequest},
		"behind a proxy (new)":   {func(r *http.Request) { r.Header.Set("Forwarded", "for=10.0.0.7") }, http.StatusMisdirectedRequest},
		"behind a proxy (via)":   {func(r *http.Request) { r.Header.Set("Via", "1.1 proxy") }, http.StatusMisdirectedRequest},
		"behind a proxy (port)":  {func(r *http.Request) { r.Header.Set("X-Forwarded-Port", "443") }, http.StatusMisdirectedRequest},
		"behind a proxy (empty)": {func(r *http.Request) { r.Header.Set("X-Forwarded-For", "") }, http.StatusMisdirectedRequest},
		"behind a proxy (cdn)":   {func(r *http.Request) { r.Header.Set("CF-Connecting-IP", "10.0.0.7") }, http.StatusMisdirectedRequest},
		"behind a proxy (real)":  {func(r *http.Request) { r.Header.Set("X-Real-IP", "10.0.0.7") }, http.StatusMisdirectedRequest},
		"from another site":      {func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "cross-site") }, http.StatusForbidden},
		"of another origin":      {func(r *http.Request) { r.Header.Set("Origin", "http://example.org") }, http.StatusForbidden},
	} {
		status, body := askAs(h, tt.change)
		if status != tt.status || status == http.StatusOK && !strings.HasPrefix(body, "system:") {
			t.Errorf("%s: got %d %q, want %d", name, status, body, tt.status)
		}
	}
}

// With a password the caller is the user, and no other caller gets in.
func TestTheCallerIsTheUser(t *testing.T) {
	t.Parallel()
	login, err := web.NewLogin("anna", "a password")
	if err != nil {
		t.Fatal(err)
	}
	h := callers(t, login)
	status, body := askAs(h, func(r *http.Request) {
		r.SetBasicAuth("anna", "a password")
		r.Header.Set("X-Forwarded-For", "10.0.0.7")
	})
	if status != http.StatusOK || body != "user:anna" {
		t.Errorf("anna: got %d %q, want user:anna, behind a proxy too", status, body)
	}
	for name, change := range map[string]func(*http.Request){
		"no password":    func(*http.Request) {},
		"a wrong one":    func(r *http.Request) { r.SetBasicAuth("anna", "another") },
		"another's name": func(r *http.Request) { r.SetBasicAuth("ben", "a password") },
	} {
		if status, body := askAs(h, change); status != http.StatusUnauthorized || strings.Contains(body, "system:") {
			t.Errorf("%s: got %d %q, want 401", name, status, body)
		}
	}
}
