package octopush

import (
	"bufio"
	"compress/gzip"
	"crypto/tls"
	"crypto/x509"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/record"
)

// frame is a frame of HTTP/2.
func frame(kind byte, stream byte, payload string) string {
	n := len(payload)
	return string([]byte{byte(n >> 16), byte(n >> 8), byte(n), kind, 0, 0, 0, 0, stream}) + payload
}

// What servers and what stands before them send that is hardly HTTP/1.1. None
// of it is taken for a good answer, and none of it holds a call up.
func TestHardlyHTTP(t *testing.T) {
	t.Parallel()
	const good = `{"ticket_number":"t","status":"ready_to_be_sent","cost":1,"amount":1,"unit":"euros"}`
	long := strings.Repeat("x", 4096)
	for name, serve := range map[string]func(net.Conn, *bufio.Reader){
		"settings of HTTP/2":   respond(frame(4, 0, "")),
		"GOAWAY":               respond(frame(4, 0, "") + frame(7, 0, "\x00\x00\x00\x00\x00\x00\x00\x02")),
		"reset of a stream":    respond(frame(3, 1, "\x00\x00\x00\x08")),
		"a status of 2 digits": respond("HTTP/1.1 20 OK\r\n\r\n" + good),
		"a status of 4 digits": respond("HTTP/1.1 2000 OK\r\n\r\n" + good),
		"a negative status":    respond("HTTP/1.1 -20 OK\r\n\r\n" + good),
		"a status in letters":  respond("HTTP/1.1 two OK\r\n\r\n" + good),
		"two lengths":          respond("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 9\r\n\r\n" + good),
		"a length too large":   respond("HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n" + good),
		"a length of a GiB":    respond("HTTP/1.1 200 OK\r\nContent-Length: 1073741824\r\n\r\n" + good),
		"a header with NUL":    respond("HTTP/1.1 200 OK\r\nX\x00: y\r\n\r\n" + good),
		"a folded nothing":     respond("HTTP/1.1 200 OK\r\n : y\r\n\r\n" + good),
		"an odd encoding":      respond("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n" + good),
		"a negative chunk":     respond("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-2\r\n" + good),
		"a chunk too large":    respond("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n" + good),
		"endless continues":    forever("", "HTTP/1.1 100 Continue\r\n\r\n", 0),
		"endless chunk line":   forever("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;", long, 0),
		"endless chunks":       forever("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "1\r\n \r\n", 0),
		"endless trailers":     forever("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n", "X: "+long+"\r\n", 0),
		"endless status line":  forever("HTTP/1.1 200 ", long, 0),
		"endless header name":  forever("HTTP/1.1 200 OK\r\n", long, 0),
		"deep nesting":         respond("HTTP/1.1 200 OK\r\n\r\n" + strings.Repeat(`{"ticket":`, 6000)),
		"deep closed nesting":  respond("HTTP/1.1 200 OK\r\n\r\n{\"a\":" + strings.Repeat("[", 30_000) + strings.Repeat("]", 30_000) + "}"),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newClient(t, Config{BaseURL: listen(t, serve)})
			for _, call := range calls() {
				began := time.Now()
				o := c.Do(t.Context(), request(call))
				if o.Class != record.ClassUnanswered && o.Class != unclear(call) {
					t.Errorf("%s: got %+v, want it unclear", call, o)
				}
				checkOutcome(t, call, o)
				if took := time.Since(began); took > DefaultTimeout/2 {
					t.Errorf("%s: took %v, want an end long before the timeout", call, took)
				}
			}
		})
	}
}

// counted is how many bytes a server could send before the client hung up.
type counted struct {
	io.Writer
	n *atomic.Int64
}

func (c counted) Write(p []byte) (int, error) {
	n, err := c.Writer.Write(p)
	c.n.Add(int64(n))
	return n, err
}

// A gibibyte in every disguise is hung up on after little of it, and costs
// little memory. Not parallel: it measures.
//
//nolint:paralleltest // it measures what the whole process allocates
func TestAGibibyteIsBounded(t *testing.T) {
	const size, sent, allocated = 1 << 30, 32 << 20, 4 << 20
	piece := []byte(strings.Repeat("x", 64<<10))
	flood := func(w io.Writer) {
		for range size / len(piece) {
			if _, err := w.Write(piece); err != nil {
				return
			}
		}
	}
	for name, answer := range map[string]func(w io.Writer){
		"body": func(w io.Writer) {
			_, _ = io.WriteString(w, "HTTP/1.1 200 OK\r\nContent-Length: 1073741824\r\n\r\n")
			flood(w)
		},
		"refusal": func(w io.Writer) {
			_, _ = io.WriteString(w, "HTTP/1.1 400 Bad Request\r\nContent-Length: 1073741824\r\n\r\n{\"message\":\"")
			flood(w)
		},
		"one header": func(w io.Writer) { _, _ = io.WriteString(w, "HTTP/1.1 200 OK\r\nX: "); flood(w) },
		"bomb": func(w io.Writer) {
			_, _ = io.WriteString(w, "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n")
			z := gzip.NewWriter(w)
			flood(z)
			_ = z.Close()
		},
		"one chunk": func(w io.Writer) {
			_, _ = io.WriteString(w, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n40000000\r\n")
			flood(w)
		},
	} {
		var n atomic.Int64
		done := make(chan struct{})
		c := newClient(t, Config{BaseURL: listen(t, func(c net.Conn, in *bufio.Reader) {
			defer close(done)
			if readRequest(in) {
				answer(counted{c, &n})
			}
		})})
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		o := c.Do(t.Context(), request(campaign.CallConfirm))
		runtime.ReadMemStats(&after)
		if o.Class != record.ClassUnanswered && (o.Class != record.ClassUnknown || o.HTTPStatus != 400) {
			t.Errorf("%s: got %+v, want it unanswered, or a refusal with only its status known", name, o)
		}
		<-done
		extra := int64(0)
		if name == "bomb" { // the server's own packing
			extra = 4 << 20
		}
		if got := int64(after.TotalAlloc - before.TotalAlloc); got > allocated+extra {
			t.Errorf("%s: allocated %d KiB, want at most %d", name, got>>10, (allocated+extra)>>10)
		}
		if got := n.Load(); got > sent {
			t.Errorf("%s: took %d MiB off the server, want at most %d", name, got>>20, sent>>20)
		}
	}
}

// A name that is not the certificate's is not spoken to, whatever stands at the
// address, and the key does not leave.
func TestWrongNameNeverGetsTheKey(t *testing.T) {
	t.Parallel()
	var seen atomic.Bool
	srv := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { seen.Store(true) }))
	srv.Config.ErrorLog = log.New(io.Discard, "", 0)
	srv.StartTLS()
	t.Cleanup(srv.Close)
	pool := x509.NewCertPool()
	pool.AddCert(srv.Certificate())
	c := newClient(t, Config{BaseURL: srv.URL, Transport: &http.Transport{
		TLSClientConfig: &tls.Config{RootCAs: pool, ServerName: "api.octopush.com", MinVersion: tls.VersionTLS12},
	}})
	for _, call := range calls() {
		wantClass(t, c.Do(t.Context(), request(call)), record.ClassNotSent)
	}
	if seen.Load() {
		t.Error("a request arrived at a server of another name")
	}
}
