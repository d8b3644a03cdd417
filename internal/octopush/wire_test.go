package octopush

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/record"
)

// respond answers each request with raw bytes and hangs up.
func respond(raw string) func(net.Conn, *bufio.Reader) {
	return func(c net.Conn, in *bufio.Reader) {
		if readRequest(in) {
			_, _ = io.WriteString(c, raw)
		}
	}
}

// forever answers with a head and then a piece over and over, every pause.
func forever(head, piece string, pause time.Duration) func(net.Conn, *bufio.Reader) {
	return func(c net.Conn, in *bufio.Reader) {
		if !readRequest(in) {
			return
		}
		_, err := io.WriteString(c, head)
		tick := time.NewTicker(max(pause, time.Microsecond))
		defer tick.Stop()
		for err == nil {
			if pause > 0 {
				<-tick.C
			}
			_, err = io.WriteString(c, piece)
		}
	}
}

// What goes wrong after the request has left, for every call.
func TestFailuresAfterTheWrite(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 4096)
	for _, tt := range []struct {
		name    string
		serve   func(net.Conn, *bufio.Reader)
		want    record.Class
		message string
	}{
		{"closed without an answer", respond(""), record.ClassUnanswered, "no answer: the connection was closed by the server"},
		{"no answer", func(_ net.Conn, in *bufio.Reader) { untilClosed(in) }, record.ClassUnanswered,
			"no answer: timeout after 2s waiting for the answer"},
		{"no HTTP", respond("220 ready\r\n\r\n"), record.ClassUnanswered, "malformed HTTP"},
		{"the key in no HTTP", respond(testKey + "\r\n\r\n"), record.ClassUnanswered, redacted},
		{"half a status line", respond("HTTP/1.1 2"), record.ClassUnanswered, "no answer"},
		{"half a header", respond("HTTP/1.1 200 OK\r\nContent-Le"), record.ClassUnanswered, "no answer"},
		{"nonsense for a length", respond("HTTP/1.1 200 OK\r\nContent-Length: -4\r\n\r\n{}"), record.ClassUnanswered, "no answer"},
		{"endless headers", forever("HTTP/1.1 200 OK\r\n", "X-More: "+long+"\r\n", 0), record.ClassUnanswered, "exceeded 65536 bytes"},
		{"endless 1xx", forever("", "HTTP/1.1 103 Early Hints\r\nLink: "+long+"\r\n\r\n", 0), record.ClassUnanswered, "no answer"},
		{"dripping headers", forever("HTTP/1.1 200 OK\r\nX: ", "x", 5*time.Millisecond), record.ClassUnanswered, "timeout after 2s"},
		{"endless body", forever("HTTP/1.1 200 OK\r\n\r\n", long, 0), record.ClassUnanswered, "longer than 64 KiB"},
		{"dripping body", forever("HTTP/1.1 200 OK\r\nContent-Length: 60000\r\n\r\n", " ", 5*time.Millisecond), record.ClassUnanswered,
			"HTTP 200 with an answer that was cut off: timeout after 2s reading the answer"},
		{"cut body", respond("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{}"), record.ClassUnanswered,
			"HTTP 200 with an answer that was cut off: the connection was closed by the server"},
		{"cut before the body", respond("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n"), record.ClassUnanswered, "cut off"},
		{"cut chunk", respond("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n"), record.ClassUnanswered, "cut off"},
		{"cut refusal", respond("HTTP/1.1 400 Bad Request\r\nContent-Length: 99\r\n\r\n{\"code\":121}"), record.ClassUnanswered, "cut off"},
		{"cut 503", respond("HTTP/1.1 503 Busy\r\nContent-Length: 99\r\n\r\n{"), record.ClassTransient, "cut off"},
		{"silent 101", func(c net.Conn, in *bufio.Reader) {
			if readRequest(in) {
				_, _ = io.WriteString(c, "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n")
				untilClosed(in)
			}
		}, "", "HTTP 101"},
		{"101", forever("HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n", long, 0), "", "HTTP 101"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			timeout := DefaultTimeout
			if strings.Contains(tt.message, "timeout") {
				timeout = 2 * time.Second
			}
			c := newClient(t, Config{BaseURL: listen(t, tt.serve), Timeout: timeout})
			var wg sync.WaitGroup
			for _, call := range calls() {
				wg.Go(func() {
					o := c.Do(t.Context(), request(call))
					want := tt.want
					if want == "" {
						want = unclear(call)
					}
					wantClass(t, o, want)
					if !strings.Contains(o.Message, tt.message) {
						t.Errorf("%s: message: got %q, want it to contain %q", call, o.Message, tt.message)
					}
					checkOutcome(t, call, o)
				})
			}
			wg.Wait()
		})
	}
}

