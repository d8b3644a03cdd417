package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/octoq/octoq/internal/access"
	"github.com/octoq/octoq/internal/redistest"
)

// people runs commands about users and tokens on one Redis.
type people struct {
	t      *testing.T
	server *redistest.Server
}

func newPeople(t *testing.T) people {
	t.Helper()
	return people{t, redistest.Start(t, "--appendonly", "yes", "--appendfsync", "always")}
}

// octoq runs a command with some standard input, wants an exit code, and returns what it
// printed.
func (p people) octoq(exit int, in string, args ...string) (out, said string) {
	p.t.Helper()
	var stdout, stderr heard
	code := run(p.t.Context(), append(args, "--redis-url", p.server.URL()), strings.NewReader(in), &stdout, &stderr)
	if code != exit {
		p.t.Errorf("octoq %q: got %d and %q, want %d", args, code, stderr.String(), exit)
	}
	if all := stdout.String() + stderr.String(); strings.TrimSpace(in) != "" && strings.Contains(all, strings.TrimSpace(in)) {
		p.t.Errorf("octoq %q prints the password: %q", args, all)
	}
	return stdout.String(), stderr.String()
}

// A user is added, listed, changed and removed; each step is in the audit log.
func TestUserCommands(t *testing.T) {
	t.Parallel()
	p := newPeople(t)
	if out, _ := p.octoq(exitOK, "", "user", "ls"); !strings.HasPrefix(out, "there are no users") {
		t.Errorf("got %q", out)
	}
	if out, _ := p.octoq(exitOK, "correct horse\n", "user", "add", "anna", "--role", "admin"); out != "user anna is added; a running octoq web knows it within 5 seconds\n" {
		t.Errorf("got %q", out)
	}
	file := filepath.Join(t.TempDir(), "password")
	if err := os.WriteFile(file, []byte("battery staple\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	p.octoq(exitOK, "", "user", "add", "ben", "--role", "viewer", "--role", "operator@a+b", "--account", "c", "--password-file", file)
	if out, _ := p.octoq(exitOK, "", "user", "ls"); !strings.Contains(out, "viewer@c operator@a+b") || !strings.Contains(out, "system:") {
		t.Errorf("got %q, want both with their roles", out)
	}
	if out, _ := p.octoq(exitOK, "", "user", "ls", "--json"); strings.Contains(out, "argon2") || !strings.HasPrefix(out, `{"name":"anna","grants":[{"role":"admin"}],"created_at":"20`) {
		t.Errorf("got %q, want no hash", out)
	}
	p.octoq(exitKnown, "correct horse\n", "user", "add", "anna", "--role", "viewer")
	p.octoq(exitOK, "correct horse 2\n", "user", "passwd", "ben")
	p.octoq(exitNotFound, "correct horse 2\n", "user", "passwd", "carl")
	if _, said := p.octoq(exitFailed, "", "user", "rm", "anna"); !strings.Contains(said, "last user who is admin") {
		t.Errorf("got %q, want that the last admin has to stay", said)
	}
	p.octoq(exitOK, "", "user", "rm", "anna", "--force")
	p.octoq(exitNotFound, "", "user", "rm", "anna")
	out, _ := p.octoq(exitOK, "", "audit")
	if lines := strings.Split(strings.TrimSpace(out), "\n"); len(lines) != 4 || !strings.Contains(lines[3], `"action":"user.remove","subject":"user:anna"`) {
		t.Errorf("got %q, want four lines", out)
	}
}

// A token is printed once, alone on standard output, and works as what was asked for.
func TestTokenCommands(t *testing.T) {
	t.Parallel()
	p := newPeople(t)
	out, said := p.octoq(exitOK, "", "token", "add", "shop-1", "--role", "producer", "--account", "a", "--kind", "review", "--expires", "90d")
	if _, err := access.TokenID(strings.TrimSpace(out)); err != nil || !strings.HasPrefix(out, "octoq_review_") || !strings.Contains(said, "only time") {
		t.Errorf("got %q and %q, want a token", out, said)
	}
	p.octoq(exitKnown, "", "token", "add", "shop-1", "--role", "viewer")
	if out, _ := p.octoq(exitOK, "", "token", "add", "shop-2", "--role", "viewer", "--json"); !strings.Contains(out, `"token":"octoq_live_`) {
		t.Errorf("got %q, want the token", out)
	}
	list, _ := p.octoq(exitOK, "", "token", "ls")
	listed, _ := p.octoq(exitOK, "", "token", "ls", "--json")
	if !strings.Contains(list, "producer@a") || strings.Contains(list+listed, strings.TrimSpace(out)[30:]) || strings.Contains(listed, `"sum"`) {
		t.Errorf("got %q and %q, want no token", list, listed)
	}
	p.octoq(exitOK, "", "token", "rm", "shop-1")
	p.octoq(exitNotFound, "", "token", "rm", "shop-1")
	done, _ := p.octoq(exitOK, "", "auth", "reset", "--before", "2026-01-31T09:00:00Z")
	if !strings.HasPrefix(done, "ended: 0 users (), 0 tokens (), and all sessions") {
		t.Errorf("got %q", done)
	}
}

func TestPeopleWantSense(t *testing.T) {
	t.Parallel()
	p := newPeople(t)
	for _, args := range [][]string{
		{"user", "add", "anna"}, {"user", "add", "anna", "--role", "root"}, {"user", "add", "An na", "--role", "viewer"},
		{"user", "add", "anna", "--role", "viewer@No Name"}, {"user", "add", "anna", "--role", "viewer", "--password-file", "/nowhere"},
		{"token", "add", "a", "--role", "viewer", "--kind", "dry"}, {"token", "add", "a", "--role", "admin", "--kind", "review"},
		{"token", "add", "a", "--role", "viewer", "--expires", "soon"}, {"auth", "reset"}, {"auth", "reset", "--before", "2999-01-01T00:00:00Z"},
		{"audit", "--since", "yesterday"}, {"token", "rm", "a", "--durable=twice"},
	} {
		p.octoq(exitUsage, "correct horse\n", args...)
	}
	for _, in := range []string{"", "\n", "too short\n"} {
		p.octoq(exitUsage, in, "user", "add", "anna", "--role", "viewer")
	}
}

// A Redis that does not confirm what it keeps is said, and is exit code 1.
func TestARemovalThatIsNotKept(t *testing.T) {
	t.Parallel()
	p := people{t, redistest.Start(t)}
	p.octoq(exitOK, "", "token", "add", "shop-1", "--role", "viewer")
	if _, said := p.octoq(exitFailed, "", "token", "rm", "shop-1"); !strings.Contains(said, "made, not yet kept") || !strings.Contains(said, "Repeat it.") {
		t.Errorf("got %q", said)
	}
	if out, _ := p.octoq(exitOK, "", "token", "ls"); !strings.HasPrefix(out, "there are no tokens") {
		t.Errorf("got %q, want it gone", out)
	}
}
