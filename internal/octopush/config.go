package octopush

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"
	"unicode"

	"github.com/octoq/octoq/internal/loopback"
)

// DefaultBaseURL is where the API lives (doc).
const DefaultBaseURL = "https://api.octopush.com/v1/public"

// DefaultTimeout bounds a whole call: connect, write, wait and read.
const DefaultTimeout = 15 * time.Second

// Config says how to reach the API, and with which login.
type Config struct {
	// BaseURL is the API's address without a trailing endpoint; empty means
	// DefaultBaseURL. It has no user, query or fragment. Plain http is refused
	// unless the host is the machine itself (localhost, 127.0.0.0/8, ::1),
	// because the credentials travel with each call.
	BaseURL string
	// AllowPlainHTTP takes plain http to any host, for a simulator inside a
	// closed network. A server that listens there can send in the account's name.
	AllowPlainHTTP bool

	// Login is the account's e-mail, the header api-login (doc). Required.
	Login string
	// Key is the account's API key, the header api-key (doc). Required.
	Key Secret

	// Timeout bounds the whole call; zero means DefaultTimeout. Connecting and
	// the TLS handshake get five seconds each of it at most.
	Timeout time.Duration
	// UserAgent names the program to the API; empty means "octoq".
	UserAgent string

	// Transport is optional: its dialer, proxy and TLS settings (own roots) are
	// taken over, from a copy. All limits, timeouts and protocols are this
	// package's own. It is no http.RoundTripper, because one that is not
	// watched cannot report whether the request left. Without it, the proxy
	// comes from the environment as usual in Go.
	Transport *http.Transport
}

// withDefaults fills in what was left out.
func (c Config) withDefaults() Config {
	if c.BaseURL == "" {
		c.BaseURL = DefaultBaseURL
	}
	if c.Timeout == 0 {
		c.Timeout = DefaultTimeout
	}
	if c.UserAgent == "" {
		c.UserAgent = "octoq"
	}
	if c.Transport == nil {
		c.Transport = &http.Transport{Proxy: http.ProxyFromEnvironment}
	}
	return c
}

// validate reports every fault at once. No message repeats a value that might
// hold a secret.
func (c Config) validate() error {
	_, urlErr := c.base()
	return errors.Join(
		urlErr,
		checkText("login", c.Login, isHeaderText),
		checkText("API key", c.Key.Reveal(), isKeyText),
		checkText("user agent", c.UserAgent, isHeaderText),
		checkTimeout(c.Timeout),
		checkTransport(c.Transport),
	)
}

// CheckBaseURL reports whether New would take the base URL of a Config.
func CheckBaseURL(base string, allowPlainHTTP bool) error {
	_, err := Config{BaseURL: base, AllowPlainHTTP: allowPlainHTTP}.withDefaults().base()
	return err
}

// PlainHTTPError refuses a base URL over which the credentials would travel readable.
type PlainHTTPError struct{ Host string }

func (e *PlainHTTPError) Error() string {
	return "base URL for host " + e.Host + " is plain http: the credentials would travel in clear; use https"
}

// base is the parsed base URL without a trailing slash.
func (c Config) base() (*url.URL, error) {
	u, err := url.Parse(strings.TrimRight(c.BaseURL, "/"))
	switch {
	case err != nil: // the error repeats the address, which may hold a password
		return nil, errors.New("base URL cannot be read: give one such as " + DefaultBaseURL)
	case u.User != nil:
		return nil, errors.New("base URL holds a user or password: credentials go into login and API key")
	case u.Scheme != "https" && u.Scheme != "http", u.Hostname() == "":
		return nil, errors.New("base URL needs https:// and a host, such as " + DefaultBaseURL)
	case u.RawQuery != "" || u.ForceQuery || u.Fragment != "":
		return nil, errors.New("base URL has a query or fragment: leave it out")
	case u.Scheme == "http" && !c.AllowPlainHTTP && !loopback.IsHost(u.Hostname()):
		return nil, &PlainHTTPError{Host: u.Hostname()}
	}
	return u, nil
}

func checkText(what, s string, ok func(rune) bool) error {
	switch {
	case s == "":
		return fmt.Errorf("%s is missing", what)
	case strings.TrimSpace(s) != s:
		return fmt.Errorf("%s begins or ends with a space or line break: remove it", what)
	case strings.ContainsFunc(s, func(r rune) bool { return !ok(r) }):
		return fmt.Errorf("%s has characters that cannot be sent in an HTTP header", what)
	}
	return nil
}

func isHeaderText(r rune) bool { return !unicode.IsControl(r) && r != unicode.ReplacementChar }

// isKeyText is stricter, so that the key is found again in whatever text the
// API or the network wraps around it.
func isKeyText(r rune) bool { return r > ' ' && r < unicode.MaxASCII }

func checkTimeout(d time.Duration) error {
	if d < 0 {
		return fmt.Errorf("timeout %v is negative", d)
	}
	return nil
}

// checkTransport refuses the hooks that would hide connections from the gate.
func checkTransport(t *http.Transport) error {
	//nolint:staticcheck // the deprecated hooks have to be refused as well
	if t.DialTLSContext != nil || t.DialTLS != nil || t.Dial != nil {
		return errors.New("transport has Dial, DialTLS or DialTLSContext: use DialContext and TLSClientConfig, so that its connections can be watched")
	}
	return nil
}
