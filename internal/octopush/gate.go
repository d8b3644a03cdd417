package octopush

import (
	"context"
	"errors"
	"net"
	"net/http/httptrace"
	"sync"
	"sync/atomic"
	"time"
)

var (
	errTooLate = errors.New("the time granted to the call had passed")
	errRepeat  = errors.New("the connection was lost, and the call is not repeated")
	errOver    = errors.New("the call is over")
)

// gate stands between one call and the wire. It lets the first byte of the
// request pass once, through one connection, in time; and it knows, when the
// call is over, whether it ever did. After close no first byte passes, so what
// was returned to the caller stays true although net/http writes in a goroutine of
// its own.
type gate struct {
	notAfter time.Time
	cancel   context.CancelCauseFunc // ends the call, so that net/http does not try again

	mu    sync.Mutex
	owner *conn // the connection that took the first byte
	blind bool  // a connection without a gate was used: bytes may have left
	shut  error // why no first byte may pass any more
}

// trace makes net/http introduce each connection it picks for the call.
func (g *gate) trace() *httptrace.ClientTrace {
	return &httptrace.ClientTrace{GotConn: func(info httptrace.GotConnInfo) {
		c := unwrap(info.Conn)
		if c == nil {
			g.unwatched()
			return
		}
		c.gate.Store(g)
		if g.sent() {
			g.cancel(errRepeat)
		}
	}}
}

// enter asks to write to c, and reports whether it is the first time. A
// refusal ends the call.
func (g *gate) enter(c *conn, now time.Time) (first bool, err error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	switch {
	case g.owner == c:
		return false, nil
	case g.owner != nil:
		err = errRepeat
	case g.shut != nil:
		err = g.shut
	case late(g.notAfter, now):
		g.shut = errTooLate
		err = errTooLate
	default:
		g.owner = c
		return true, nil
	}
	g.cancel(err)
	return false, err
}

// leave takes the first write back: the connection accepted no byte of it.
func (g *gate) leave() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.owner = nil
}

// expire ends the call if nothing of it was written yet.
func (g *gate) expire() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.owner == nil && !g.blind && g.shut == nil {
		g.shut = errTooLate
		g.cancel(errTooLate)
	}
}

// close lets no first byte pass from now on, and reports whether one had.
func (g *gate) close() (sent bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.shut == nil {
		g.shut = errOver
	}
	return g.owner != nil || g.blind
}

func (g *gate) sent() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.owner != nil || g.blind
}

func (g *gate) unwatched() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.blind = true
}

func late(notAfter, now time.Time) bool {
	return !notAfter.IsZero() && now.After(notAfter)
}

// conn is a connection with a gate. Before the first call it has none: what is
// written then belongs to the handshakes of TLS and of a proxy.
type conn struct {
	net.Conn
	gate atomic.Pointer[gate]
}

// Write asks the gate first. It is the last moment at which a request can be
// kept from leaving.
func (c *conn) Write(p []byte) (int, error) {
	g := c.gate.Load()
	if g == nil {
		return c.Conn.Write(p)
	}
	first, err := g.enter(c, time.Now())
	if err != nil {
		return 0, err
	}
	n, err := c.Conn.Write(p)
	if first && n == 0 && err != nil {
		g.leave()
	}
	return n, err
}

// unwrap finds the gated connection under any layers of TLS; nil if there is none.
func unwrap(c net.Conn) *conn {
	for {
		switch t := c.(type) {
		case *conn:
			return t
		case interface{ NetConn() net.Conn }:
			c = t.NetConn()
		default:
			return nil
		}
	}
}
