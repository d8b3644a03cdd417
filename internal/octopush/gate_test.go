package octopush

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/record"
)

// pipe is a gated connection whose writes are recorded, and fail on demand.
type pipe struct {
	net.Conn
	writes int
	accept int // bytes accepted of a write that fails
	err    error
}

func (p *pipe) Write(b []byte) (int, error) {
	p.writes++
	if p.err != nil {
		return p.accept, p.err
	}
	return len(b), nil
}

// newGate is a gate and a count of how often it ended the call.
func newGate(notAfter time.Time) (*gate, *error) {
	var ended error
	return &gate{notAfter: notAfter, cancel: func(err error) { ended = err }}, &ended
}

func gated(p *pipe, g *gate) *conn {
	c := &conn{Conn: p}
	if g != nil {
		g.trace().GotConn(httptrace.GotConnInfo{Conn: c})
	}
	return c
}

func TestGateLetsARequestPassInPieces(t *testing.T) {
	t.Parallel()
	g, ended := newGate(time.Time{})
	p := &pipe{}
	c := gated(p, g)
	for range 3 {
		if n, err := c.Write([]byte("abc")); n != 3 || err != nil {
			t.Errorf("write: got %d, %v, want 3, nil", n, err)
		}
	}
	if !g.close() || p.writes != 3 || *ended != nil {
		t.Errorf("got %d writes, ended by %v, want 3 and not ended", p.writes, *ended)
	}
	if _, err := c.Write([]byte("abc")); err != nil {
		t.Errorf("rest of a request that has begun to leave: got %v, want nil", err)
	}
}

// net/http writes in a goroutine of its own, which may come late.
func TestGateHoldsBackWhatComesAfterTheCall(t *testing.T) {
	t.Parallel()
	g, _ := newGate(time.Time{})
	p := &pipe{}
	c := gated(p, g)
	if g.close() {
		t.Error("sent: got true, want false")
	}
	if n, err := c.Write([]byte("abc")); n != 0 || !errors.Is(err, errOver) || p.writes != 0 {
		t.Errorf("late write: got %d, %v, %d writes, want it held back", n, err, p.writes)
	}
}

func TestGateHoldsBackWhatIsTooLate(t *testing.T) {
	t.Parallel()
	at := time.Now()
	g, ended := newGate(at)
	c := &conn{}
	if _, err := g.enter(c, at.Add(1)); !errors.Is(err, errTooLate) || !errors.Is(*ended, errTooLate) {
		t.Errorf("after the time: got %v, ended by %v, want %v", err, *ended, errTooLate)
	}
	if _, err := g.enter(c, at); !errors.Is(err, errTooLate) {
		t.Errorf("second try: got %v, want %v", err, errTooLate)
	}
	if g.close() {
		t.Error("sent: got true, want false")
	}

	g, _ = newGate(at)
	if first, err := g.enter(c, at); !first || err != nil {
		t.Errorf("at the very time: got %v, %v, want true, nil", first, err)
	}
	g.expire()
	if first, err := g.enter(c, at.Add(time.Hour)); first || err != nil {
		t.Errorf("rest of the request: got %v, %v, want false, nil", first, err)
	}
}

func TestGateExpires(t *testing.T) {
	t.Parallel()
	g, ended := newGate(time.Now())
	g.expire()
	if !errors.Is(*ended, errTooLate) {
		t.Errorf("ended by %v, want %v", *ended, errTooLate)
	}
	p := &pipe{}
	if _, err := gated(p, g).Write([]byte("abc")); !errors.Is(err, errTooLate) || p.writes != 0 {
		t.Errorf("write: got %v, want %v", err, errTooLate)
	}
}

func TestGateLetsNoSecondConnectionWrite(t *testing.T) {
	t.Parallel()
	g, ended := newGate(time.Time{})
	if _, err := gated(&pipe{}, g).Write([]byte("abc")); err != nil {
		t.Fatal(err)
	}
	p := &pipe{}
	c := gated(p, g)
	if !errors.Is(*ended, errRepeat) {
		t.Errorf("second connection: ended by %v, want %v", *ended, errRepeat)
	}
	if _, err := c.Write([]byte("abc")); !errors.Is(err, errRepeat) || p.writes != 0 {
		t.Errorf("second write: got %v, want %v", err, errRepeat)
	}
}

