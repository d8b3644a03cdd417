package octopush

import (
	"context"
	"errors"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

func TestConfigIsChecked(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		edit func(*Config)
		want string // "" if it is fine
	}{
		{"defaults", func(*Config) {}, ""},
		{"https", func(c *Config) { c.BaseURL = "https://api.example.com/v1/public/" }, ""},
		{"plain to localhost", func(c *Config) { c.BaseURL = "http://LOCALHOST:8080/v1/public" }, ""},
		{"plain to 127.0.0.2", func(c *Config) { c.BaseURL = "http://127.0.0.2" }, ""},
		{"plain to ::1", func(c *Config) { c.BaseURL = "http://[::1]:80" }, ""},
		{"plain to elsewhere", func(c *Config) { c.BaseURL = "http://api.example.com" }, "in clear"},
		{"plain to a look-alike", func(c *Config) { c.BaseURL = "http://localhost.example.com" }, "in clear"},
		{"plain to every address", func(c *Config) { c.BaseURL = "http://0.0.0.0" }, "in clear"},
		{"plain allowed", func(c *Config) { c.BaseURL, c.AllowPlainHTTP = "http://simulator:8080", true }, ""},
		{"user", func(c *Config) { c.BaseURL = "https://u:hidden@h" }, "user or password"},
		{"no URL", func(c *Config) { c.BaseURL = "https://u:hidden@h:x" }, "cannot be read"},
		{"no scheme", func(c *Config) { c.BaseURL = "api.octopush.com/v1" }, "https://"},
		{"wrong scheme", func(c *Config) { c.BaseURL = "ftp://h" }, "https://"},
		{"no host", func(c *Config) { c.BaseURL = "https:///v1" }, "host"},
		{"query", func(c *Config) { c.BaseURL = "https://h/?a=hidden" }, "query"},
		{"fragment", func(c *Config) { c.BaseURL = "https://h/#a" }, "fragment"},
		{"no login", func(c *Config) { c.Login = "" }, "login is missing"},
		{"login with a line break", func(c *Config) { c.Login = "a\nb" }, "login has characters"},
		{"no key", func(c *Config) { c.Key = "" }, "API key is missing"},
		{"key with a line break", func(c *Config) { c.Key = "hidden\n" }, "line break"},
		{"key with a space", func(c *Config) { c.Key = "hidden hidden" }, "API key has characters"},
		{"key beyond ASCII", func(c *Config) { c.Key = "hiddén" }, "API key has characters"},
		{"user agent with a line break", func(c *Config) { c.UserAgent = "a\r\nX: y" }, "user agent"},
		{"negative timeout", func(c *Config) { c.Timeout = -1 }, "negative"},
		{"unwatched TLS", func(c *Config) {
			c.Transport = &http.Transport{DialTLSContext: func(context.Context, string, string) (net.Conn, error) { return nil, errors.ErrUnsupported }}
		}, "DialTLSContext"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			cfg := Config{Login: testLogin, Key: testKey}
			tt.edit(&cfg)
			_, err := New(cfg)
			switch {
			case tt.want == "" && err != nil:
				t.Errorf("got %v, want nil", err)
			case tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)):
				t.Errorf("got %v, want it to mention %q", err, tt.want)
			case err != nil && strings.Contains(err.Error(), "hidden"):
				t.Errorf("got %v, want no secret", err)
			}
		})
	}
}

func TestEveryFaultAtOnce(t *testing.T) {
	t.Parallel()
	_, err := New(Config{BaseURL: "ftp://h", Timeout: -1})
	for _, want := range []string{"base URL", "login", "API key", "timeout"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want it to mention %q", err, want)
		}
	}
}

func TestDefaults(t *testing.T) {
	t.Parallel()
	c := newClient(t, Config{})
	if got, want := c.base.String(), "https://api.octopush.com/v1/public"; got != want {
		t.Errorf("base URL: got %v, want %v", got, want)
	}
	if got, want := c.timeout, 15*time.Second; got != want {
		t.Errorf("timeout: got %v, want %v", got, want)
	}
}

// The given transport is copied, not changed.
func TestGivenTransportIsCopied(t *testing.T) {
	t.Parallel()
	given := &http.Transport{IdleConnTimeout: time.Hour}
	c := newClient(t, Config{Transport: given})
	if given.IdleConnTimeout != time.Hour || given.DialContext != nil || given.DisableCompression {
		t.Error("the given transport was changed")
	}
	if c.transport.IdleConnTimeout != idleTimeout || c.transport.MaxResponseHeaderBytes != 64<<10 {
		t.Error("the given transport's bounds were kept")
	}
}
