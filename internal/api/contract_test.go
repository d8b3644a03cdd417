package api_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/octoq/octoq/internal/access"
	"github.com/octoq/octoq/internal/api"
)

// sample is a request that succeeds, for an operation: what the document does not say of
// it. A query and a header that are not there are none.
type sample struct {
	// path are the path's parameters; account is default without one.
	path map[string]string
	// query and header are what the request cannot do without.
	query  string
	header map[string]string
	// bodies are by media type; the one of JSON is made from the schema without one.
	bodies map[string]string
}

// Every operation of the document, with valid and with invalid input, over HTTP: the
// status is one that the document names for it, the body matches the schema of that
// status, what the schema refuses is refused, and nothing is a 500.
//
//nolint:tparallel // one operation after the other: they share one Redis, and the caller
func TestTheDocumentIsKept(t *testing.T) {
	t.Parallel()
	r := newRig(t, "--appendonly", "yes", "--appendfsync", "always")
	d := newDescription(t, r.raw("/openapi.json"))
	server := r.server()
	samples := samples()
	for _, op := range d.operations(t) { //nolint:paralleltest // see above
		t.Run(op.id, func(t *testing.T) {
			prepare := samples[op.id]
			if prepare == nil {
				t.Fatalf("%s is in the document, and samples() in samples_test.go has no request for it: "+
					"add a line that prepares what it needs and says what the document does not", op.id)
			}
			c := &contract{t: t, op: op, d: d, rig: r, server: server, prepare: prepare}
			c.bad()
			c.good()
			c.denied()
			t.Logf("%d requests", c.tried)
		})
	}
	d.knows(t, samples)
	c := &contract{t: t, d: d, rig: r, server: server}
	c.away(samples)
}

// What is served is the document that make docs writes, in both versions.
func TestTheDocumentIsServed(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	for path, make := range map[string]func(string) ([]byte, error){"/openapi.json": api.Document, "/openapi-3.0.json": api.OlderDocument} {
		want, err := make("test")
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(parsed(t, want), parsed(t, r.raw(path))); diff != "" {
			t.Errorf("%s (-made +served):\n%s", path, diff)
		}
		for _, other := range []string{".json", ".yaml"} {
			w := httptest.NewRecorder()
			at := strings.TrimSuffix(path, ".json") + other
			r.api.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, at, http.NoBody))
			if got, want := w.Header().Get("Content-Type"), "application/openapi+"+other[1:]; w.Code != http.StatusOK || got != want || w.Body.Len() < 1000 {
				t.Errorf("%s: got %d, %d bytes of %q, want the document as %q", at, w.Code, w.Body.Len(), got, want)
			}
		}
	}
}

