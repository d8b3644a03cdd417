// Package redistest gives tests a redis-server process of their own on a free
// port, which they may stop, kill and start again on the same data.
package redistest

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	_ "github.com/octoq/octoq/internal/testenv" // a test on a Redis of its own must not see the developer's
)

// RequireEnv makes a missing redis-server a failure instead of a skip.
const RequireEnv = "OCTOQ_REQUIRE_REDIS"

// MarkEnv names a file that gets a line for each redis-server that answered, so
// that CI can distinguish a run on real servers from one that merely passed.
const MarkEnv = "OCTOQ_REDIS_MARK"

// Server is one redis-server process.
type Server struct {
	Addr string // host:port on loopback
	Dir  string // its data

	tb       testing.TB
	program  string
	args     []string
	conf     string   // a configuration file, which the server may rewrite; "" for none
	password string   // of the default user
	secured  *Secured // nil without TLS
	mu       sync.Mutex
	cmd      *exec.Cmd
	frozen   bool
	done     chan struct{}
}

// Start starts a redis-server that ends with the test. Further arguments are
// passed to it, for example "--appendonly", "yes". Which one it is says [Program].
func Start(tb testing.TB, args ...string) *Server {
	tb.Helper()
	s := newServer(tb, args...)
	s.start()
	return s
}

// newServer is a server that is yet to be started.
func newServer(tb testing.TB, args ...string) *Server {
	tb.Helper()
	s := &Server{tb: tb, program: Program(tb), Dir: tb.TempDir(), args: args}
	tb.Cleanup(s.Kill)
	return s
}

// start starts the process for the first time, on a free port.
func (s *Server) start() {
	s.tb.Helper()
	// Another process may take the port before the server does.
	const tries = 5
	for i := range tries {
		s.Addr = FreeAddr(s.tb)
		err := s.launch()
		if err == nil {
			break
		}
		s.Kill()
		if i == tries-1 {
			s.tb.Fatal(err)
		}
	}
	s.mark()
}

// StartCluster starts a cluster of one node, which refuses a script that touches
// keys of two slots. The client is closed with the test.
func StartCluster(tb testing.TB) *redis.ClusterClient {
	tb.Helper()
	s := Start(tb, "--cluster-enabled", "yes", "--cluster-port", FreePort(tb))
	if err := s.Client().ClusterAddSlotsRange(tb.Context(), 0, 16383).Err(); err != nil {
		tb.Fatalf("give the node its slots: %v", err)
	}
	if err := s.await(isClusterUp); err != nil {
		tb.Fatal(err)
	}
	c := redis.NewClusterClient(&redis.ClusterOptions{Addrs: []string{s.Addr}})
	tb.Cleanup(func() { _ = c.Close() })
	return c
}

func isClusterUp(ctx context.Context, c *redis.Client) error {
	info, err := c.ClusterInfo(ctx).Result()
	if err == nil && !strings.Contains(info, "cluster_state:ok") {
		err = errors.New("the cluster is not up")
	}
	return err
}

func (s *Server) mark() {
	s.tb.Helper()
	name := os.Getenv(MarkEnv)
	if name == "" {
		return
	}
	f, err := os.OpenFile(name, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		s.tb.Fatalf("open the file that %s names: %v", MarkEnv, err)
	}
	_, err = fmt.Fprintf(f, "%s %s\n", s.tb.Name(), s.Addr)
	if err := errors.Join(err, f.Close()); err != nil {
		s.tb.Fatalf("write to the file that %s names: %v", MarkEnv, err)
	}
}

// FreeAddr is a host:port on loopback that was free just now.
func FreeAddr(tb testing.TB) string {
	tb.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatalf("find a free port: %v", err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().String()
}

// URL is the server's address as a Redis URL.
func (s *Server) URL() string { return s.scheme() + "://" + s.login() + s.Addr + "/0" }

func (s *Server) scheme() string {
	if s.secured != nil {
		return "rediss"
	}
	return "redis"
}

// login is what a URL has in front of the host.
func (s *Server) login() string {
	if s.password == "" {
		return ""
	}
	return ":" + s.password + "@"
}

func (s *Server) options() *redis.Options {
	opts := &redis.Options{Addr: s.Addr, Password: s.password}
	if s.secured != nil {
		opts.TLSConfig = s.secured.config(s.tb)
	}
	return opts
}

// Client is a client that is closed with the test.
func (s *Server) Client() *redis.Client {
	s.tb.Helper()
	c := redis.NewClient(s.options())
	s.tb.Cleanup(func() { _ = c.Close() })
	return c
}

// FreePort is the port of a FreeAddr.
func FreePort(tb testing.TB) string {
	tb.Helper()
	_, port, err := net.SplitHostPort(FreeAddr(tb))
	if err != nil {
		tb.Fatalf("split an address: %v", err)
	}
	return port
}

// Restart starts the process again on the same port and data, and ends it
// before if it runs.
func (s *Server) Restart() {
	s.tb.Helper()
	s.Kill()
	if err := s.launch(); err != nil {
		s.tb.Fatal(err)
	}
}

// launch starts the process and waits until it answers.
func (s *Server) launch() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, port, err := net.SplitHostPort(s.Addr)
	if err != nil {
		return fmt.Errorf("split %q: %w", s.Addr, err)
	}
	listen := []string{"--port", port}
	if s.secured != nil {
		listen = s.secured.args(port)
	}
	args := slices.Concat(listen, []string{
		"--bind", "127.0.0.1", "--dir", s.Dir, "--save", "", "--daemonize", "no",
		"--logfile", filepath.Join(s.Dir, "redis.log"), "--maxmemory-policy", "noeviction",
	}, s.args)
	if s.conf != "" {
		args = append([]string{s.conf}, args...)
	}
	s.cmd = exec.Command(s.program, args...)
	if err := s.cmd.Start(); err != nil {
		s.cmd = nil
		return fmt.Errorf("start redis-server: %w", err)
	}
	s.done = make(chan struct{})
	go func(cmd *exec.Cmd, done chan struct{}) { _ = cmd.Wait(); close(done) }(s.cmd, s.done)
	return s.await(s.isOurs)
}

