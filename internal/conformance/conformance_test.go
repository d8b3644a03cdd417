package conformance

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// folder has the clients.
const folder = "../../clients"

// within is how long a client may take for all checks, and its compiler for it.
const within = 3 * time.Minute

// Each client holds every check of the list, and leaves none out.
func TestClientsConform(t *testing.T) {
	t.Parallel()
	if os.Getenv("OCTOQ_CONFORMANCE") == "" {
		t.Skip("SKIPPED: the clients in other languages; make conformance runs them")
	}
	checks := listed(t)
	s := newSurroundings(t)
	for name, prepare := range map[string]func(t *testing.T) (dir string, command []string){
		"python": python, "php": php, "typescript": typescript, "java": java,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir, command := prepare(t)
			began := time.Now()
			out := s.run(t, dir, command...)
			t.Logf("%d checks in %.1f s", len(checks), time.Since(began).Seconds())
			compare(t, checks, out)
		})
	}
}

// A client is one file that is read in a sitting, and copied.
func TestClientsAreShort(t *testing.T) {
	t.Parallel()
	const most = 250 // lines
	for _, name := range []string{"python/octoq.py", "php/Octoq.php", "typescript/octoq.ts", "java/octoq/Octoq.java"} {
		text, err := os.ReadFile(filepath.Join(folder, name))
		if err != nil {
			t.Fatal(err)
		}
		if got := bytes.Count(text, []byte("\n")); got > most {
			t.Errorf("clients/%s: got %d lines, want %d at most", name, got, most)
		}
	}
}

// listed are the names of the checks.
func listed(t *testing.T) []string {
	t.Helper()
	page, err := os.ReadFile(filepath.Join(folder, "conformance.md"))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, row := range regexp.MustCompile("(?m)^\\| `([a-z-]+)` \\|").FindAllStringSubmatch(string(page), -1) {
		names = append(names, row[1])
	}
	if len(names) == 0 {
		t.Fatal("clients/conformance.md lists no check")
	}
	return names
}

// compare holds what a program printed against the list.
func compare(t *testing.T, checks []string, out string) {
	t.Helper()
	said := map[string]string{}
	for line := range strings.Lines(out) {
		line = strings.TrimSpace(line)
		name, ok := strings.CutPrefix(line, "ok ")
		if !ok {
			name, _, _ = strings.Cut(strings.TrimPrefix(line, "not ok "), ":")
		}
		if _, twice := said[name]; twice {
			t.Errorf("got two lines for %s", name)
		}
		said[name] = line
	}
	for _, name := range checks {
		if got := said[name]; got != "ok "+name {
			t.Errorf("got %q, want that %s holds", got, name)
		}
		delete(said, name)
	}
	for _, line := range said {
		t.Errorf("got %q, which is no check of clients/conformance.md", line)
	}
}

// run runs a client's program and returns what it printed.
func (s *surroundings) run(t *testing.T, dir string, command ...string) string {
	t.Helper()
	return execute(t, dir, append(os.Environ(), s.env...), command...)
}

// execute runs a command and returns its output; what it says besides is logged.
func execute(t *testing.T, dir string, env []string, command ...string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), within)
	defer cancel()
	c := exec.CommandContext(ctx, command[0], command[1:]...)
	c.Dir, c.Env = dir, env
	var out, more bytes.Buffer
	c.Stdout, c.Stderr = &out, &more
	err := c.Run()
	for lines := bufio.NewScanner(&more); lines.Scan(); {
		t.Log(lines.Text())
	}
	if err != nil {
		if errors.Is(ctx.Err(), context.DeadlineExceeded) {
			err = fmt.Errorf("it took more than %s", within)
		}
		t.Fatalf("%s: %v\n%s", strings.Join(command, " "), err, out.String())
	}
	return out.String()
}

func python(t *testing.T) (dir string, command []string) {
	t.Helper()
	execute(t, folder, os.Environ(), "python3", "-B", "-c", "import sys; sys.path.insert(0, 'python'); sys.version_info < (3, 11) or __import__('octoq_types')")
	return filepath.Join(folder, "python"), []string{"python3", "-W", "error", "-B", "conformance.py"}
}

func php(*testing.T) (dir string, command []string) {
	return filepath.Join(folder, "php"), []string{"php", "-d", "error_reporting=-1", "-d", "display_errors=stderr", "conformance.php"}
}

// typescript checks the types and takes them off, in a copy: what that needs is no part
// of the client.
func typescript(t *testing.T) (dir string, command []string) {
	t.Helper()
	dir = copied(t, "typescript")
	execute(t, dir, os.Environ(), "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline")
	execute(t, dir, os.Environ(), "node_modules/.bin/tsc", "--outDir", "out")
	return dir, []string{"node", "out/conformance.js"}
}

func java(t *testing.T) (dir string, command []string) {
	t.Helper()
	dir = copied(t, "java")
	execute(t, dir, os.Environ(), "javac", "--release", "11", "-Xlint:all", "-Werror", "-encoding", "UTF-8", "-d", "out", "octoq/Json.java", "octoq/Octoq.java", "Conformance.java", "JsonEcho.java")
	checkJSON(t, dir)
	return dir, []string{"java", "-cp", "out", "Conformance"}
}

// copied is a client's folder, in a place of the test's own.
func copied(t *testing.T, name string) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(filepath.Join(folder, name))); err != nil {
		t.Fatal(err)
	}
	return dir
}
