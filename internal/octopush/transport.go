package octopush

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/url"
	"time"
)

const (
	// maxHeader and maxBody bound an answer, in bytes. The documented ones have
	// a few hundred.
	maxHeader = 64 << 10
	maxBody   = 64 << 10

	// connectTimeout bounds the dial and, once more, the TLS handshake.
	connectTimeout = 5 * time.Second
	// idleTimeout is short on purpose: common servers drop idle connections
	// after five seconds, and a confirm written into one that is just being
	// dropped is an unanswered confirm.
	idleTimeout = 4 * time.Second
	// maxIdle connections are kept, so that calls in flight find theirs again.
	maxIdle = 64
)

// harden returns a copy of t that keeps its dialer, proxy and TLS settings and
// takes everything else from here.
//
// It speaks HTTP/1.1 only. HTTP/2 would buy nothing for a few small calls a
// second, and costs certainty: its streams share a connection, so the gate
// could not know whose bytes were written, and it repeats refused streams,
// POST included, by itself.
func harden(t *http.Transport, timeout time.Duration) *http.Transport {
	t = t.Clone()
	t.DialContext = watch(t.DialContext)
	t.Proxy = quietProxy(t.Proxy)

	t.Protocols = new(http.Protocols)
	t.Protocols.SetHTTP1(true)
	if t.TLSClientConfig != nil {
		t.TLSClientConfig.NextProtos = nil
	}

	t.DisableCompression = true // a bomb would unpack after the bound
	t.MaxResponseHeaderBytes = maxHeader
	t.TLSHandshakeTimeout = min(connectTimeout, timeout)
	// The wait for the answer ends with the whole call: giving up on it sooner
	// would only make calls unanswered.
	t.ResponseHeaderTimeout = 0
	t.IdleConnTimeout = idleTimeout
	t.MaxIdleConns, t.MaxIdleConnsPerHost = maxIdle, maxIdle
	return t
}

type dialFunc = func(ctx context.Context, network, addr string) (net.Conn, error)

// watch makes a dialer whose connections have a gate, and whose dials end in
// time although net/http lets them outlive the call that asked for them.
func watch(dial dialFunc) dialFunc {
	if dial == nil {
		dial = new(net.Dialer).DialContext
	}
	return func(ctx context.Context, network, addr string) (net.Conn, error) {
		ctx, cancel := context.WithTimeout(ctx, connectTimeout)
		defer cancel()
		c, err := dial(ctx, network, addr)
		if err != nil {
			return nil, err
		}
		return &conn{Conn: c}, nil
	}
}

// quietProxy keeps the text of a broken proxy setting, which may hold a
// password, out of errors.
func quietProxy(proxy func(*http.Request) (*url.URL, error)) func(*http.Request) (*url.URL, error) {
	if proxy == nil {
		return nil
	}
	return func(r *http.Request) (*url.URL, error) {
		u, err := proxy(r)
		if err != nil {
			return nil, errors.New("the proxy setting cannot be read: check HTTPS_PROXY and HTTP_PROXY")
		}
		return u, nil
	}
}