// A long answer of a refusal is read by its status alone.
func TestHugeBodies(t *testing.T) {
	t.Parallel()
	pad := strings.Repeat(" ", maxBody)
	for _, tt := range []struct {
		status int
		body   string
		want   record.Class
	}{
		{201, `{"ticket":"t"}` + pad, record.ClassUnanswered},
		{201, `{"ticket":"t"}` + pad[14:], record.ClassOK}, // 64 KiB exactly
		{400, `{"code":121}` + pad, record.ClassUnknown},
		{401, pad + pad, record.ClassAccount},
		{429, pad + pad, record.ClassThrottled},
		{500, pad + pad, record.ClassTransient},
	} {
		c := setup(t, answerWith(tt.status, tt.body))
		wantClass(t, c.Do(t.Context(), request(campaign.CallCreate)), tt.want)
	}
}

// A compressed answer was not asked for and is not unpacked, not even
// a good one, so a small one cannot become a huge one.
func TestCompressionIsNotUnpacked(t *testing.T) {
	t.Parallel()
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	_, _ = io.WriteString(z, `{"ticket":"t"}`)
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	c := setup(t, func(w http.ResponseWriter, r *http.Request) {
		if got := r.Header.Get("Accept-Encoding"); got != "identity" {
			t.Errorf("Accept-Encoding: got %q, want identity", got)
		}
		w.Header().Set("Content-Encoding", "gzip")
		_, _ = w.Write(packed.Bytes())
	})
	o := c.Do(t.Context(), request(campaign.CallCreate))
	wantClass(t, o, record.ClassUnanswered)
	if o.HTTPStatus != 200 {
		t.Errorf("status: got %d, want 200", o.HTTPStatus)
	}
}

// Credentials must not travel to where an answer points.
func TestRedirectsAreNotFollowed(t *testing.T) {
	t.Parallel()
	var followed atomic.Int32
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { followed.Add(1) }))
	t.Cleanup(other.Close)
	for _, status := range []int{300, 301, 302, 303, 304, 307, 308} {
		for _, target := range []string{other.URL + "/", "//" + strings.TrimPrefix(other.URL, "http://"), "/elsewhere", basePath + "/again"} {
			var asked atomic.Int32
			c := setup(t, func(w http.ResponseWriter, _ *http.Request) {
				asked.Add(1)
				w.Header().Set("Location", target)
				w.WriteHeader(status)
			})
			for _, call := range calls() {
				o := c.Do(t.Context(), request(call))
				wantClass(t, o, unclear(call))
			}
			if got := int(asked.Load()); got != len(calls()) {
				t.Errorf("HTTP %d to %s: got %d requests, want %d", status, target, got, len(calls()))
			}
		}
	}
	if followed.Load() != 0 {
		t.Errorf("requests to the other host: got %d, want 0", followed.Load())
	}
}

