package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/octoq/octoq/internal/bench"
	"github.com/octoq/octoq/internal/proctest"
)

const startWithin = 20 * time.Second

// withRedis runs a redis-server on a free port of loopback while do is at it.
// It writes no snapshots; whether it has an append-only file (synced once a
// second) is the row's to say.
func (b *bencher) withRedis(ctx context.Context, appendOnly bool, do func(p *bench.Place) error) error {
	if _, err := exec.LookPath("redis-server"); err != nil {
		return errors.New("redis-server is not installed: make redis installs it")
	}
	dir, err := os.MkdirTemp(b.dir, "redis-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	port, err := freePort(ctx)
	if err != nil {
		return err
	}
	file := "no"
	if appendOnly {
		file = "yes"
	}
	p, err := proctest.Start(filepath.Join(dir, "log"), os.Environ(), "redis-server",
		"--port", port, "--bind", "127.0.0.1", "--dir", dir, "--save", "", "--daemonize", "no",
		"--maxmemory-policy", "noeviction", "--appendonly", file, "--appendfsync", "everysec")
	if err != nil {
		return err
	}
	defer p.Kill()
	place, err := reach(ctx, p, "redis://127.0.0.1:"+port+"/0")
	if err != nil {
		return err
	}
	return errors.Join(do(place), place.Close(ctx))
}

func freePort(ctx context.Context) (string, error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", fmt.Errorf("find a free port: %w", err)
	}
	defer func() { _ = l.Close() }()
	_, port, err := net.SplitHostPort(l.Addr().String())
	return port, err
}

// reach waits until the server answers.
func reach(ctx context.Context, p *proctest.Process, url string) (*bench.Place, error) {
	ctx, cancel := context.WithTimeout(ctx, startWithin)
	defer cancel()
	for {
		place, err := bench.NewPlace(ctx, url)
		if err == nil {
			return place, nil
		}
		select {
		case <-p.Done:
			return nil, fmt.Errorf("redis-server ended at once: %s", p.Log())
		case <-ctx.Done():
			return nil, err
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// flush empties a server that is this program's own.
func flush(ctx context.Context, c *redis.Client) error { return c.FlushAll(ctx).Err() }

// octoq is the program, built once.
func (b *bencher) octoq(ctx context.Context) (string, error) {
	if b.binary != "" {
		return b.binary, nil
	}
	path := filepath.Join(b.dir, "octoq")
	out, err := exec.CommandContext(ctx, "go", "build", "-C", b.root, "-o", path, "./cmd/octoq").CombinedOutput() //nolint:gosec // the folder comes from the command line
	if err != nil {
		return "", fmt.Errorf("build octoq in %s: %w\n%s", b.root, err, out)
	}
	b.binary = path
	return path, nil
}

// end asks processes to stop, and waits for all of them.
func end(processes []*proctest.Process) error {
	var errs []error
	for _, p := range processes {
		errs = append(errs, p.Signal(syscall.SIGTERM))
	}
	for _, p := range processes {
		code, err := p.Wait(startWithin)
		if err == nil && code != 0 {
			err = fmt.Errorf("a process ended with %d: %s", code, p.Log())
		}
		if err != nil {
			p.Kill()
		}
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}
