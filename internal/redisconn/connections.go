package redisconn

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// watchedConns are the connections of a client: pooled, of pipelines, of subscriptions.
type watchedConns struct {
	// where is where a new connection leads to, if that is not what go-redis says.
	where func(ctx context.Context, addr string) (string, error)
	peer  peer
	// watch runs while there are connections, until its context ends; nil for nothing.
	watch func(context.Context)

	mu     sync.Mutex
	open   map[*watchedConn]struct{}
	end    context.CancelFunc // of watch
	server string             // that the connections lead to, "" while unknown
	closed bool               // nothing is opened any more

	probe    sync.Once
	wantsTLS bool // known after the probe
}

// watchedConn is one of them.
type watchedConn struct {
	net.Conn
	links *watchedConns
	addr  string                // where it leads to
	heard atomic.Bool           // an answer has come
	why   atomic.Pointer[error] // octoq closed it, where that is to be said; it holds net.ErrClosed
}

// bareLink is a link that go-redis can look at without reading: it does so before
// it takes an idle connection. One with TLS cannot be looked at.
type bareLink struct {
	*watchedConn
	syscall.Conn
}

// errAbandoned is not go-redis's ErrClosed, upon which a subscription's channel
// would be closed under asynq, which does not expect that.
var errAbandoned = errors.New("the connection to Redis was given up")

// dialer opens connections.
type dialer func(ctx context.Context, network, addr string) (net.Conn, error)

// by is a dialer whose connections are watched.
func (l *watchedConns) by(dial dialer) dialer {
	return func(ctx context.Context, network, addr string) (net.Conn, error) {
		return l.connect(ctx, dial, network, addr)
	}
}

// connect opens a connection.
func (l *watchedConns) connect(ctx context.Context, dial dialer, network, addr string) (net.Conn, error) {
	if l.isShut() {
		return nil, errAbandoned
	}
	if l.where != nil {
		var err error
		if addr, err = l.where(ctx, addr); err != nil {
			return nil, err
		}
	}
	conn, err := dial(ctx, network, addr)
	if err != nil {
		return nil, l.peer.explain(err, addr)
	}
	k := &watchedConn{Conn: conn, links: l, addr: addr}
	if !l.add(k) {
		_ = conn.Close()
		return nil, errAbandoned
	}
	if raw, ok := conn.(syscall.Conn); ok {
		return bareLink{k, raw}, nil
	}
	return k, nil
}

// Read names what is wrong with TLS: of a certificate that it does not accept, the
// other side says so in its first answer.
func (k *watchedConn) Read(b []byte) (int, error) {
	n, err := k.Conn.Read(b)
	err = k.explained(err)
	if k.heard.Load() {
		return n, err
	}
	if n > 0 {
		k.heard.Store(true)
		return n, err
	}
	if k.links.turnedAway(k, err) {
		return 0, k.links.peer.wantsTLS(k.addr)
	}
	return n, k.links.peer.early(err, k.addr)
}

// Write fails before an answer comes where the other side does not want this one.
func (k *watchedConn) Write(b []byte) (int, error) {
	n, err := k.Conn.Write(b)
	err = k.explained(err)
	if err == nil || k.heard.Load() {
		return n, err
	}
	return n, k.links.peer.early(k.lastWord(err), k.addr)
}

// explained is why octoq has closed the connection, where an error says that it is closed.
func (k *watchedConn) explained(err error) error {
	if why := k.why.Load(); why != nil && errors.Is(err, net.ErrClosed) {
		return *why
	}
	return err
}

// lastWord is what the other side of a connection with TLS has said before it closed
// it, which the error of a later write does not say.
func (k *watchedConn) lastWord(err error) error {
	if !k.links.peer.tls || k.SetReadDeadline(time.Now().Add(lastWordTimeout)) != nil {
		return err
	}
	if _, said := k.Conn.Read(make([]byte, 1)); said != nil && k.links.peer.alert(said, k.addr) != "" {
		return said
	}
	return err
}

// lastWordTimeout is more than it takes to read from a connection that is closed.
const lastWordTimeout = 100 * time.Millisecond

// turnedAway reports whether a connection without TLS was closed before the first
// answer by a port that speaks TLS. That is looked for once.
func (l *watchedConns) turnedAway(k *watchedConn, err error) bool {
	if l.peer.tls || err == nil || !errors.Is(err, io.EOF) && !errors.Is(err, syscall.ECONNRESET) || k.RemoteAddr().Network() != "tcp" {
		return false
	}
	l.probe.Do(func() { l.wantsTLS = speaksTLS(k.addr) })
	return l.wantsTLS
}

// dialPause is go-redis's pause between two tries to open one connection.
const dialPause = 100 * time.Millisecond

// pause is dialPause until the client is given up, when tries are in vain.
func (l *watchedConns) pause(int) time.Duration {
	if l.isShut() {
		return 0
	}
	return dialPause
}

// Close closes the connection.
func (k *watchedConn) Close() error {
	k.links.remove(k)
	return k.Conn.Close()
}

func (l *watchedConns) add(k *watchedConn) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return false
	}
	if len(l.open) == 0 && l.watch != nil {
		ctx, cancel := context.WithCancel(context.Background())
		l.end = cancel
		go l.watch(ctx)
	}
	l.open[k] = struct{}{}
	return true
}

func (l *watchedConns) remove(k *watchedConn) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if _, there := l.open[k]; !there {
		return
	}
	delete(l.open, k)
	if len(l.open) == 0 && l.end != nil {
		l.end()
	}
}

// cut closes all connections. A caller that waits on one gets an error, upon which
// go-redis tries again on another one.
func (l *watchedConns) cut() { l.cutThose(func(*watchedConn) bool { return true }, nil) }

// cutReplica closes all connections to a server that is a read-only replica. Whoever waits
// on one learns why, in case go-redis does not try again.
func (l *watchedConns) cutReplica() {
	why := fmt.Errorf("%w (%w)", errReplica, net.ErrClosed)
	l.cutThose(func(*watchedConn) bool { return true }, &why)
}

// cutFrom closes all connections that lead to an address.
func (l *watchedConns) cutFrom(addr string) {
	l.cutThose(func(k *watchedConn) bool { return k.addr == addr }, nil)
}

// cutBut closes all connections that do not lead to an address.
func (l *watchedConns) cutBut(addr string) {
	l.cutThose(func(k *watchedConn) bool { return k.addr != addr }, nil)
}

func (l *watchedConns) cutThose(these func(*watchedConn) bool, why *error) {
	l.mu.Lock()
	var all []*watchedConn
	for k := range l.open {
		if these(k) {
			all = append(all, k)
		}
	}
	l.mu.Unlock()
	for _, k := range all {
		k.why.Store(why)
		_ = k.Close()
	}
}

// shut closes all connections for good.
func (l *watchedConns) shut() {
	l.mu.Lock()
	l.closed = true
	l.mu.Unlock()
	l.cut()
}

func (l *watchedConns) isShut() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.closed
}

// meet notes which server a new connection leads to. If it is another one than
// before, the address has moved, and all connections are closed: the new one is
// among them, and is opened again.
func (l *watchedConns) meet(server string) {
	if server == "" {
		return
	}
	l.mu.Lock()
	moved := l.server != "" && l.server != server
	l.server = server
	l.mu.Unlock()
	if moved {
		l.cut()
	}
}