// What goes wrong before the first byte of the request.
func TestFailuresBeforeTheWrite(t *testing.T) {
	t.Parallel()
	var hits atomic.Int32
	srv := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { hits.Add(1) }))
	srv.Config.ErrorLog = log.New(io.Discard, "", 0)
	t.Cleanup(srv.Close)
	roots := srv.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs

	silent := strings.Replace(listen(t, func(_ net.Conn, in *bufio.Reader) { untilClosed(in) }), "http:", "https:", 1)
	plain := strings.Replace(listen(t, func(c net.Conn, in *bufio.Reader) {
		_, _ = io.WriteString(c, "HTTP/1.1 400 Bad Request\r\n\r\n")
		untilClosed(in)
	}), "http:", "https:", 1)

	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	expired, cancel := context.WithDeadline(t.Context(), time.Unix(1, 0))
	t.Cleanup(cancel)

	for _, tt := range []struct {
		name    string
		cfg     Config
		ctx     context.Context //nolint:containedctx // a table of contexts
		message string
	}{
		{"refused", Config{BaseURL: "http://127.0.0.1:" + closedPort(t)}, nil, "connection refused"},
		{"no such name", Config{BaseURL: "https://api.invalid", Transport: dialing(&net.DNSError{Err: "no such host", Name: "api.invalid"})}, nil,
			"the host's name cannot be resolved: no such host"},
		{"dial times out", Config{BaseURL: srv.URL, Transport: &http.Transport{DialContext: (&net.Dialer{Timeout: 1}).DialContext}}, nil, "timeout while connecting"},
		{"unknown authority", Config{BaseURL: srv.URL}, nil, "certificate"},
		{"wrong name", Config{BaseURL: strings.Replace(srv.URL, "127.0.0.1", "localhost", 1), Transport: trusting(roots)}, nil, "localhost"},
		{"no TLS", Config{BaseURL: plain}, nil, "tls: first record"},
		{"TLS hangs", Config{BaseURL: silent, Timeout: 50 * time.Millisecond}, nil, "timeout"},
		{"broken proxy setting", Config{BaseURL: srv.URL, Transport: &http.Transport{Proxy: brokenProxy}}, nil, "proxy setting"},
		{"cancelled", Config{BaseURL: srv.URL}, cancelled, "given up by the caller"},
		{"caller's time up", Config{BaseURL: srv.URL}, expired, "the caller's time was up"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			ctx := tt.ctx
			if ctx == nil {
				ctx = t.Context()
			}
			for _, call := range calls() {
				o := newClient(t, tt.cfg).Do(ctx, request(call))
				wantClass(t, o, record.ClassNotSent)
				if !strings.HasPrefix(o.Message, "not sent: ") || !strings.Contains(o.Message, tt.message) || strings.Contains(o.Message, "hidden") {
					t.Errorf("%s: message: got %q, want it to contain %q", call, o.Message, tt.message)
				}
			}
		})
	}
	t.Cleanup(func() {
		if hits.Load() != 0 {
			t.Errorf("requests that arrived: got %d, want 0", hits.Load())
		}
	})
}

func brokenProxy(*http.Request) (*url.URL, error) {
	return nil, errors.New(`invalid proxy address "http://user:hidden@ proxy"`)
}

func dialing(err error) *http.Transport {
	return &http.Transport{DialContext: func(context.Context, string, string) (net.Conn, error) { return nil, err }}
}

func trusting(roots *x509.CertPool) *http.Transport {
	return &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}}
}

// closedPort is a port without a listener.
func closedPort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	_, port, err := net.SplitHostPort(l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	return port
}

// Giving up after the request has left does not unsend it.
func TestCancelledWhileWaiting(t *testing.T) {
	t.Parallel()
	for _, call := range calls() {
		ctx, cancel := context.WithCancel(t.Context())
		c := newClient(t, Config{BaseURL: listen(t, func(_ net.Conn, in *bufio.Reader) {
			if readRequest(in) {
				cancel()
			}
			untilClosed(in)
		})})
		o := c.Do(ctx, request(call))
		wantClass(t, o, record.ClassUnanswered)
		if want := "no answer: given up by the caller while waiting for the answer"; o.Message != want {
			t.Errorf("message: got %q, want %q", o.Message, want)
		}
	}
}

