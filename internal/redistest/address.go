package redistest

import (
	"bytes"
	"errors"
	"net"
	"sync"
	"testing"
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
}

// NewAddress makes an address that leads to a server until the test ends.
func NewAddress(tb testing.TB, to *Server) *Address {
	tb.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatalf("open an address: %v", err)
	}
	a := &Address{Addr: l.Addr().String(), listener: l, target: to.Addr}
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
	return net.Dial("tcp", a.target)
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
	for _, c := range a.open {
		_ = c.Close()
	}
	a.mu.Unlock()
	a.conns.Wait()
}