func parsed(t *testing.T, text []byte) (v any) {
	t.Helper()
	if err := json.Unmarshal(text, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

// knows checks that the document has each operation of the samples.
func (d *description) knows(t *testing.T, samples map[string]func(*rig) sample) {
	t.Helper()
	for id := range samples {
		if d.byID[id] == nil {
			t.Errorf("samples() has a request for %s, and the document does not know it", id)
		}
	}
}

// contract plays the requests of one operation.
type contract struct {
	t       *testing.T
	d       *description
	op      *described
	rig     *rig
	server  *httptest.Server
	prepare func(*rig) sample
	tried   int // requests that were made
	// ready is a sample that no request has used up.
	ready *sample
}

// verdict is what the document says of a request.
type verdict int

const (
	mayFail  verdict = iota // its schemas accept the request; octoq may not
	mustFail                // its schemas refuse it
	mustPass
)

// sample is a request that succeeds, prepared anew where the last one did.
func (c *contract) sample() sample {
	if c.ready == nil {
		s := c.prepare(c.rig)
		c.ready = &s
	}
	return *c.ready
}

// request is a sample that is filled in.
type request struct {
	path, query string
	header      http.Header
	body        *string
	chunked     bool
}

// request fills a sample in, with a body of a media type, "" for none.
func (c *contract) request(kind string) request {
	s := c.sample()
	q := request{path: c.op.path, query: s.query, header: http.Header{}}
	for _, name := range c.op.pathNames() {
		value, ok := s.path[name]
		if !ok && name == "account" {
			value = "default"
		}
		q.path = strings.ReplaceAll(q.path, "{"+name+"}", value)
	}
	for name, value := range s.header {
		q.header.Set(name, value)
	}
	if kind != "" {
		body, ok := s.bodies[kind]
		if !ok {
			body = c.d.example(c.op.bodySchema(kind))
		}
		q.body = &body
		q.header.Set("Content-Type", kind)
	}
	return q
}

// try makes a request, and holds the answer against the document.
func (c *contract) try(what string, want verdict, q request) {
	c.t.Helper()
	a := c.send(q)
	c.tried++
	fail := func(format string, args ...any) {
		c.t.Helper()
		c.t.Errorf("%s: %s %s?%s %s: got %d %.600s\n%s", what, c.op.method, q.path, q.query, clipped(q.body), a.status, a.text, fmt.Sprintf(format, args...))
	}
	succeeded := a.status < http.StatusMultipleChoices
	if succeeded {
		c.ready = nil
	}
	switch {
	case a.status == http.StatusInternalServerError:
		fail("want no 500, whatever is asked")
	case succeeded && want == mustFail:
		fail("want it refused: the document's schema of it does")
	case !succeeded && want == mustPass:
		fail("want it done")
	}
	if problem := c.op.check(c.d, a); problem != "" {
		fail("%s", problem)
	}
}

func clipped(body *string) string {
	const most = 300
	if body == nil {
		return "without a body"
	}
	return fmt.Sprintf("%.*q", most, *body)
}

// good makes the requests that succeed: with each media type, with what is required
// alone, and with each further field.
func (c *contract) good() {
	c.ready = nil // what was refused before may have left something
	if len(c.op.bodyTypes()) == 0 {
		c.try("without a body", mustPass, c.request(""))
	} else if !c.op.bodyRequired() {
		c.try("without a body", mayFail, c.request(""))
	}
	for _, kind := range c.op.bodyTypes() {
		c.try("valid "+kind, mustPass, c.request(kind))
		if !isJSON(kind) {
			continue
		}
		base := *c.request(kind).body
		for _, m := range c.d.additions(c.op.bodySchema(kind), base) {
			q := c.request(kind)
			q.body = &m.body
			c.try("with "+m.what, mayFail, q)
		}
	}
	for _, p := range c.op.parameters("query") {
		for _, value := range c.d.values(p.schema) {
			if p.name == "wait" {
				value = "10ms" // of the example it would be half a minute
			}
			q := c.request(c.op.anyBodyType())
			q.query = joined(q.query, p.name, value)
			c.try("with "+p.name+"="+value, mayFail, q)
		}
	}
}

// denied asks as a caller without a role.
func (c *contract) denied() {
	q := c.request(c.op.anyBodyType())
	caller := c.rig.caller
	defer func() { c.rig.caller = caller }()
	c.rig.caller = access.Caller{Name: "user:ben", Kind: access.OfUser}
	want := mustFail
	if slices.Contains([]string{"get-me", "list-accounts", "list-alerts", "list-events"}, c.op.id) {
		want = mayFail // everybody may ask, and is shown less
	}
	c.try("without a role", want, q)
}

// away makes one request of each operation while Redis is away.
func (c *contract) away(samples map[string]func(*rig) sample) {
	var all []*contract
	for _, op := range c.d.operations(c.t) {
		if prepare := samples[op.id]; prepare != nil {
			one := &contract{t: c.t, op: op, d: c.d, rig: c.rig, server: c.server, prepare: prepare}
			one.sample()
			all = append(all, one)
		}
	}
	c.rig.redis.Kill()
	var wg sync.WaitGroup
	for _, one := range all {
		wg.Go(func() { one.try(one.op.id+" without Redis", mayFail, one.request(one.op.anyBodyType())) })
	}
	wg.Wait()
}
