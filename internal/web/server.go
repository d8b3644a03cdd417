package web

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/rs/zerolog"

	"github.com/octoq/octoq/internal/accessstore"
	"github.com/octoq/octoq/internal/callback"
	"github.com/octoq/octoq/internal/tracing"
)

const (
	headerTimeout = 5 * time.Second
	readTimeout   = 15 * time.Second
	writeTimeout  = 30 * time.Second
	idleTimeout   = time.Minute
	// stopGrace is how long answers that are being written may take when the
	// server is to stop.
	stopGrace = 5 * time.Second

	maxHeader = 16 << 10
	maxBody   = 1 << 20
)

// Config says what a Server serves, and to which callers.
type Config struct {
	// Ready returns why the process cannot do its work now, nil if it can. Its
	// text is shown to everyone, so it names no credentials and no hosts. It
	// ends with its context. Required.
	Ready func(context.Context) error
	// Notes are lines that /readyz shows while the process is ready: what is wrong
	// although the process itself is well. Like Ready's text they are shown to
	// everyone. nil has none.
	Notes func(context.Context) []string
	// Metrics are gathered with each scrape; nil serves none.
	Metrics prometheus.Gatherer
	// Monitor is asynq's page, made for the path MonitorPath; nil serves none.
	Monitor http.Handler
	// API is octoq's API, below /v1, with its document; nil serves none. Caller
	// names its caller. It bounds what it reads of a request itself.
	API http.Handler
	// Pages are the console, at / and below; nil shows a list of what there is.
	Pages http.Handler
	// Callbacks takes what Octopush reports, below CallbackPath; nil takes nothing.
	Callbacks *callback.Receiver
	// Requests makes spans of requests of the API and of callbacks; nil makes none.
	Requests *tracing.Requests
	// Login is the user who gets in by a password of the settings, as an admin. The zero Login
	// lets no user in.
	Login Login
	// Access has the users and tokens that get in. nil has none. While it has none,
	// and there is no Login, everyone gets in who asks for localhost or a loopback
	// address, on this machine and without a proxy, until the process has seen a user
	// or a token.
	Access *accessstore.DirectoryCache
	// SignIn lets the users sign in on the pages; nil does not. It goes with Access.
	SignIn *SignIn
	// Required lets only these in.
	Required bool
	// TLS is how connections are encrypted; nil is plain HTTP. See Certificate.
	TLS *tls.Config
	// Proxied: a proxy in front does TLS, and names its caller in X-Forwarded-For.
	Proxied bool
	// Logger takes what goes wrong; the zero Logger writes nothing.
	Logger zerolog.Logger
}

// MonitorPath is where asynq's page is mounted.
const MonitorPath = "/monitoring"

// Server serves health, metrics and pages. It is an http.Handler too.
type Server struct {
	handler http.Handler
	tls     *tls.Config
	log     zerolog.Logger
}

// New checks the configuration; it opens nothing.
func New(cfg Config) (*Server, error) {
	if cfg.Ready == nil {
		return nil, errors.New("web: no way to know whether the process is ready")
	}
	return &Server{handler: routes(cfg), tls: cfg.TLS, log: cfg.Logger}, nil
}

// ServeHTTP serves one request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.handler.ServeHTTP(w, r) }

// Run serves on a listener, which it closes, until ctx ends: then answers under
// way are finished, for five seconds at most, and it returns nil. Any error is
// why serving broke off. Listeners come from Listen.
func (s *Server) Run(ctx context.Context, listener net.Listener) error {
	requests, cut := context.WithCancel(context.WithoutCancel(ctx))
	defer cut()
	server := &http.Server{
		Handler:           s.handler,
		BaseContext:       func(net.Listener) context.Context { return requests },
		ReadHeaderTimeout: headerTimeout,
		ReadTimeout:       readTimeout,
		WriteTimeout:      writeTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeader,
		ErrorLog:          log.New(complaints{s.log}, "", 0),
	}
	if s.tls != nil {
		listener = tls.NewListener(listener, s.tls)
	}
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	select {
	case err := <-served:
		return fmt.Errorf("serve on %s: %w", listener.Addr(), err)
	case <-ctx.Done():
	}
	return stop(server, served, cut)
}

// stop lets requests finish; after the grace they are cut off.
func stop(server *http.Server, served <-chan error, cut func()) error {
	ctx, cancel := context.WithTimeout(context.Background(), stopGrace)
	defer cancel()
	if err := server.Shutdown(ctx); err != nil {
		cut()
		_ = server.Close()
	}
	if err := <-served; !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve: %w", err)
	}
	return nil
}

// complaints is what net/http has to say, such as a broken connection.
type complaints struct{ log zerolog.Logger }

func (c complaints) Write(p []byte) (int, error) {
	c.log.Warn().Str("detail", strings.TrimSpace(string(p))).Msg("web server complains")
	return len(p), nil
}
