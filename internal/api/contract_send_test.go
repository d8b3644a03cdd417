package api_test

import (
	"bytes"
	"io"
	"net/http"
	"net/url"
	"strings"
)

// send makes a request over HTTP.
func (c *contract) send(q request) answer {
	c.t.Helper()
	var body io.Reader = http.NoBody
	if q.body != nil {
		body = strings.NewReader(*q.body)
	}
	if q.chunked {
		body = io.MultiReader(body) // whose length the client cannot see
	}
	req, err := http.NewRequestWithContext(c.t.Context(), c.op.method, c.server.URL, body)
	if err != nil {
		c.t.Fatal(err)
	}
	if req.URL, err = url.Parse(c.server.URL + q.path); err != nil {
		c.t.Fatal(err)
	}
	req.URL.RawQuery = q.query
	req.Header = q.header
	resp, err := c.server.Client().Do(req)
	if err != nil {
		c.t.Fatalf("%s %s: %v", c.op.method, q.path, err)
	}
	defer func() { _ = resp.Body.Close() }()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		c.t.Fatalf("%s %s: %v", c.op.method, q.path, err)
	}
	return answer{status: resp.StatusCode, header: resp.Header, text: string(bytes.TrimSpace(text))}
}
