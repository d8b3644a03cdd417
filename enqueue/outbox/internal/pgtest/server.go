// Package pgtest gives tests a PostgreSQL of their own on a free port, which they may
// kill and start again on the same data.
package pgtest

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
)

// Password is that of the superuser, User.
const (
	User     = "owner"
	Password = "s3cret-of-the-owner"
)

// startWithin is how long a server may take to answer; after a kill it recovers first.
const startWithin = 60 * time.Second

// Server is one PostgreSQL.
type Server struct {
	Addr string // host:port on loopback

	programs programs
	dir      string
	as       *syscall.SysProcAttr

	mu    sync.Mutex
	cmd   *exec.Cmd
	ended chan struct{} // closed when cmd has ended
}

// Start makes a PostgreSQL and starts it; Stop ends it and deletes its data. It fails
// with ErrMissing where PostgreSQL is not installed.
func Start(ctx context.Context) (*Server, error) {
	found, err := find()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "pg-")
	if err != nil {
		return nil, fmt.Errorf("make a folder for PostgreSQL: %w", err)
	}
	s := &Server{programs: found, dir: dir}
	if err := s.prepare(ctx); err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	if err := s.launch(ctx); err != nil {
		return nil, errors.Join(err, s.Stop())
	}
	return s, nil
}

// prepare makes the data of an empty server.
func (s *Server) prepare(ctx context.Context) error {
	var err error
	if s.as, err = unprivileged(s.dir); err != nil {
		return err
	}
	if s.Addr, err = freeAddr(ctx); err != nil {
		return err
	}
	secret := filepath.Join(s.dir, "password")
	if err := os.WriteFile(secret, []byte(Password), 0o644); err != nil { //nolint:gosec // the server's user reads it, in a folder of its own
		return fmt.Errorf("write the password of PostgreSQL: %w", err)
	}
	setup := exec.CommandContext(ctx, s.programs.initdb, "-D", s.data(), "-U", User, "-A", "scram-sha-256", "--pwfile", secret, "-E", "UTF8", "--no-locale", "--no-sync") //nolint:gosec // it was found where PostgreSQL is installed
	setup.Dir, setup.SysProcAttr = s.dir, s.as
	if out, err := setup.CombinedOutput(); err != nil {
		return fmt.Errorf("initdb failed: %w\n%s", err, out)
	}
	return nil
}

func (s *Server) data() string { return filepath.Join(s.dir, "data") }

// URL is the address of a database for a user.
func (s *Server) URL(user, password, database string) string {
	return "postgres://" + user + ":" + password + "@" + s.Addr + "/" + database + "?sslmode=disable"
}

// OwnerURL is the address of a database for the superuser.
func (s *Server) OwnerURL(database string) string { return s.URL(User, Password, database) }

// launch starts the process and waits until it answers. What a killed server leaves
// running for a moment keeps the next one from starting, so that is tried again.
func (s *Server) launch(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	ctx, cancel := context.WithTimeout(ctx, startWithin)
	defer cancel()
	host, port, err := net.SplitHostPort(s.Addr)
	if err != nil {
		return fmt.Errorf("split %q: %w", s.Addr, err)
	}
	for {
		if err := s.startProcess(host, port); err != nil {
			return err
		}
		if s.answers(ctx) {
			return nil
		}
		s.end(syscall.SIGKILL)
		if ctx.Err() != nil {
			return fmt.Errorf("PostgreSQL does not answer after %v", startWithin)
		}
	}
}

// startProcess starts the process. Without fsync what it wrote is still there when it is
// killed: the machine goes on.
func (s *Server) startProcess(host, port string) error {
	c := exec.Command(s.programs.postgres, "-D", s.data(), "-k", s.dir, "-h", host, "-p", port, "-c", "fsync=off", "-c", "max_connections=200") //nolint:gosec,noctx // it was found where PostgreSQL is installed, and runs until Stop
	c.Dir, c.SysProcAttr = s.dir, s.as
	if err := c.Start(); err != nil {
		return fmt.Errorf("start PostgreSQL: %w", err)
	}
	ended := make(chan struct{})
	go func() { _ = c.Wait(); close(ended) }()
	s.cmd, s.ended = c, ended
	return nil
}

// end ends the process, if there is one, and waits for that.
func (s *Server) end(by syscall.Signal) {
	if s.cmd == nil {
		return
	}
	_ = s.cmd.Process.Signal(by)
	<-s.ended
}

// answers waits until the server answers, or has ended.
func (s *Server) answers(ctx context.Context) bool {
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		if conn, err := pgx.Connect(ctx, s.OwnerURL("postgres")); err == nil {
			_ = conn.Close(ctx)
			return true
		}
		select {
		case <-tick.C:
		case <-s.ended:
			return false
		case <-ctx.Done():
			return false
		}
	}
}

// Kill ends the server as kill -9 does.
func (s *Server) Kill() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.end(syscall.SIGKILL)
}

// Restart kills the server and starts it again on the same data.
func (s *Server) Restart(ctx context.Context) error {
	s.Kill()
	return s.launch(ctx)
}

// Stop ends the server at once and deletes its data.
func (s *Server) Stop() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.end(syscall.SIGQUIT) // its children end, too
	return os.RemoveAll(s.dir)
}

// Database makes an empty database and returns its owner's URL.
func (s *Server) Database(ctx context.Context, name string) (string, error) {
	conn, err := pgx.Connect(ctx, s.OwnerURL("postgres"))
	if err != nil {
		return "", fmt.Errorf("make a database: %w", err)
	}
	defer func() { _ = conn.Close(ctx) }()
	if _, err := conn.Exec(ctx, "CREATE DATABASE "+pgx.Identifier{name}.Sanitize()); err != nil {
		return "", fmt.Errorf("make a database: %w", err)
	}
	return s.OwnerURL(name), nil
}
