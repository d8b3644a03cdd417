package octopush

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"time"

	"github.com/octoq/octoq/internal/record"
)

// Client makes calls for one account. It may be used by several goroutines.
type Client struct {
	base      *url.URL
	login     string
	key       func() string // functions do not print what they know
	userAgent string
	timeout   time.Duration
	transport *http.Transport
	hide      func(string) string
}

// New checks the settings, reporting every fault at once, and copies them. It
// does not connect.
func New(cfg Config) (*Client, error) {
	cfg = cfg.withDefaults()
	if err := cfg.validate(); err != nil {
		return nil, fmt.Errorf("octopush client: %w", err)
	}
	base, err := cfg.base()
	if err != nil {
		return nil, fmt.Errorf("octopush client: %w", err)
	}
	return &Client{
		base: base, login: cfg.Login, key: cfg.Key.Reveal, userAgent: cfg.UserAgent,
		timeout: cfg.Timeout, transport: harden(cfg.Transport, cfg.Timeout), hide: hider(cfg.Key).Replace,
	}, nil
}

// String names the client without its key.
func (c *Client) String() string {
	return fmt.Sprintf("octopush client of %s at %s", c.login, c.base)
}

// Do makes one call and says what came of it. It never fails otherwise: what
// cannot be asked (a confirm without a ticket, say) was certainly not sent.
//
// ctx bounds the call along with Config.Timeout. Once the request has begun to
// leave, giving up makes it unanswered: a caller that is shutting down should
// let a call finish rather than cancel it.
func (c *Client) Do(ctx context.Context, r record.Request) record.Outcome {
	e, ok := endpointOf(r.Call)
	if !ok {
		return c.presentable(notSent(fmt.Errorf("there is no call %q", r.Call)))
	}
	return c.do(ctx, e, r)
}

// do is Do by a service.
func (c *Client) do(ctx context.Context, e endpoint, r record.Request) record.Outcome {
	ctx, cancel := context.WithTimeoutCause(ctx, c.timeout, timeoutError{c.timeout})
	defer cancel()
	req, err := c.request(ctx, e, r)
	if err != nil {
		return c.presentable(notSent(err))
	}
	return c.presentable(c.exchange(req, e, r))
}

// Close drops idle connections. The client stays usable.
func (c *Client) Close() { c.transport.CloseIdleConnections() }

// exchange sends the request through a gate and reads the answer. It uses the
// transport directly: there is no http.Client that might follow a redirect
// and hand the credentials on.
func (c *Client) exchange(req *http.Request, e endpoint, r record.Request) record.Outcome {
	if late(r.NotAfter, time.Now()) {
		return notSent(errTooLate)
	}
	ctx, cancel := context.WithCancelCause(req.Context())
	defer cancel(nil)
	g := &gate{notAfter: r.NotAfter, cancel: cancel}
	if !r.NotAfter.IsZero() {
		defer time.AfterFunc(time.Until(r.NotAfter), g.expire).Stop()
	}
	//nolint:bodyclose // receive closes it
	resp, err := c.transport.RoundTrip(req.WithContext(httptrace.WithClientTrace(ctx, g.trace())))
	var a answer
	if err == nil {
		a = receive(resp, time.Now())
	}
	switch sent := g.close(); {
	case !sent && err == nil: // an answer to a question never asked
		return notSent(errOver)
	case !sent:
		return notSent(err)
	case err != nil:
		return noAnswer(err)
	}
	return e.interpret(r.Call, a)
}
