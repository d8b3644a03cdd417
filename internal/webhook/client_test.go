package webhook_test

import (
	"context"
	"crypto/x509"
	"encoding/binary"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	_ "github.com/octoq/octoq/internal/testenv" // no setting of the developer's reaches these tests
	"github.com/octoq/octoq/internal/webhook"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// client is one that may reach this machine.
func client(t *testing.T, g webhook.AddressGuard, o webhook.ClientOptions) *webhook.Client {
	t.Helper()
	c := webhook.NewClient(g, o)
	t.Cleanup(c.Close)
	return c
}

func message() webhook.SignedMessage {
	return webhook.SignedMessage{ID: "evt_1", At: time.Unix(1614265330, 0), Body: []byte(`{"id":"evt_1"}`)}
}

// serve is a receiver that answers so.
func serve(t *testing.T, answer http.HandlerFunc) *httptest.Server {
	t.Helper()
	s := httptest.NewServer(answer)
	t.Cleanup(s.Close)
	return s
}

// What a receiver answers, and what comes of it.
func TestAnswers(t *testing.T) {
	t.Parallel()
	var elsewhere atomic.Int32
	other := serve(t, func(http.ResponseWriter, *http.Request) { elsewhere.Add(1) })
	c := client(t, guard(t, "127.0.0.0/8"), webhook.ClientOptions{Timeout: 5 * time.Second})
	for name, one := range map[string]struct {
		answer http.HandlerFunc
		status int
		fault  string // part of it; "" is a success
	}{
		"ok":         {func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "thanks") }, 200, ""},
		"no content": {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) }, 204, ""},
		"500":        {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusInternalServerError) }, 500, "answers 500"},
		"404":        {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNotFound) }, 404, "answers 404"},
		"redirect": {func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, other.URL, http.StatusTemporaryRedirect)
		}, 307, "redirects"},
		"304":        {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNotModified) }, 304, "redirects"},
		"hangs":      {func(_ http.ResponseWriter, r *http.Request) { _, _ = io.Copy(io.Discard, r.Body); <-r.Context().Done() }, 0, "in time"},
		"breaks off": {func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, 0, "broke off"},
		"huge header": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("X-Large", strings.Repeat("a", 100<<10))
		}, 0, "cannot be read"},
		"a body without end": {func(w http.ResponseWriter, r *http.Request) {
			for r.Context().Err() == nil {
				if _, err := w.Write(make([]byte, 1<<16)); err != nil {
					return
				}
			}
		}, 200, ""},
		"a body that hangs": {func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.WriteString(w, "begins")
			_ = http.NewResponseController(w).Flush()
			_, _ = io.Copy(io.Discard, r.Body)
			<-r.Context().Done()
		}, 200, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := serve(t, one.answer)
			began := time.Now()
			a := c.Send(t.Context(), s.URL+"/path-that-is-a-secret", message())
			if a.Status != one.status || a.OK() != (one.fault == "") || !strings.Contains(a.Fault, one.fault) || strings.Contains(a.Fault, "secret") {
				t.Errorf("got %+v, want status %d and the fault %q", a, one.status, one.fault)
			}
			const status, whole = 4 * time.Second, 10 * time.Second // behind a status less time is left
			if took := time.Since(began); took > whole || a.OK() && took > status || a.Took <= 0 || len(a.Excerpt) > 3*512 {
				t.Errorf("took %s (%s said), with %d bytes of the answer", took, a.Took, len(a.Excerpt))
			}
		})
	}
	t.Cleanup(func() {
		if n := elsewhere.Load(); n > 0 {
			t.Errorf("a redirect was followed %d times", n)
		}
	})
}

// Of a gigabyte that a receiver answers next to nothing is read.
func TestAGigabyteIsNotRead(t *testing.T) {
	t.Parallel()
	const whole = 1 << 30
	written := make(chan int, 1)
	s := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", strconv.Itoa(whole))
		piece, n := make([]byte, 1<<16), 0
		for n < whole {
			k, err := w.Write(piece)
			if n += k; err != nil {
				break
			}
		}
		written <- n
	})
	a := client(t, guard(t, "127.0.0.0/8"), webhook.ClientOptions{}).Send(t.Context(), s.URL, message())
	if !a.OK() || a.Status != http.StatusOK {
		t.Errorf("got %+v, want a success: the status has come", a)
	}
	if n := <-written; n > 64<<20 {
		t.Errorf("%d bytes were taken of it", n)
	}
}

// Requests are those of the specification.
func TestTheRequest(t *testing.T) {
	t.Parallel()
	var header http.Header
	var method string
	s := serve(t, func(_ http.ResponseWriter, r *http.Request) { header, method = r.Header.Clone(), r.Method })
	m := message()
	secret, err := webhook.ParseSecret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
	if err != nil {
		t.Fatal(err)
	}
	m.Secrets = []webhook.SigningSecret{secret, secret}
	if a := client(t, guard(t, "127.0.0.0/8"), webhook.ClientOptions{}).Send(t.Context(), s.URL, m); !a.OK() {
		t.Fatalf("got %+v", a)
	}
	signed := strings.Fields(header.Get("Webhook-Signature"))
	if method != http.MethodPost || header.Get("Content-Type") != "application/json" || header.Get("Webhook-Id") != "evt_1" ||
		header.Get("Webhook-Timestamp") != "1614265330" || len(signed) != 2 || signed[0] != webhook.Sign(m.ID, m.At, m.Body, secret) {
		t.Errorf("got %s %v", method, header)
	}
}

