//go:build unix

package main

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"
	"time"
)

// postgres starts a PostgreSQL of its own, reached through a socket in its
// folder, and returns how to connect to it. PostgreSQL refuses to run as root, so
// root runs it as the user postgres or nobody.
func (b *bencher) postgres(ctx context.Context) (at string, done func(), err error) {
	initdb, server, err := postgresPrograms()
	if err != nil {
		return "", nil, err
	}
	dir, err := os.MkdirTemp("", "pg-") // a socket's path has to be short
	if err != nil {
		return "", nil, err
	}
	remove := func() { _ = os.RemoveAll(dir) }
	as, err := unprivileged(dir)
	if err != nil {
		remove()
		return "", nil, err
	}
	data := filepath.Join(dir, "data")
	setup := exec.CommandContext(ctx, initdb, "-D", data, "-U", "bench", "-A", "trust", "--no-sync") //nolint:gosec // it was found where PostgreSQL is installed
	setup.Dir, setup.SysProcAttr = dir, as
	if out, err := setup.CombinedOutput(); err != nil {
		remove()
		return "", nil, fmt.Errorf("initdb failed: %w\n%s", err, out)
	}
	run := exec.CommandContext(ctx, server, "-D", data, "-k", dir, "-c", "listen_addresses=") //nolint:gosec // the same
	run.Dir, run.SysProcAttr = dir, as
	run.Cancel = func() error { return run.Process.Signal(syscall.SIGINT) }
	if err := run.Start(); err != nil {
		remove()
		return "", nil, err
	}
	done = func() {
		_ = run.Process.Signal(syscall.SIGINT)
		_ = run.Wait()
		remove()
	}
	if err := socket(ctx, filepath.Join(dir, ".s.PGSQL.5432")); err != nil {
		done()
		return "", nil, err
	}
	return "postgres:///postgres?user=bench&host=" + url.QueryEscape(dir), done, nil
}

// postgresPrograms finds initdb and postgres, which Debian keeps out of the PATH.
func postgresPrograms() (initdb, server string, err error) {
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	slices.Sort(found)
	if path, err := exec.LookPath("initdb"); err == nil {
		if path, err = filepath.EvalSymlinks(path); err == nil {
			found = append(found, path)
		}
	}
	for _, initdb := range slices.Backward(found) {
		server := filepath.Join(filepath.Dir(initdb), "postgres")
		if _, err := os.Stat(server); err == nil {
			return initdb, server, nil
		}
	}
	return "", "", errors.New("PostgreSQL is not installed: apt-get install postgresql")
}

// unprivileged gives the folder to a user without rights, if we are root.
func unprivileged(dir string) (*syscall.SysProcAttr, error) {
	if os.Geteuid() != 0 {
		return nil, nil
	}
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, err1 := strconv.ParseUint(u.Uid, 10, 32)
		gid, err2 := strconv.ParseUint(u.Gid, 10, 32)
		if err := errors.Join(err1, err2, os.Chown(dir, int(uid), int(gid))); err != nil {
			return nil, err
		}
		return &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}}, nil
	}
	return nil, errors.New("PostgreSQL does not run as root, and there is neither a user postgres nor nobody")
}

// socket waits until a server listens.
func socket(ctx context.Context, path string) error {
	ctx, cancel := context.WithTimeout(ctx, startWithin)
	defer cancel()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		if _, err := os.Stat(path); err == nil {
			return nil
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return fmt.Errorf("PostgreSQL does not listen after %v", startWithin)
		}
	}
}
