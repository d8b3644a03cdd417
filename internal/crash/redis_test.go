package crash

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/octoq/octoq/internal/redistest"
)

// server is a redis-server on a socket of its own: there are many at a time,
// and a port may be another's by the time that a server is started again.
type server struct {
	tb   testing.TB
	dir  string
	args []string
	cmd  *exec.Cmd
	done chan struct{}
}

func startServer(tb testing.TB, args ...string) *server {
	tb.Helper()
	dir, err := os.MkdirTemp("", "crash") //nolint:usetesting // the name of a socket has to be short
	if err != nil {
		tb.Fatal(err)
	}
	s := &server{tb: tb, dir: dir, args: args}
	s.start()
	tb.Cleanup(func() {
		s.kill()
		_ = os.RemoveAll(dir)
	})
	return s
}

func (s *server) socket() string { return filepath.Join(s.dir, "s") }

func (s *server) start() {
	s.tb.Helper()
	args := append([]string{
		"--port", "0", "--unixsocket", s.socket(), "--dir", s.dir, "--save", "", "--daemonize", "no",
		"--logfile", filepath.Join(s.dir, "log"), "--maxmemory-policy", "noeviction",
	}, s.args...)
	s.cmd = exec.Command(redistest.Program(s.tb), args...)
	if err := s.cmd.Start(); err != nil {
		s.tb.Fatalf("start redis-server: %v", err)
	}
	s.done = make(chan struct{})
	go func(cmd *exec.Cmd, done chan struct{}) { _ = cmd.Wait(); close(done) }(s.cmd, s.done)
	s.await()
}

func (s *server) await() {
	s.tb.Helper()
	c := redis.NewClient(&redis.Options{Network: "unix", Addr: s.socket(), MaxRetries: -1})
	defer func() { _ = c.Close() }()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	for tick := time.NewTicker(10 * time.Millisecond); ; {
		if c.Ping(ctx).Err() == nil {
			tick.Stop()
			return
		}
		select {
		case <-s.done:
			s.tb.Fatal("redis-server ended at once")
		case <-ctx.Done():
			s.tb.Fatal("redis-server does not answer")
		case <-tick.C:
		}
	}
}

// kill ends the server as kill -9 does. It may be called twice.
func (s *server) kill() {
	if s.cmd == nil {
		return
	}
	_ = s.cmd.Process.Kill()
	<-s.done
	s.cmd = nil
}

// client is a client that is closed with the test.
func (s *server) client(tb testing.TB, hooks ...redis.Hook) *redis.Client {
	tb.Helper()
	const buffer = 2 << 10 // there are many connections
	c := redis.NewClient(&redis.Options{
		Network: "unix", Addr: s.socket(), PoolSize: 48, ReadBufferSize: buffer, WriteBufferSize: buffer,
	})
	for _, h := range hooks {
		c.AddHook(h)
	}
	tb.Cleanup(func() { _ = c.Close() })
	return c
}

// withFile makes a server append every write to its file before it answers.
// Whether the disk has it does not matter: what is forgotten is cut off.
func withFile() []string {
	return []string{"--appendonly", "yes", "--appendfsync", "no", "--auto-aof-rewrite-percentage", "0"}
}

// tail is the end of a server's append-only file. What was written is only
// ever added to it, so the file up to a length is the copy that was, or could
// have been, taken when it was that long. A nil tail is no file.
type tail struct {
	path string

	mu   sync.Mutex
	last int64 // the length before the last write of the process
}

func tailOf(s *server) *tail {
	return &tail{path: filepath.Join(s.dir, "appendonlydir", "appendonly.aof.1.incr.aof")}
}

func (f *tail) mark() int64 {
	if f == nil {
		return 0
	}
	info, err := os.Stat(f.path)
	if err != nil {
		return 0
	}
	return info.Size()
}

// begin notes that a process has written nothing yet.
func (f *tail) begin() {
	if f == nil {
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.last = f.mark()
}

// wrote notes that something was carried out since a mark.
func (f *tail) wrote(mark int64) {
	if f == nil || f.mark() == mark {
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.last = mark
}

// forget cuts the process's last write off, and all that was written since.
func (f *tail) forget() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	return os.Truncate(f.path, f.last)
}