// A proxy of the environment is not asked: it could reach what the guard forbids.
func TestNoProxy(t *testing.T) { //nolint:paralleltest // it sets variables
	var asked atomic.Int32
	proxy := serve(t, func(http.ResponseWriter, *http.Request) { asked.Add(1) })
	for _, name := range []string{"HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY"} {
		t.Setenv(name, proxy.URL)
	}
	// The guard lets the proxy be reached, and not where the webhook leads.
	a := client(t, guard(t, "127.0.0.0/8"), webhook.ClientOptions{Timeout: time.Second}).Send(t.Context(), "http://10.9.9.9:9/", message())
	if a.OK() || asked.Load() > 0 || !strings.Contains(a.Fault, "inner") {
		t.Errorf("got %+v, and the proxy was asked %d times", a, asked.Load())
	}
}

// Certificates are checked.
func TestCertificates(t *testing.T) {
	t.Parallel()
	s := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	t.Cleanup(s.Close)
	g := guard(t, "127.0.0.0/8")
	if a := client(t, g, webhook.ClientOptions{}).Send(t.Context(), s.URL, message()); a.OK() || !strings.Contains(a.Fault, "certificate") {
		t.Errorf("of an unknown issuer: got %+v", a)
	}
	pool := x509.NewCertPool()
	pool.AddCert(s.Certificate())
	if a := client(t, g, webhook.ClientOptions{Roots: pool}).Send(t.Context(), s.URL, message()); !a.OK() {
		t.Errorf("of a known issuer: got %+v", a)
	}
}

// A name that leads to an allowed address when it is looked at, and to an inner one
// later, reaches nothing there: each address is checked when it is dialled.
func TestANameThatChangesItsAddress(t *testing.T) {
	t.Parallel()
	var requests atomic.Int32
	s := serve(t, func(_ http.ResponseWriter, r *http.Request) {
		requests.Add(1)
		w := r.Header.Get("Webhook-Id")
		if w == "" {
			t.Error("got a request without an id")
		}
	})
	at, err := url.Parse(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	var address atomic.Value
	address.Store([4]byte{127, 0, 0, 1})
	names := resolver(func() [4]byte { return address.Load().([4]byte) })
	send := func(g webhook.AddressGuard) webhook.Answer {
		// Each time another client, so no connection from before is used.
		return client(t, g, webhook.ClientOptions{Resolver: names, Timeout: 5 * time.Second}).Send(t.Context(), "http://hook.example.com:"+at.Port()+"/", message())
	}
	allowed, others := guard(t, "127.0.0.1/32"), guard(t, "10.0.0.0/8")
	if a := send(allowed); !a.OK() || requests.Load() != 1 {
		t.Fatalf("an allowed address: got %+v, %d requests", a, requests.Load())
	}
	if a := send(others); a.OK() || !strings.Contains(a.Fault, "inner address") || requests.Load() != 1 {
		t.Errorf("an inner address: got %+v, %d requests", a, requests.Load())
	}
	address.Store([4]byte{127, 0, 0, 2}) // it leads elsewhere by now
	if a := send(allowed); a.OK() || !strings.Contains(a.Fault, "inner address") || requests.Load() != 1 {
		t.Errorf("an address that has changed: got %+v, %d requests", a, requests.Load())
	}
	address.Store([4]byte{8, 8, 8, 8})
	if a := send(allowed); a.OK() || !strings.Contains(a.Fault, "use https") {
		t.Errorf("http to the internet: got %+v", a)
	}
}

// resolver answers every question for an IPv4 address, and no other one.
func resolver(address func() [4]byte) *net.Resolver {
	return &net.Resolver{PreferGo: true, Dial: func(context.Context, string, string) (net.Conn, error) {
		ours, theirs := net.Pipe()
		go func() {
			defer func() { _ = ours.Close() }()
			for {
				var length [2]byte
				if _, err := io.ReadFull(ours, length[:]); err != nil {
					return
				}
				question := make([]byte, binary.BigEndian.Uint16(length[:]))
				if _, err := io.ReadFull(ours, question); err != nil {
					return
				}
				answer := answerTo(question, address())
				if _, err := ours.Write(append(binary.BigEndian.AppendUint16(nil, uint16(len(answer))), answer...)); err != nil {
					return
				}
			}
		}()
		return theirs, nil
	}}
}

// answerTo is the answer to a question of DNS (RFC 1035): one address, if one of IPv4
// is asked for.
func answerTo(question []byte, address [4]byte) []byte {
	const header, ofIPv4 = 12, 1
	end := header
	for question[end] != 0 {
		end += int(question[end]) + 1
	}
	kind := binary.BigEndian.Uint16(question[end+1:])
	answer := append([]byte{question[0], question[1], 0x81, 0x80, 0, 1, 0, 0, 0, 0, 0, 0}, question[header:end+5]...)
	if kind == ofIPv4 {
		answer[7] = 1
		answer = append(answer, 0xc0, header, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4)
		answer = append(answer, address[:]...)
	}
	return answer
}
