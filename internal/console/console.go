package console

import (
	"context"
	"errors"
	"html/template"
	"net/http"

	"github.com/octoq/octoq/internal/access"
)

// Config is what the pages work with; API and Caller are required.
type Config struct {
	// API answers what pages ask, and does what buttons are for.
	API http.Handler
	// Caller returns the caller of a request.
	Caller func(context.Context) access.Caller
	// SignsOut reports whether the caller of a request has a session to end.
	SignsOut func(*http.Request) bool
}

// Console serves the pages. It answers whatever its router is given, unknown paths too.
type Console struct {
	config Config
	mux    *http.ServeMux
	pages  map[string]*template.Template
}

// New reads the templates.
func New(cfg Config) (*Console, error) {
	if cfg.API == nil || cfg.Caller == nil {
		return nil, errors.New("console: API and Caller are needed")
	}
	if cfg.SignsOut == nil {
		cfg.SignsOut = func(*http.Request) bool { return false }
	}
	pages, err := readPages()
	if err != nil {
		return nil, err
	}
	c := &Console{config: cfg, mux: http.NewServeMux(), pages: pages}
	for _, r := range routes() {
		c.mux.HandleFunc(r.pattern, c.serve(r))
	}
	c.mux.HandleFunc("/", c.serve(route{operation: "get-me", serve: func(*visit) error {
		return &apiRefusal{Status: http.StatusNotFound, Detail: "There is no such page."}
	}}))
	return c, nil
}

// Policy says where a page may load things from: from octoq alone, and nothing that
// stands in the page itself runs or styles it.
const Policy = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; " +
	"form-action 'self'; frame-ancestors 'none'; base-uri 'none'"

// ServeHTTP answers one request.
func (c *Console) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Security-Policy", Policy)
	c.mux.ServeHTTP(w, r)
}

// serve answers the requests of one route, if their caller may make them.
func (c *Console) serve(to route) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		v := &visit{console: c, w: w, r: r, caller: c.config.Caller(r.Context()), account: r.PathValue("account")}
		err := v.allowed(to)
		if err == nil {
			err = to.serve(v)
		}
		if err != nil {
			v.fail(err)
		}
	}
}
