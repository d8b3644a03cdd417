package redistest

import (
	"bytes"
	"errors"
	"net"
	"slices"
	"sync"
	"testing"
	"time"
)

// Address is a host:port that leads to one server and can be moved to another,
// as a Service, a virtual IP or a DNS name is after a fail-over: connections that
// stand stay where they lead, new ones lead to the new server.
type Address struct {
	Addr string // host:port on loopback

	listener net.Listener
	conns    sync.WaitGroup

	mu      sync.Mutex
	target  string
	wording [2][]byte // what to replace in answers, and by what
	open    []net.Conn
	spans   map[string][]*span // when it had which address at a server
}

// NewAddress makes an address that leads to a server until the test ends.
func NewAddress(tb testing.TB, to *Server) *Address {
	tb.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatalf("open an address: %v", err)
	}
	a := &Address{Addr: l.Addr().String(), listener: l, target: to.Addr, spans: map[string][]*span{}}
	a.conns.Go(a.accept)
	tb.Cleanup(a.close)
	return a
}

// Reword makes the address a proxy that reports an error of its server in its own
// words. Both begin with "-"; the first may not be split over two packets, as a
// short answer never is. It is called before the first connection.
func (a *Address) Reword(from, to string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.wording = [2][]byte{[]byte(from), []byte(to)}
}

func (a *Address) words() [2][]byte {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.wording
}

// Move lets new connections lead to another server.
func (a *Address) Move(to *Server) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.target = to.Addr
}

// URL is the address as a Redis URL.
func (a *Address) URL() string { return "redis://" + a.Addr + "/0" }

func (a *Address) accept() {
	for {
		conn, err := a.listener.Accept()
		if err != nil {
			return
		}
		server, err := a.dial()
		if err != nil {
			_ = conn.Close()
			continue
		}
		a.hold(conn, server)
		a.conns.Go(func() { a.carry(server, conn, [2][]byte{}) })
		a.conns.Go(func() { a.carry(conn, server, a.words()) })
	}
}

func (a *Address) dial() (net.Conn, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	conn, err := net.Dial("tcp", a.target)
	if err != nil {
		return nil, err
	}
	local, life := conn.LocalAddr().String(), &span{from: time.Now()}
	a.spans[local] = append(a.spans[local], life)
	return &spanned{Conn: conn, of: a, life: life}, nil
}

// span is a connection's life; to is zero while it lasts.
type span struct{ from, to time.Time }

// spanned is a connection whose life is noted.
type spanned struct {
	net.Conn
	of   *Address
	life *span
}

// Close closes the connection.
func (s *spanned) Close() error {
	s.of.mu.Lock()
	if s.life.to.IsZero() {
		s.life.to = time.Now()
	}
	s.of.mu.Unlock()
	return s.Conn.Close()
}

// opened reports whether a client that a server saw under an address at a time came
// by this one. Another client may have had that address before, and have it later.
func (a *Address) opened(client string, at time.Time) bool {
	const slack = 50 * time.Millisecond // what it has sent may be read when it has gone
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.ContainsFunc(a.spans[client], func(s *span) bool {
		return !at.Before(s.from.Add(-slack)) && (s.to.IsZero() || !at.After(s.to.Add(slack)))
	})
}

func (a *Address) hold(conns ...net.Conn) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.open = append(a.open, conns...)
}

// carry copies what one side says to the other until either ends.
func (a *Address) carry(to, from net.Conn, wording [2][]byte) {
	defer func() { _ = to.Close(); _ = from.Close() }()
	buf := make([]byte, 64<<10)
	for {
		n, err := from.Read(buf)
		said := buf[:n]
		if len(wording[0]) > 0 {
			said = bytes.ReplaceAll(said, wording[0], wording[1])
		}
		_, failed := to.Write(said)
		if err := errors.Join(err, failed); err != nil {
			return
		}
	}
}

func (a *Address) close() {
	_ = a.listener.Close()
	a.mu.Lock()
	open := slices.Clone(a.open)
	a.mu.Unlock()
	for _, c := range open {
		_ = c.Close()
	}
	a.conns.Wait()
}
