package console

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
)

// apiRefusal is why the API, or a page, does not do what was asked: a problem of the API.
type apiRefusal struct {
	Status int     `json:"status"`
	Detail string  `json:"detail"`
	Code   string  `json:"code"`
	Errors []fault `json:"errors"`
}

// fault is one fault of a form or of a line of a file.
type fault struct {
	Field  string `json:"field"`
	Detail string `json:"detail"`
}

func (p *apiRefusal) Error() string { return p.Detail }

// apiRequest is a request to the API.
type apiRequest struct {
	method, path, ifMatch, key string
	kind                       string // of the body; JSON by default
	body                       any    // an io.Reader is sent as it is
	into                       any    // takes the answer
}

// recorded is an answer of the API, kept in memory.
type recorded struct {
	header http.Header
	status int
	body   bytes.Buffer
}

// Header is that of the answer.
func (w *recorded) Header() http.Header { return w.header }

// WriteHeader takes the status.
func (w *recorded) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
	}
}

func (w *recorded) Write(p []byte) (int, error) {
	w.WriteHeader(http.StatusOK)
	return w.body.Write(p)
}

// ask asks the API in the viewer's name, and returns the header of the answer.
// What the API refuses is a refusal.
func (v *visit) ask(q apiRequest) (http.Header, error) {
	r, err := v.request(q)
	if err != nil {
		return nil, err
	}
	w := &recorded{header: http.Header{}}
	v.console.config.API.ServeHTTP(w, r)
	if w.status >= http.StatusBadRequest {
		return nil, refusalOf(w.status, w.body.Bytes())
	}
	if q.into != nil {
		if err := json.Unmarshal(w.body.Bytes(), q.into); err != nil {
			return nil, fmt.Errorf("read the answer of %s %s: %w", q.method, q.path, err)
		}
	}
	return w.header, nil
}

// request is a question as the API takes it. The context has the caller.
func (v *visit) request(q apiRequest) (*http.Request, error) {
	body, known := q.body.(io.Reader)
	if !known && q.body != nil {
		b, err := json.Marshal(q.body)
		if err != nil {
			return nil, err
		}
		body = bytes.NewReader(b)
	}
	if q.method == "" {
		q.method = http.MethodGet
	}
	r, err := http.NewRequestWithContext(v.r.Context(), q.method, q.path, body)
	if err != nil {
		return nil, err
	}
	r.RemoteAddr = v.r.RemoteAddr
	if body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	for name, value := range map[string]string{"Content-Type": q.kind, "If-Match": q.ifMatch, "Idempotency-Key": q.key} {
		if value != "" {
			r.Header.Set(name, value)
		}
	}
	return r, nil
}

func refusalOf(status int, body []byte) *apiRefusal {
	p := &apiRefusal{}
	if json.Unmarshal(body, p) != nil || p.Detail == "" {
		p.Detail = http.StatusText(status)
	}
	p.Status = status
	return p
}

// pathOf is a path of the API, its parts escaped.
func pathOf(parts ...string) string {
	path := "/v1"
	for _, part := range parts {
		path += "/" + url.PathEscape(part)
	}
	return path
}