func TestGateCountsWhatTheConnectionAccepted(t *testing.T) {
	t.Parallel()
	for _, accepted := range []int{0, 1} {
		g, _ := newGate(time.Time{})
		c := gated(&pipe{accept: accepted, err: syscall.EPIPE}, g)
		if n, err := c.Write([]byte("abc")); n != accepted || !errors.Is(err, syscall.EPIPE) {
			t.Errorf("write: got %d, %v, want %d, %v", n, err, accepted, syscall.EPIPE)
		}
		if got, want := g.close(), accepted > 0; got != want {
			t.Errorf("sent after %d bytes: got %v, want %v", accepted, got, want)
		}
	}
}

// A failure in the middle of a request takes nothing back.
func TestGateRemembersTheFirstBytes(t *testing.T) {
	t.Parallel()
	g, _ := newGate(time.Time{})
	p := &pipe{}
	c := gated(p, g)
	if _, err := c.Write([]byte("abc")); err != nil {
		t.Fatal(err)
	}
	p.err = syscall.EPIPE
	if _, err := c.Write([]byte("def")); !errors.Is(err, syscall.EPIPE) {
		t.Errorf("write: got %v, want %v", err, syscall.EPIPE)
	}
	if !g.close() {
		t.Error("sent: got false, want true")
	}
}

func TestGateIsFoundUnderTLS(t *testing.T) {
	t.Parallel()
	c := &conn{}
	inner := tls.Client(c, &tls.Config{MinVersion: tls.VersionTLS12, ServerName: "x"})
	outer := tls.Client(inner, &tls.Config{MinVersion: tls.VersionTLS12, ServerName: "x"})
	if unwrap(c) != c || unwrap(inner) != c || unwrap(outer) != c {
		t.Error("gated connection not found")
	}
	// A request that cannot be watched has to be taken for sent.
	g, _ := newGate(time.Time{})
	g.trace().GotConn(httptrace.GotConnInfo{Conn: &pipe{}})
	g.expire()
	if !g.close() {
		t.Error("unwatched connection: got not sent, want sent")
	}
}

// A grant that has run out: nothing is dialled.
func TestNotAfterHasPassed(t *testing.T) {
	t.Parallel()
	for _, call := range calls() {
		c := newClient(t, Config{BaseURL: "http://127.0.0.1", Transport: &http.Transport{
			DialContext: func(context.Context, string, string) (net.Conn, error) {
				t.Error("dialled")
				return nil, syscall.ECONNREFUSED
			},
		}})
		r := request(call)
		r.NotAfter = time.Now().Add(-time.Millisecond)
		o := c.Do(t.Context(), r)
		wantClass(t, o, record.ClassNotSent)
		if want := "not sent: the time granted to the call had passed"; o.Message != want {
			t.Errorf("message: got %q, want %q", o.Message, want)
		}
	}
}

// A grant that runs out while the connection is being made.
func TestNotAfterPassesWhileConnecting(t *testing.T) {
	t.Parallel()
	var requests atomic.Int32
	base := listen(t, func(_ net.Conn, in *bufio.Reader) {
		for readRequest(in) {
			requests.Add(1)
		}
	})
	for _, call := range calls() {
		r := request(call)
		r.NotAfter = time.Now().Add(20 * time.Millisecond)
		dialled := make(chan struct{})
		c := newClient(t, Config{BaseURL: base, Transport: &http.Transport{
			DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
				defer close(dialled)
				<-time.After(time.Until(r.NotAfter.Add(20 * time.Millisecond)))
				return new(net.Dialer).DialContext(ctx, network, addr)
			},
		}})
		wantClass(t, c.Do(t.Context(), r), record.ClassNotSent)
		<-dialled
	}
	if requests.Load() != 0 {
		t.Errorf("requests: got %d, want 0", requests.Load())
	}
}

// A grant says when to write, not when to be answered.
func TestNotAfterPassesWhileWaiting(t *testing.T) {
	t.Parallel()
	r := request(campaign.CallConfirm)
	r.NotAfter = time.Now().Add(300 * time.Millisecond)
	c := newClient(t, Config{BaseURL: listen(t, func(c net.Conn, in *bufio.Reader) {
		if readRequest(in) {
			<-time.After(time.Until(r.NotAfter.Add(20 * time.Millisecond)))
			_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
		}
	})})
	wantClass(t, c.Do(t.Context(), r), record.ClassOK)
}
