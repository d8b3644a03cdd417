package redisconn

import (
	"context"
	"errors"
	"net"
	"sync"
	"syscall"
	"time"
)

// watchedConns are the connections of a client: pooled, of pipelines, of subscriptions.
type watchedConns struct {
	dial func(ctx context.Context, network, addr string) (net.Conn, error)
	// watch runs while there are connections, until its context ends.
	watch func(context.Context)

	mu     sync.Mutex
	open   map[*watchedConn]struct{}
	end    context.CancelFunc // of watch
	server string             // that the connections lead to, "" while unknown
	closed bool               // nothing is opened any more
}

// watchedConn is one of them.
type watchedConn struct {
	net.Conn
	links *watchedConns
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

// connect opens a connection.
func (l *watchedConns) connect(ctx context.Context, network, addr string) (net.Conn, error) {
	if l.isShut() {
		return nil, errAbandoned
	}
	conn, err := l.dial(ctx, network, addr)
	if err != nil {
		return nil, err
	}
	k := &watchedConn{Conn: conn, links: l}
	if !l.add(k) {
		_ = conn.Close()
		return nil, errAbandoned
	}
	if raw, ok := conn.(syscall.Conn); ok {
		return bareLink{k, raw}, nil
	}
	return k, nil
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
	if len(l.open) == 0 {
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
	if len(l.open) == 0 {
		l.end()
	}
}

// cut closes all connections. Whoever waits on one gets an error, upon which
// go-redis tries again on another one.
func (l *watchedConns) cut() {
	l.mu.Lock()
	all := make([]*watchedConn, 0, len(l.open))
	for k := range l.open {
		all = append(all, k)
	}
	l.mu.Unlock()
	for _, k := range all {
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
