package api_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// What cannot be read is refused, and never taken for absent: a filter would mean
// everything, and a request that is repeated be a campaign of its own.
func TestNothingIsTakenForAbsent(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	const campaigns = "/v1/accounts/default/campaigns"
	for name, path := range map[string]string{
		"a semicolon":        campaigns + "?state=dead;label.a=b",
		"no percent sign":    campaigns + "?label.a=%zz",
		"since no time":      campaigns + "?since=0001-01-01T00:00:00Z",
		"until no time":      campaigns + "?until=0001-01-01T00:00:00Z",
		"events, percent":    "/v1/events?account=%zz",
		"one account, twice": campaigns + "?limit=1&limit=2",
	} {
		r.want(name, r.ask(http.MethodGet, path, ""), http.StatusUnprocessableEntity)
	}
	for name, body := range map[string]string{
		"until no time": `{"action":"cancel","account":"default","filter":{"state":["queued"],"until":"0001-01-01T00:00:00Z"},"dry_run":true}`,
		"since no time": `{"action":"cancel","account":"default","filter":{"state":["queued"],"since":"0001-01-01T00:00:00Z"},"dry_run":true}`,
	} {
		r.want(name, r.ask(http.MethodPost, "/v1/actions", body), http.StatusUnprocessableEntity)
	}
	r.want("a time", r.ask(http.MethodPost, "/v1/actions",
		`{"action":"cancel","account":"default","filter":{"since":null,"until":"2026-01-01T00:00:00Z"},"dry_run":true}`), http.StatusOK)
}

// A key that is there, and is none, makes no new campaign with each request.
func TestAnEmptyIdempotencyKey(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	const path = "/v1/accounts/default/campaigns"
	r.want("empty", r.ask(http.MethodPost, path, text("Hello."), "Idempotency-Key", ""), http.StatusBadRequest)
	req := httptest.NewRequestWithContext(t.Context(), http.MethodPost, path, strings.NewReader(text("Hello.")))
	req.Header.Set("Content-Type", "application/json")
	req.Header["Idempotency-Key"] = []string{"a", "b"}
	w := httptest.NewRecorder()
	r.api.ServeHTTP(w, req)
	if w.Code != http.StatusBadRequest || len(r.queued()) != 0 {
		t.Errorf("two: got %d %s, and %v enqueued, want 400 and nothing", w.Code, w.Body, r.queued())
	}
}

// A compressed body is none of another encoding: the refusal says what it is about.
func TestCompressedBodiesAreRefused(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	a := r.ask(http.MethodPut, spring, text("Hello."), "Content-Encoding", "gzip")
	r.want("gzip", a, http.StatusUnsupportedMediaType)
	if !strings.Contains(a.body.Detail, "Content-Encoding") {
		t.Errorf("got %s, want what is wrong", a.text)
	}
	r.want("as it is", r.ask(http.MethodPut, spring, text("Hello."), "Content-Encoding", "identity"), http.StatusCreated)
}

// However a client writes that it wants to wait for the disk, it does.
func TestWaysOfPreferring(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	for id, prefer := range map[string][]string{
		"list": {"respond-async, durable"}, "lines": {"respond-async", "durable"}, "parameter": {"durable;x=1"}, "spaces": {"durable = disk"},
	} {
		req := httptest.NewRequestWithContext(t.Context(), http.MethodPut, "/v1/accounts/default/campaigns/"+id, strings.NewReader(text("Hello.")))
		req.Header.Set("Content-Type", "application/json")
		req.Header["Prefer"] = prefer
		w := httptest.NewRecorder()
		r.api.ServeHTTP(w, req)
		if w.Code != http.StatusServiceUnavailable || !strings.Contains(w.Body.String(), "not_durable") {
			t.Errorf("%s: got %d %s, want that this Redis keeps nothing on disk", id, w.Code, w.Body)
		}
	}
}

// Of a parameter that is given twice neither is meant.
func TestBulkParametersAreGivenOnce(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	s := r.server()
	a := r.bulk(s, "?dry_run=true&dry_run=false", ndjson, strings.NewReader(lines(1, nil)))
	if a.status != http.StatusUnprocessableEntity || len(r.queued()) != 0 {
		t.Errorf("got %d %s, and %v enqueued, want a refusal", a.status, a.text, r.queued())
	}
}

// A line may have null where PUT takes it for absent, and is the same campaign then.
func TestBulkTakesNullForAbsent(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	s := r.server()
	r.want("put", r.ask(http.MethodPut, "/v1/accounts/default/campaigns/c0", text("Hello.")), http.StatusCreated)
	const nulls = `{"id":"c0","account":null,"tag_name":null,"send_at":null,"max_cost":null,"labels":{"a":null},`
	r.bulk(s, "", ndjson, strings.NewReader(strings.Replace(text("Hello."), "{", nulls, 1))).wantSum(t, sum(0, 1, 0, 0, 0))
	noText := strings.Replace(text("Hello."), `"Hello. STOP au 30101"`, "null", 1)
	a := r.bulk(s, "", ndjson, strings.NewReader(noText))
	a.wantSum(t, sum(0, 0, 0, 1, 0))
	if len(a.lines[0].Errors) != 1 || !strings.Contains(a.lines[0].Errors[0].Detail, "is missing") {
		t.Errorf("without a text: got %+v, want that it is missing", a.lines[0].Errors)
	}
}

// A role that is granted in no account holds in none: an empty list is no way to say all.
func TestNoEmptyListOfAccounts(t *testing.T) {
	t.Parallel()
	r := newRig(t, "--appendonly", "yes", "--appendfsync", "always")
	for what, body := range map[string]string{
		"/v1/tokens": `{"name":"shop","grants":[{"role":"operator","accounts":[]}]}`,
		"/v1/users":  `{"name":"shop","password":"correct horse battery","grants":[{"role":"operator","accounts":[]}]}`,
	} {
		r.want(what, r.ask(http.MethodPost, what, body), http.StatusUnprocessableEntity)
	}
	r.want("null", r.ask(http.MethodPost, "/v1/tokens", `{"name":"all","grants":[{"role":"operator"}]}`), http.StatusCreated)
	r.want("no empty list later", r.ask(http.MethodPatch, "/v1/tokens/all", `{"grants":[{"role":"viewer","accounts":[]}]}`), http.StatusUnprocessableEntity)
}

// A token whose end is the time that programs write for none is refused: it would have
// none.
func TestNoTokenForeverByMistake(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	const token = `{"name":"shop","grants":[{"role":"viewer"}],"expires_at":`
	r.want("no time", r.ask(http.MethodPost, "/v1/tokens", token+`"0001-01-01T00:00:00Z"}`), http.StatusUnprocessableEntity)
	r.want("passed", r.ask(http.MethodPost, "/v1/tokens", token+`"2020-01-01T00:00:00Z"}`), http.StatusUnprocessableEntity)
	r.want("to come", r.ask(http.MethodPost, "/v1/tokens", token+`"2099-01-01T00:00:00Z"}`), http.StatusCreated)
}
