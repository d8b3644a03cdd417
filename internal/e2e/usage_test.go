package e2e

import (
	"net"
	"regexp"
	"strings"
	"testing"

	"github.com/octoq/octoq/internal/testenv"
)

// commandsOf walks over the commands by their help.
func (r *rig) commandsOf(path ...string) [][]string {
	r.t.Helper()
	help := r.must(0, append(append([]string{}, path...), "--help")...).out
	all := [][]string{path}
	_, list, ok := strings.Cut(help, "Available Commands:\n")
	if !ok {
		return all
	}
	list, _, _ = strings.Cut(list, "\n\n")
	for _, m := range regexp.MustCompile(`(?m)^  (\S+) `).FindAllStringSubmatch(list, -1) {
		if m[1] == "completion" || m[1] == "help" {
			continue // the library's own
		}
		all = append(all, r.commandsOf(append(append([]string{}, path...), m[1])...)...)
	}
	return all
}

// Every command's help works and names the exit codes; a wrong flag, and an
// argument too many, exit with 2 and a hint.
func TestHelpAndUsage(t *testing.T) {
	t.Parallel()
	r := &rig{t: t, env: testenv.Clean()}
	all := r.commandsOf()
	var names []string
	for _, path := range all {
		name := strings.Join(path, " ")
		names = append(names, name)
		if o := r.must(0, append(append([]string{}, path...), "--help")...); !strings.Contains(o.out, "Exit codes") || !strings.Contains(o.out, "5 Redis out of reach") || !strings.Contains(o.out, "Usage:") {
			t.Errorf("octoq %s --help: got no exit codes in\n%s", name, o.out)
		}
		for _, wrong := range []string{"--no-such-flag", "one two three four"} {
			o := r.octoq(append(append([]string{}, path...), strings.Fields(wrong)...)...)
			if o.code != 2 || !strings.Contains(o.err, "Try: octoq") || len(lines(o.err)) != 1 {
				t.Errorf("octoq %s %s: got exit code %d and %q, want 2 and one line with a hint", name, wrong, o.code, o.err)
			}
		}
	}
	for _, want := range []string{
		"", "demo", "worker", "enqueue", "status", "list", "approve", "cancel", "web", "simulate", "doctor", "version",
		"dead", "dead ls", "dead show", "dead edit", "dead replay", "dead purge", "hold", "hold ls", "hold set", "hold clear",
	} {
		if !contains(names, want) {
			t.Errorf("commands: got no %q among %q", want, names)
		}
	}
	for slip, want := range map[string]string{"statsu": "Try: octoq status", "dead lss": "Try: octoq dead ls", "hold nonsense": "Try: octoq hold --help"} {
		if o := r.must(2, strings.Fields(slip)...); !strings.Contains(o.err, want) {
			t.Errorf("octoq %s: got %q, want %q", slip, o.err, want)
		}
	}
	for _, path := range [][]string{{"status"}, {"cancel"}, {"approve"}, {"dead", "show"}, {"dead", "replay"}} {
		if o := r.must(2, path...); !strings.Contains(o.err, "the campaign's id") {
			t.Errorf("octoq %s: got %q, want what it needs", strings.Join(path, " "), o.err)
		}
	}
}

// A flag wins over a variable, a variable over the file, the file over the
// default.
func TestSettingsOrder(t *testing.T) {
	t.Parallel()
	r := &rig{t: t, env: testenv.Clean(), dir: t.TempDir()}
	// The command says which value it does not like, and asks for a login once
	// all of them are fine.
	file := r.file("octoq.yaml", "log_level: from-file\n")
	check := func(what, want string, args ...string) {
		t.Helper()
		if o := r.must(2, append([]string{"worker"}, args...)...); !strings.Contains(o.err, want) {
			t.Errorf("%s: got %q, want %q in it", what, o.err, want)
		}
	}
	check("default", "no login")
	check("file", `"from-file"`, "--config", file)
	r.setenv("OCTOQ_CONFIG=" + file)
	check("file by variable", `"from-file"`)
	r.setenv("OCTOQ_LOG_LEVEL=from-variable")
	check("variable", `"from-variable"`)
	check("flag", `"from-flag"`, "--log-level", "from-flag")
}

// What nobody would read is refused: keys that are misspelt, values that make
// no sense.
func TestBadSettings(t *testing.T) {
	t.Parallel()
	r := &rig{t: t, env: append(testenv.Clean(), "OCTOQ_API_LOGIN="+login, "OCTOQ_API_KEY="+apiKey), dir: t.TempDir()}
	for _, c := range []struct{ name, yaml, want string }{
		{"unknown key", "rate: 5\nrat: 6\n", "unknown key rat"},
		{"unknown key of an account", "accounts:\n  shop:\n    api_login: a@example.com\n    brust: 6\n", "unknown key accounts.shop.brust"},
		{"a global key in an account", "accounts:\n  shop:\n    redis_url: redis://x\n", "accounts.shop.redis_url"},
		{"bad number", "rate: fast\n", "rate"},
		{"bad choice", "confirm: perhaps\n", "confirm"},
		{"no YAML", "rate: [5\n", "octoq.yaml"},
		{"bad duration", "deadline: soon\n", "deadline"},
	} {
		o := r.must(2, "worker", "--config", r.file("octoq.yaml", c.yaml))
		if !strings.Contains(strings.ToLower(o.err), strings.ToLower(c.want)) {
			t.Errorf("%s: got %q, want %q in it", c.name, o.err, c.want)
		}
	}
	for _, args := range [][]string{
		{"worker", "--rate", "-1"}, {"worker", "--burst", "0"}, {"worker", "--api-timeout", "2h"},
		{"worker", "--api-url", "http://example.com"}, {"worker", "--redis-url", "nonsense"},
		{"worker", "--config", "missing.yaml"}, {"list", "--redis-url", "nonsense"}, {"worker", "--log-format", "prose"},
	} {
		if o := r.octoq(args...); o.code != 2 || len(lines(o.err)) == 0 {
			t.Errorf("octoq %s: got exit code %d and %q, want 2 and why", strings.Join(args, " "), o.code, o.err)
		}
	}
}

// An address of our own that is taken is not Redis's trouble.
func TestAddressTaken(t *testing.T) {
	t.Parallel()
	r := &rig{t: t, env: testenv.Clean()}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatalf("take an address: %v", err)
	}
	defer func() { _ = l.Close() }()
	if o := r.must(1, "simulate", "--listen", l.Addr().String()); strings.Contains(o.err, "Redis") || !strings.Contains(o.err, l.Addr().String()) {
		t.Errorf("got %q, want the address that is taken", o.err)
	}
}
