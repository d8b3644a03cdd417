package octopush

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/record"
)

// answered writes the good answer of a call and keeps the connection.
func answered(c net.Conn, call campaign.Call) {
	_, _ = fmt.Fprintf(c, "HTTP/1.1 %d OK\r\n", goodStatus(call))
	if body := goodBody(call); body != "" {
		_, _ = fmt.Fprintf(c, "Content-Length: %d\r\n", len(body))
	}
	_, _ = fmt.Fprint(c, "\r\n", goodBody(call))
}

func TestConnectionsAreKept(t *testing.T) {
	t.Parallel()
	for _, call := range calls() {
		var conns atomic.Int32
		c := newClient(t, Config{BaseURL: listen(t, func(c net.Conn, in *bufio.Reader) {
			conns.Add(1)
			for readRequest(in) {
				answered(c, call)
			}
		})})
		for range 3 {
			wantClass(t, c.Do(t.Context(), request(call)), record.ClassOK)
		}
		if conns.Load() != 1 {
			t.Errorf("%s: connections: got %d, want 1", call, conns.Load())
		}
	}
}

// A server that takes a request on a kept connection and hangs up: net/http
// would ask a GET once more by itself. Nothing is asked twice here, and the
// one that was lost is not called unsent.
func TestLostOnAKeptConnectionIsNotRepeated(t *testing.T) {
	t.Parallel()
	for _, call := range calls() {
		t.Run(string(call), func(t *testing.T) {
			t.Parallel()
			var requests atomic.Int32
			c := newClient(t, Config{BaseURL: listen(t, func(c net.Conn, in *bufio.Reader) {
				for first := true; readRequest(in); first = false {
					requests.Add(1)
					if !first {
						return
					}
					answered(c, call)
				}
			})})
			wantClass(t, c.Do(t.Context(), request(call)), record.ClassOK)
			wantClass(t, c.Do(t.Context(), request(call)), record.ClassUnanswered)
			if got := requests.Load(); got != 2 {
				t.Errorf("requests: got %d, want 2", got)
			}
			wantClass(t, c.Do(t.Context(), request(call)), record.ClassOK)
		})
	}
}

// A kept connection that the server closed while it was idle is noticed, and
// the next call goes through a new one.
func TestIdleConnectionClosedByTheServer(t *testing.T) {
	t.Parallel()
	for _, call := range calls() {
		var requests atomic.Int32
		spy := &spyDialer{closed: make(chan struct{}, 8)}
		c := newClient(t, Config{Transport: spy.transport(), BaseURL: listen(t, func(c net.Conn, in *bufio.Reader) {
			if readRequest(in) {
				requests.Add(1)
				answered(c, call)
			}
		})})
		for range 3 {
			wantClass(t, c.Do(t.Context(), request(call)), record.ClassOK)
			<-spy.closed // the client has hung up, too
		}
		if got := requests.Load(); got != 3 {
			t.Errorf("%s: requests: got %d, want 3", call, got)
		}
	}
}

// A kept connection that fails on the first byte may be replaced: nothing has
// left. One that fails on the second may not.
func TestWriteFailsOnAKeptConnection(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		accept int
		want   record.Class
		conns  int32
	}{
		{0, record.ClassOK, 2},
		{1, record.ClassUnanswered, 1},
	} {
		for _, call := range calls() {
			var requests atomic.Int32
			spy := &spyDialer{closed: make(chan struct{}, 8)}
			c := newClient(t, Config{Transport: spy.transport(), BaseURL: listen(t, func(c net.Conn, in *bufio.Reader) {
				for readRequest(in) {
					requests.Add(1)
					answered(c, call)
				}
			})})
			wantClass(t, c.Do(t.Context(), request(call)), record.ClassOK)
			spy.breakAll(tt.accept)
			wantClass(t, c.Do(t.Context(), request(call)), tt.want)
			if got := requests.Load(); got != tt.conns {
				t.Errorf("%s, %d bytes accepted: got %d requests, want %d", call, tt.accept, got, tt.conns)
			}
		}
	}
}

// A new connection that takes no byte: nothing was sent, nothing is repeated.
func TestWriteFailsOnANewConnection(t *testing.T) {
	t.Parallel()
	for accept, want := range map[int]record.Class{0: record.ClassNotSent, 1: record.ClassUnanswered} {
		for _, call := range calls() {
			spy := &spyDialer{closed: make(chan struct{}, 8), broken: true, accept: accept}
			c := newClient(t, Config{
				Transport: spy.transport(), BaseURL: listen(t, func(_ net.Conn, in *bufio.Reader) { untilClosed(in) }),
			})
			wantClass(t, c.Do(t.Context(), request(call)), want)
			if got := len(spy.conns); got != 1 {
				t.Errorf("%s: connections: got %d, want 1", call, got)
			}
		}
	}
}

// Calls at once do not get in each other's way.
func TestCallsAtOnce(t *testing.T) {
	t.Parallel()
	c := setup(t, func(w http.ResponseWriter, r *http.Request) {
		answerWith(200, `{"status":"ready_to_be_sent","cost":`+r.URL.Query().Get("ticket_number")+`}`)(w, r)
	})
	var wg sync.WaitGroup
	for i := range 20 {
		wg.Go(func() {
			for j := range 10 {
				r := request(campaign.CallStatus)
				r.Ticket = fmt.Sprint(i*10 + j + 1)
				o := c.Do(t.Context(), r)
				if want := campaign.Money(i*10+j+1) * campaign.Euro; o.Class != record.ClassOK || o.Cost != want {
					t.Errorf("got %v, %v, want ok, %v", o.Class, o.Cost, want)
				}
			}
		})
	}
	wg.Wait()
}

// spyDialer keeps the connections it makes, to break them later.
type spyDialer struct {
	closed chan struct{} // one message per connection the client closes

	mu     sync.Mutex
	conns  []*spyConn
	broken bool // for those to come
	accept int
}

func (d *spyDialer) transport() *http.Transport { return &http.Transport{DialContext: d.dial} }

func (d *spyDialer) dial(ctx context.Context, network, addr string) (net.Conn, error) {
	c, err := new(net.Dialer).DialContext(ctx, network, addr)
	if err != nil {
		return nil, err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	s := &spyConn{Conn: c, closed: d.closed}
	if d.broken {
		s.breakAfter(d.accept)
	}
	d.conns = append(d.conns, s)
	return s, nil
}

// breakAll makes the connections made so far fail at their next write, after
// accepting some bytes of it.
func (d *spyDialer) breakAll(accept int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, c := range d.conns {
		c.breakAfter(accept)
	}
}

type spyConn struct {
	net.Conn
	closed chan struct{}
	once   sync.Once
	limit  atomic.Int32 // bytes to accept plus one; 0 while sound
}

func (c *spyConn) breakAfter(accept int) { c.limit.Store(int32(accept) + 1) }

func (c *spyConn) Write(p []byte) (int, error) {
	limit := int(c.limit.Load())
	if limit == 0 {
		return c.Conn.Write(p)
	}
	n, err := c.Conn.Write(p[:limit-1])
	if err != nil {
		return n, err
	}
	return n, syscall.EPIPE
}

func (c *spyConn) Close() error {
	c.once.Do(func() { c.closed <- struct{}{} })
	return c.Conn.Close()
}
