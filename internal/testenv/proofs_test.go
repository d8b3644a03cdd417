package testenv_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/octoq/octoq/internal/testenv"
)

// A run of proofs goes on behind the lines that have passed, and prints what each
// line came to.
func TestProofsGoOn(t *testing.T) {
	t.Parallel()
	if err := exec.CommandContext(t.Context(), "git", "-C", root, "rev-parse", "HEAD").Run(); err != nil {
		t.Skip("SKIPPED: this is no checkout, and proofs are of a commit")
	}
	dir := t.TempDir()
	runs := filepath.Join(dir, "runs")
	repaired := filepath.Join(dir, "repaired")
	lists := filepath.Join(dir, "lists")
	if err := os.Mkdir(lists, 0o700); err != nil {
		t.Fatal(err)
	}
	list := "# no line\n" +
		"first | echo first >>" + runs + "; echo '    a_test.go:12: 7 points | in all'\n" +
		"second | echo second >>" + runs + "; [ -e " + repaired + " ] || exit 3\n"
	if err := os.WriteFile(filepath.Join(lists, "part"), []byte(list), 0o600); err != nil {
		t.Fatal(err)
	}
	prove := func() (string, error) {
		c := exec.CommandContext(t.Context(), "scripts/proofs.sh", "part")
		c.Dir = root
		c.Env = append(testenv.Clean(), "PROOFS_LISTS="+lists, "PROOFS_STATE="+filepath.Join(dir, "state"))
		out, err := c.Output()
		return string(out), err
	}
	if out, err := prove(); err == nil || !strings.Contains(out, " | 7 points / in all |") || !strings.Contains(out, "| second | FAILED (3) |") {
		t.Errorf("a line that fails: got %v and\n%s\nwant a failure and a table that shows which", err, out)
	}
	if err := os.WriteFile(repaired, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := prove(); err != nil || !strings.Contains(out, "| second | passed |") {
		t.Errorf("once repaired: got %v and\n%s\nwant all passed", err, out)
	}
	if got, err := os.ReadFile(runs); err != nil || string(got) != "first\nsecond\nsecond\n" {
		t.Errorf("got the runs %q (%v), want the first line once", got, err)
	}
}

// Each line of each part can be read, and its command parsed.
func TestProofsAreLines(t *testing.T) {
	t.Parallel()
	parts, err := filepath.Glob(filepath.Join(root, "scripts", "proofs", "*"))
	if err != nil || len(parts) == 0 {
		t.Fatalf("got the parts %q, %v, want some", parts, err)
	}
	for _, part := range parts {
		text, err := os.ReadFile(part)
		if err != nil {
			t.Fatal(err)
		}
		names := map[string]bool{}
		for line := range strings.Lines(string(text)) {
			line = strings.TrimSpace(line)
			if line == "" || strings.HasPrefix(line, "#") {
				continue
			}
			name, command, ok := strings.Cut(line, " | ")
			if !ok || names[name] || strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" {
				t.Errorf("%s: %q is no line with a name of its own", part, line)
			}
			names[name] = true
			if out, err := exec.CommandContext(t.Context(), "bash", "-n", "-c", command).CombinedOutput(); err != nil {
				t.Errorf("%s: %s: %v\n%s", part, name, err, out)
			}
		}
	}
}
