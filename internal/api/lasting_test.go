package api_test

import (
	"bufio"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/octoq/octoq/internal/api"
)

// openStream is an answer that goes on until the test ends.
type openStream struct {
	status int
	kind   string // Content-Type
	body   io.Reader
}

// stream asks for events as a stream.
func (r *rig) stream(s *httptest.Server, query string, header ...string) openStream {
	r.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 40*time.Second)
	r.t.Cleanup(cancel)
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.URL+"/v1/events"+query, nil)
	if err != nil {
		r.t.Fatal(err)
	}
	req.Header.Set("Accept", "text/event-stream")
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	resp, err := s.Client().Do(req)
	if err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(func() { _ = resp.Body.Close() })
	return openStream{status: resp.StatusCode, kind: resp.Header.Get("Content-Type"), body: resp.Body}
}

// rest reads a stream to its end.
func (r *rig) rest(stream openStream) string {
	r.t.Helper()
	b, err := io.ReadAll(stream.body)
	if err != nil {
		r.t.Fatalf("the stream broke off: %v", err)
	}
	return string(b)
}

// A caller that is not let in any more loses what is under way: a stream, a wait, a bulk request.
func TestWhatLastsEndsWithTheRight(t *testing.T) {
	t.Parallel()
	var gone atomic.Bool
	r := newRigOf(t, func(cfg *api.Config) { cfg.StillAllowed = func(context.Context) bool { return !gone.Load() } })
	s := r.server()
	stream, bulk := r.stream(s, "?after=now"), r.talk()
	waited := make(chan answer, 1)
	go func() { waited <- r.ask(http.MethodGet, "/v1/events?after=now&wait=30s", "") }()
	gone.Store(true)
	if text := r.rest(stream); strings.Contains(text, "data:") {
		t.Errorf("the stream: got %q, want that it ends", text)
	}
	r.want("the wait", <-waited, http.StatusUnauthorized)
	if end := bulk.next(); end.Summary == nil || end.Summary.Unread != 2 || !strings.Contains(end.Summary.Detail, "removed or changed") {
		t.Errorf("the bulk request: got %+v, want how far it came", end)
	}
}

// At a stop waits are answered with what is known, and streams end as they do by themselves.
func TestWaitsEndWithTheProcess(t *testing.T) {
	t.Parallel()
	stopping := make(chan struct{})
	r := newRigOf(t, func(cfg *api.Config) { cfg.Stopping = stopping })
	s := r.server()
	r.want("enqueue", r.ask(http.MethodPut, spring, text("Hello.")), http.StatusCreated)
	stream := r.stream(s, "?after=now")
	for lines := bufio.NewScanner(stream.body); lines.Scan() && !strings.HasPrefix(lines.Text(), "id: "); {
	}
	waited := make(chan answer, 2)
	go func() { waited <- r.ask(http.MethodGet, "/v1/events?after=now&wait=30s", "") }()
	go func() { waited <- r.ask(http.MethodGet, spring+"?wait=30s&until=sent", "") }()
	began := time.Now()
	close(stopping)
	r.want("a wait", <-waited, http.StatusOK)
	r.want("a wait", <-waited, http.StatusOK)
	r.rest(stream)
	if took := time.Since(began); took > 20*time.Second {
		t.Errorf("they ended after %v, want at once", took)
	}
}

// A stream refuses a cursor as a page does: its reader would ask again for ever.
func TestAStreamRefusesCursors(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	s := r.server()
	for what, resp := range map[string]openStream{
		"after": r.stream(s, "?after=yesterday"), "Last-Event-ID": r.stream(s, "", "Last-Event-ID", "yesterday"),
	} {
		if resp.status != http.StatusUnprocessableEntity || resp.kind != "application/problem+json" {
			t.Errorf("%s: got %d %s, want a problem", what, resp.status, resp.kind)
		}
	}
}

// A stream says at once where it stands, so that a reader that began at now, and saw
// nothing, goes on without a gap.
func TestAStreamSaysWhereItStands(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	at := r.events("?after=now").Next
	var got string
	for lines := bufio.NewScanner(r.stream(r.server(), "?after=now").body); got == "" && lines.Scan(); {
		got, _ = strings.CutPrefix(lines.Text(), "id: ")
		if got == lines.Text() {
			got = ""
		}
	}
	if got != at {
		t.Errorf("got %q, want %q", got, at)
	}
}
