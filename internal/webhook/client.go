package webhook

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"
)

const (
	dialTimeout = 5 * time.Second
	// AttemptTimeout is how long one request may take, from looking up the name to the
	// first bytes of the answer.
	AttemptTimeout = 15 * time.Second
	idleTimeout    = 30 * time.Second
	maxHeader      = 16 << 10
	// bodyTimeout is how long the body of an answer may take; its status counts.
	bodyTimeout = 2 * time.Second
	// maxAnswer is how much is read of an answer, and maxExcerpt how much of it is shown.
	maxAnswer  = 4 << 10
	maxExcerpt = 512
	// perHost is how many connections are kept to one host.
	perHost = 8
)

// SignedMessage is one request: an event, and its signer.
type SignedMessage struct {
	ID      string
	At      time.Time
	Body    []byte
	Secrets []SigningSecret
}

// Answer is what came of an attempt.
type Answer struct {
	Status  int    // 0 where there was none
	Fault   string // why it is no success, "" if it is one
	Excerpt string // the first bytes of the body, as text
	Took    time.Duration
}

// OK reports whether the receiver has taken the message.
func (a Answer) OK() bool { return a.Fault == "" }

// Client sends messages. It follows no redirects, uses no proxy, and reads little of an
// answer. It may be used by many goroutines at once.
type Client struct {
	secure, plain *http.Client
	timeout       time.Duration
}

// ClientOptions are for callers that know better than the machine.
type ClientOptions struct {
	// Roots sign the certificates of receivers; nil are those of the machine.
	Roots *x509.CertPool
	// Resolver looks up names; nil is the machine's.
	Resolver *net.Resolver
	// Timeout is how long a request may take; 0 is AttemptTimeout, which is the most.
	Timeout time.Duration
}

// NewClient makes a client that reaches what a guard allows.
func NewClient(g AddressGuard, o ClientOptions) *Client {
	timeout := AttemptTimeout
	if o.Timeout > 0 {
		timeout = min(timeout, o.Timeout)
	}
	return &Client{secure: clientOf(g, "https", o), plain: clientOf(g, "http", o), timeout: timeout}
}

func clientOf(g AddressGuard, scheme string, o ClientOptions) *http.Client {
	dialer := &net.Dialer{Timeout: dialTimeout, Resolver: o.Resolver, Control: g.control(scheme)}
	return &http.Client{
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{
			DialContext:            dialer.DialContext,
			TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: o.Roots},
			TLSHandshakeTimeout:    dialTimeout,
			ResponseHeaderTimeout:  AttemptTimeout,
			MaxResponseHeaderBytes: maxHeader,
			DisableCompression:     true,
			MaxIdleConnsPerHost:    perHost,
			IdleConnTimeout:        idleTimeout,
		},
	}
}

// Close lets go of connections that are kept.
func (c *Client) Close() { c.secure.CloseIdleConnections(); c.plain.CloseIdleConnections() }

// Send makes one attempt. That the context has ended is no fault of the receiver: see
// context.Cause.
func (c *Client) Send(ctx context.Context, url string, m SignedMessage) Answer {
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	began := time.Now()
	a := c.send(ctx, cancel, url, m)
	a.Took = time.Since(began)
	return a
}

func (c *Client) send(ctx context.Context, cancel func(), url string, m SignedMessage) Answer {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(m.Body))
	if err != nil {
		return Answer{Fault: "the URL cannot be used"}
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("User-Agent", "octoq")
	req.Header.Set("Webhook-Id", m.ID)
	req.Header.Set("Webhook-Timestamp", strconv.FormatInt(m.At.Unix(), 10))
	req.Header.Set("Webhook-Signature", Sign(m.ID, m.At, m.Body, m.Secrets...))
	client := c.secure
	if req.URL.Scheme != "https" {
		client = c.plain
	}
	resp, err := client.Do(req)
	if err != nil {
		return Answer{Fault: faultOf(err)}
	}
	defer func() { _ = resp.Body.Close() }()
	defer time.AfterFunc(bodyTimeout, cancel).Stop()
	a := Answer{Status: resp.StatusCode, Excerpt: excerpt(resp.Body)}
	const ok, redirect, bad = 200, 300, 400
	switch {
	case a.Status >= ok && a.Status < redirect:
	case a.Status >= redirect && a.Status < bad:
		a.Fault = "it redirects, which is not followed"
	default:
		a.Fault = "it answers " + strconv.Itoa(a.Status)
	}
	return a
}

// excerpt is the beginning of an answer. What cannot be read of it changes nothing: the
// status has come.
func excerpt(body io.Reader) string {
	b, _ := io.ReadAll(io.LimitReader(body, maxAnswer))
	text := strings.ToValidUTF8(string(b[:min(len(b), maxExcerpt)]), "\ufffd")
	return strings.Map(func(r rune) rune {
		if r < ' ' && r != '\n' && r != '\t' || r == 0x7f {
			return '\ufffd'
		}
		return r
	}, text)
}

// faultOf says why there was no answer, without the URL, which may hold a secret.
func faultOf(err error) string {
	var name *net.DNSError
	var certificate *tls.CertificateVerificationError
	var timeout net.Error
	switch {
	case errors.Is(err, ErrInner):
		return "it leads to " + ErrInner.Error()
	case errors.Is(err, ErrPlain):
		return ErrPlain.Error()
	case errors.As(err, &name):
		return "its name cannot be resolved"
	case errors.As(err, &certificate):
		return "its certificate is not valid: " + certificate.Err.Error()
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		return "it does not answer in time"
	case errors.Is(err, context.Canceled):
		return "octoq stopped"
	case isOp(err, "dial"):
		return "it cannot be connected to"
	default:
		return "the connection broke off, or the answer cannot be read"
	}
}

func isOp(err error, op string) bool {
	var e *net.OpError
	return errors.As(err, &e) && e.Op == op
}
