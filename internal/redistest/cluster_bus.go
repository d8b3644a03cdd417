package redistest

import (
	"io"
	"net"
	"sync"
	"testing"
)

// bus is the address at which the other nodes of a cluster reach a node: a proxy
// that can shut it off, for what it says as well as for what is said to it.
type bus struct {
	port      string // where the node listens
	announced string // where the proxy does

	listener net.Listener
	cutOff   func(id string) bool // whether a node that calls is shut off
	conns    sync.WaitGroup

	mu    sync.Mutex
	owner string
	cut   bool
	open  []net.Conn
}

// newBus opens the address of a node that is yet to be started.
func newBus(tb testing.TB, cutOff func(id string) bool) *bus {
	tb.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatalf("open a node's bus: %v", err)
	}
	_, announced, _ := net.SplitHostPort(l.Addr().String())
	b := &bus{port: FreePort(tb), announced: announced, listener: l, cutOff: cutOff}
	b.conns.Go(b.accept)
	tb.Cleanup(b.close)
	return b
}

func (b *bus) accept() {
	for {
		conn, err := b.listener.Accept()
		if err != nil {
			return
		}
		b.conns.Go(func() { b.serve(conn) })
	}
}

// A message of the bus has the id of its sender behind its lengths, type and epochs.
const (
	senderAt  = 40
	senderLen = 40
)

// serve carries one connection, unless either end is shut off.
func (b *bus) serve(conn net.Conn) {
	defer func() { _ = conn.Close() }()
	b.hold(conn)
	head := make([]byte, senderAt+senderLen)
	if _, err := io.ReadFull(conn, head); err != nil || b.isCut() || b.cutOff(string(head[senderAt:])) {
		return
	}
	node, err := net.Dial("tcp", net.JoinHostPort("127.0.0.1", b.port))
	if err != nil {
		return
	}
	defer func() { _ = node.Close() }()
	b.hold(node)
	if _, err := node.Write(head); err != nil {
		return
	}
	back := make(chan struct{})
	go func() {
		defer close(back)
		_, _ = io.Copy(conn, node)
		_ = conn.Close()
	}()
	_, _ = io.Copy(node, conn)
	_ = node.Close()
	<-back
}

func (b *bus) hold(c net.Conn) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.open = append(b.open, c)
}

// drop closes all connections; nodes open them again.
func (b *bus) drop() {
	b.mu.Lock()
	open := b.open
	b.open = nil
	b.mu.Unlock()
	for _, c := range open {
		_ = c.Close()
	}
}

func (b *bus) setOwner(id string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.owner = id
}

func (b *bus) ownerIs(id string) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.owner == id
}

func (b *bus) setCut(cut bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.cut = cut
}

func (b *bus) isCut() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.cut
}

func (b *bus) close() {
	_ = b.listener.Close()
	b.drop()
	b.conns.Wait()
}
