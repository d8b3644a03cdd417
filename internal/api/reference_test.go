package api_test

import (
	"crypto/sha256"
	"encoding/base64"
	"html"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// The page has every operation of the document, and asks no other host for anything.
func TestReferenceHasEveryOperation(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	w := httptest.NewRecorder()
	r.api.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/docs", http.NoBody))
	page := w.Body.String()
	if kind := w.Header().Get("Content-Type"); w.Code != http.StatusOK || kind != "text/html; charset=utf-8" {
		t.Fatalf("got %d and %q, want a page", w.Code, kind)
	}
	all := operations(t)
	for _, op := range all {
		if !strings.Contains(page, `<section id="`+op.id+`">`) || !strings.Contains(html.UnescapeString(page), op.method+" "+op.path+"</code>") {
			t.Errorf("%s is not on the page", op.id)
		}
	}
	if len(all) < 30 || strings.Contains(page, "://") || strings.Count(page, "<script") != 1 || strings.Count(page, `<form class="try"`) != len(all) {
		t.Errorf("got %d operations, and a page that asks for something elsewhere, runs something, or lacks a form", len(all))
	}
	_, rest, _ := strings.Cut(page, "<script>")
	script, _, _ := strings.Cut(rest, "</script>")
	sum := sha256.Sum256([]byte(script))
	policy := w.Header().Get("Content-Security-Policy")
	if own := "script-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "';"; !strings.Contains(policy, own) || strings.Contains(policy, "unsafe") {
		t.Errorf("policy: got %q, want %q in it", policy, own)
	}
	for _, want := range []string{"Needs the role approver", "<code>list_name</code>", "Idempotency-Key", "-X PUT"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
}
