package clients

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/octoq/octoq/internal/testenv"
)

// The public repositories of the clients, and the names of their folders.
const (
	javaFolder = "octopush-sms-java"
	phpFolder  = "Octopush-SMS-API-PHP"
)

// theirs is the address in the clients' sources.
const theirs = "https://api.octopush.com"

// The real clients send what the table says, and make of the answers what it says.
func TestClients(t *testing.T) {
	t.Parallel()
	folder := os.Getenv("OCTOQ_CLIENTS_DIR")
	if folder == "" {
		t.Skip("SKIPPED: Octopush's own clients; make clients CLIENTS_DIR=folder runs them")
	}
	start := map[string]func(t *testing.T, folder, address string) *driver{
		"java.facts": startJava, "java-published.facts": startJavaAsPublished, "php.facts": startPHP,
	}
	for _, file := range files(t) {
		t.Run(filepath.Base(file), func(t *testing.T) {
			t.Parallel()
			client := start[filepath.Base(file)]
			if client == nil {
				t.Fatal("got no client for these facts, want one for each table")
			}
			r := newRig(t)
			r.play(file, client(t, folder, r.url))
		})
	}
}

// driver is a running program that drives a client.
type driver struct {
	in     io.Writer
	out    *bufio.Scanner
	errors string // path of what it wrote beside its answers
}

// startDriver starts a program that takes a line and writes a line for each call.
func startDriver(t *testing.T, dir string, env []string, program string, args ...string) *driver {
	t.Helper()
	// A client that hangs ends the test before go test's own time is over.
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	cmd := exec.CommandContext(ctx, program, args...)
	d := &driver{errors: filepath.Join(t.TempDir(), "errors")}
	log, err := os.Create(d.errors)
	if err != nil {
		t.Fatalf("create the driver's log: %v", err)
	}
	cmd.Dir, cmd.Env, cmd.Stderr = dir, append(testenv.Clean(), env...), log
	in, inErr := cmd.StdinPipe()
	out, outErr := cmd.StdoutPipe()
	if err := errors.Join(inErr, outErr); err != nil {
		t.Fatalf("connect to %s: %v", program, err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatalf("start %s: %v", program, err)
	}
	t.Cleanup(func() {
		_ = in.Close()
		_ = cmd.Wait()
		cancel()
		_ = log.Close()
	})
	d.in, d.out = in, bufio.NewScanner(out)
	return d
}

// call has the client make the call of a fact.
func (d *driver) call(f fact) (any, error) {
	var line strings.Builder
	if err := json.NewEncoder(&line).Encode(f.Do); err != nil {
		return nil, fmt.Errorf("encode the call: %w", err)
	}
	if _, err := io.WriteString(d.in, line.String()); err != nil {
		return nil, d.failed(err)
	}
	if !d.out.Scan() {
		return nil, d.failed(d.out.Err())
	}
	var made any
	if err := json.Unmarshal(d.out.Bytes(), &made); err != nil || made == nil {
		return nil, fmt.Errorf("the driver answered %q: %w", d.out.Text(), err)
	}
	return made, nil
}

func (d *driver) failed(cause error) error {
	said, err := os.ReadFile(d.errors)
	return fmt.Errorf("the driver ended (%w): %s", errors.Join(cause, err), said)
}

// change is one place in a copied source that a test changes.
type change struct{ place, to string }

// copied copies a source of a client and changes it, each place at least once.
func copied(t *testing.T, from, to string, changes ...change) {
	t.Helper()
	text, err := os.ReadFile(from)
	if err != nil {
		t.Fatalf("read a client's source: %v", err)
	}
	for _, c := range changes {
		place := regexp.MustCompile(c.place)
		if !place.Match(text) {
			t.Fatalf("%s has nothing like %q", from, c.place)
		}
		text = place.ReplaceAllLiteral(text, []byte(c.to))
	}
	if err := os.MkdirAll(filepath.Dir(to), 0o700); err != nil {
		t.Fatalf("make a folder for a client: %v", err)
	}
	if err := os.WriteFile(to, text, 0o600); err != nil {
		t.Fatalf("copy a client's source: %v", err)
	}
}

// found returns the files that a pattern names, of which there must be some.
func found(t *testing.T, pattern string) []string {
	t.Helper()
	names, err := filepath.Glob(pattern)
	if err != nil || len(names) == 0 {
		t.Fatalf("got %q, %v for %s, want files", names, err, pattern)
	}
	return names
}