// isOurs is nil once this process answers, and not another one that took the port
// in between. A server that was started without INFO cannot be distinguished from another.
func (s *Server) isOurs(ctx context.Context, c *redis.Client) error {
	info, err := c.Info(ctx, "server").Result()
	if redis.HasErrorPrefix(err, "unknown command") {
		return nil
	}
	if err == nil && !strings.Contains(info, fmt.Sprintf("process_id:%d\r\n", s.cmd.Process.Pid)) {
		err = errors.New("another server has the port")
	}
	return err
}

// startWithin is how long a process may take to be ready. A primary that sentinels
// find again needs 20 seconds to become a replica.
const startWithin = time.Minute

// await waits until the process answers as it should.
func (s *Server) await(ready func(context.Context, *redis.Client) error) error {
	opts := s.options()
	opts.MaxRetries = -1
	c := redis.NewClient(opts)
	defer func() { _ = c.Close() }()
	ctx, cancel := context.WithTimeout(context.Background(), startWithin)
	defer cancel()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for {
		err := ready(ctx, c)
		if err == nil {
			return nil
		}
		select {
		case <-s.done:
			return fmt.Errorf("redis-server ended at once: %w\n%s", err, s.Log())
		case <-ctx.Done():
			return fmt.Errorf("redis-server does not answer: %w\n%s", err, s.Log())
		case <-tick.C:
		}
	}
}

// Kill ends the process at once, as kill -9 does. It may be called twice.
func (s *Server) Kill() { s.end(func(p *os.Process) error { return p.Kill() }) }

// Stop ends the process in good order.
func (s *Server) Stop() { s.end(func(p *os.Process) error { return p.Signal(os.Interrupt) }) }

func (s *Server) end(how func(*os.Process) error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.cmd == nil {
		return
	}
	if err := how(s.cmd.Process); err != nil && !errors.Is(err, os.ErrProcessDone) {
		s.tb.Errorf("end redis-server: %v", err)
	}
	<-s.done
	s.cmd, s.frozen = nil, false
}

// Freeze stops the process without ending it: connections stay, and nothing is
// answered until Thaw. Either may be called twice.
func (s *Server) Freeze() { s.tb.Helper(); s.signal(syscall.SIGSTOP, true) }

// Thaw lets a frozen process go on.
func (s *Server) Thaw() { s.tb.Helper(); s.signal(syscall.SIGCONT, false) }

func (s *Server) signal(sig syscall.Signal, frozen bool) {
	s.tb.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.cmd == nil {
		s.tb.Fatal("redis-server is not running")
	}
	if err := s.cmd.Process.Signal(sig); err != nil {
		s.tb.Fatalf("send %v to redis-server: %v", sig, err)
	}
	s.frozen = frozen
}

// Log is what the server has logged, for failure messages.
func (s *Server) Log() string {
	b, err := os.ReadFile(filepath.Join(s.Dir, "redis.log"))
	if err != nil {
		return fmt.Sprintf("no log: %v", err)
	}
	return string(b)
}

// Commands is the number of commands the server has processed, those inside
// scripts included, as INFO counts them.
func (s *Server) Commands(ctx context.Context) int64 {
	s.tb.Helper()
	c := redis.NewClient(s.options())
	defer func() { _ = c.Close() }()
	info, err := c.InfoMap(ctx, "stats").Result()
	if err != nil {
		s.tb.Fatalf("info stats: %v", err)
	}
	n, err := strconv.ParseInt(info["Stats"]["total_commands_processed"], 10, 64)
	if err != nil {
		s.tb.Fatalf("total_commands_processed: %v", err)
	}
	return n
}

// Running reports whether the process was started, and neither ended nor frozen since.
func (s *Server) Running() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.cmd != nil && !s.frozen
}
