package clients

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"

	"github.com/google/go-cmp/cmp"
)

// base is the path below which the API is, in the addresses of both clients.
const base = "/v1/public"

// exchange is one request and its answer, as they went over the wire.
type exchange struct {
	sent     request
	answered answer
}

// recorder lets everything through to the simulator and keeps it.
type recorder struct {
	proxy *httputil.ReverseProxy
	mu    sync.Mutex
	kept  []exchange
}

func newRecorder(to *url.URL) *recorder {
	return &recorder{proxy: &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(to) }}}
}

// ServeHTTP answers a client with the simulator's answer.
func (r *recorder) ServeHTTP(w http.ResponseWriter, q *http.Request) {
	body, err := io.ReadAll(io.LimitReader(q.Body, 1<<20))
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	path, query, _ := strings.Cut(q.RequestURI, "?")
	x := exchange{sent: request{Method: q.Method, Path: strings.TrimPrefix(path, base), Query: query, Headers: headers(q.Header), Body: decoded(body)}}
	q.Body = io.NopCloser(bytes.NewReader(body))
	reply := httptest.NewRecorder()
	r.proxy.ServeHTTP(reply, q)
	x.answered = answer{reply.Code, decoded(reply.Body.Bytes())}
	r.mu.Lock()
	r.kept = append(r.kept, x)
	r.mu.Unlock()
	for name, values := range reply.Header() {
		w.Header()[name] = values
	}
	w.WriteHeader(reply.Code)
	_, _ = w.Write(reply.Body.Bytes()) // a client that is gone shows in what it makes of the answer
}

// take returns what was kept since the last time.
func (r *recorder) take() []exchange {
	r.mu.Lock()
	defer r.mu.Unlock()
	kept := r.kept
	r.kept = nil
	return kept
}

func headers(h http.Header) map[string]string {
	all := map[string]string{}
	for name, values := range h {
		all[strings.ToLower(name)] = strings.Join(values, ", ")
	}
	return all
}

// decoded is a body as JSON, as a text where it is none, and nil without any.
func decoded(body []byte) any {
	if len(body) == 0 {
		return nil
	}
	var v any
	if json.Unmarshal(body, &v) != nil {
		return string(body)
	}
	return v
}

// observed is what really happened at one fact.
type observed struct {
	exchanges []exchange
	journal   []map[string]any
	made      any // nil where no client was asked
}

// differences says what is otherwise than the fact has it.
func (f fact) differences(o observed, known tickets) []string {
	if len(o.exchanges) != 1 || len(o.journal) != 1 {
		return []string{fmt.Sprintf("got %d requests and %d calls in the journal, want one", len(o.exchanges), len(o.journal))}
	}
	x := o.exchanges[0]
	var all []string
	differ := func(what string, want, got any) {
		if diff := cmp.Diff(known.fill(want, got), got); diff != "" {
			all = append(all, fmt.Sprintf("%s (-want +got):\n%s", what, diff))
		}
	}
	differ("method", f.Sends.Method, x.sent.Method)
	differ("path", f.Sends.Path, x.sent.Path)
	differ("query", f.Sends.Query, x.sent.Query)
	differ("headers", f.Sends.Headers, only(f.Sends.Headers, x.sent.Headers))
	differ("body", f.Sends.Body, x.sent.Body)
	differ("status", f.Answers.Status, x.answered.Status)
	differ("answer", f.Answers.Body, x.answered.Body)
	differ("journal", f.Journal, only(f.Journal, o.journal[0]))
	if o.made != nil {
		differ("what the client makes of it", f.Makes, o.made)
	}
	return all
}

// only is the part of a map that has the keys of another.
func only[V any](keys, of map[string]V) map[string]V {
	part := map[string]V{}
	for key := range keys {
		if value, ok := of[key]; ok {
			part[key] = value
		}
	}
	return part
}