// HTTP/1.1 is spoken even to servers and through transports that prefer HTTP/2.
func TestTLSSpeaksHTTP1(t *testing.T) {
	t.Parallel()
	var proto atomic.Value
	srv := httptest.NewUnstartedServer(guard(t, func(w http.ResponseWriter, r *http.Request) {
		proto.Store(r.Proto)
		answerWith(goodStatus(campaign.CallCreate), goodBody(campaign.CallCreate))(w, r)
	}))
	srv.EnableHTTP2 = true
	srv.StartTLS()
	t.Cleanup(srv.Close)
	transport := srv.Client().Transport.(*http.Transport).Clone()
	transport.ForceAttemptHTTP2 = true
	transport.TLSClientConfig.NextProtos = []string{"h2", "http/1.1"}

	c := newClient(t, Config{BaseURL: srv.URL + basePath, Transport: transport})
	wantClass(t, c.Do(t.Context(), request(campaign.CallCreate)), record.ClassOK)
	if got, want := proto.Load(), "HTTP/1.1"; got != want {
		t.Errorf("protocol: got %v, want %v", got, want)
	}
}

// The CONNECT to a proxy is not the request: a proxy that refuses has kept it
// from leaving, and the credentials pass a willing one only inside of TLS.
func TestThroughAProxy(t *testing.T) {
	t.Parallel()
	srv := httptest.NewTLSServer(guard(t, answerWith(goodStatus(campaign.CallCreate), goodBody(campaign.CallCreate))))
	t.Cleanup(srv.Close)
	for _, tt := range []struct {
		name  string
		proxy http.HandlerFunc
		want  record.Class
	}{
		{"willing", tunnel, record.ClassOK},
		{"refusing", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusForbidden) }, record.ClassNotSent},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.Method != http.MethodConnect || r.Header.Get("api-key") != "" {
					t.Errorf("proxy: got %s with key %q", r.Method, r.Header.Get("api-key"))
				}
				tt.proxy(w, r)
			}))
			t.Cleanup(proxy.Close)
			transport := srv.Client().Transport.(*http.Transport).Clone()
			transport.Proxy = func(*http.Request) (*url.URL, error) { return url.Parse(proxy.URL) }
			c := newClient(t, Config{BaseURL: srv.URL + basePath, Transport: transport})
			for range 2 {
				wantClass(t, c.Do(t.Context(), request(campaign.CallCreate)), tt.want)
			}
		})
	}
}

// tunnel is a CONNECT proxy.
func tunnel(w http.ResponseWriter, r *http.Request) {
	up, err := net.Dial("tcp", r.Host)
	if err != nil {
		w.WriteHeader(http.StatusBadGateway)
		return
	}
	down, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		_ = up.Close()
		return
	}
	_, _ = fmt.Fprint(down, "HTTP/1.1 200 OK\r\n\r\n")
	go func() {
		_, _ = io.Copy(up, down)
		_ = up.Close()
	}()
	_, _ = io.Copy(down, up)
	_ = down.Close()
}

func TestTimeoutIsOfTheWholeCall(t *testing.T) {
	t.Parallel()
	const timeout = 200 * time.Millisecond
	c := newClient(t, Config{
		BaseURL: listen(t, forever("HTTP/1.1 200 OK\r\nContent-Length: 60000\r\n\r\n", " ", time.Millisecond)), Timeout: timeout,
	})
	begin := time.Now()
	wantClass(t, c.Do(t.Context(), request(campaign.CallConfirm)), record.ClassUnanswered)
	if took := time.Since(begin); took < timeout || took > patience {
		t.Errorf("took: got %v, want about %v", took, timeout)
	}
}
