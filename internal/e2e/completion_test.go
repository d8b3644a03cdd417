package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/octoq/octoq/internal/redistest"
	"github.com/octoq/octoq/internal/testenv"
)

// shellWithCampaigns is the environment of a shell that finds octoq, on a Redis with the
// campaigns spring and summer.
func shellWithCampaigns(t *testing.T) []string {
	t.Helper()
	if noBinary != nil {
		t.Fatal(noBinary)
	}
	env := append(testenv.Clean(), "OCTOQ_REDIS_URL="+redistest.Start(t).URL(), "PATH="+filepath.Dir(binary)+":"+os.Getenv("PATH"))
	r := &rig{t: t, env: env, dir: t.TempDir()}
	for _, id := range []string{"spring", "summer"} {
		r.must(0, "enqueue", "--id", id, "--account", "agency", "--list-name", "l", "--text", "Hi", "--type", "sms_premium", "--purpose", "alert")
	}
	return env
}

// completed has a shell complete lines, and returns what it prints of each.
func completed(t *testing.T, env, lines []string, shell ...string) []string {
	t.Helper()
	if _, err := exec.LookPath(shell[0]); err != nil {
		needed(t, shell[0])
	}
	c := exec.CommandContext(t.Context(), shell[0], shell[1:]...)
	c.Env, c.Stdin, c.Stderr = env, strings.NewReader(strings.Join(lines, "\n")+"\n"), t.Output()
	out, err := c.Output()
	if err != nil {
		t.Fatalf("%s: %v", shell[0], err)
	}
	got := strings.Split(strings.TrimSuffix(string(out), "\n"), "\n")
	if len(got) != len(lines) {
		t.Fatalf("%s: got %q, want a line for each of %q", shell[0], got, lines)
	}
	return got
}

// needed skips a test whose shell is not installed, but not where all is to be there.
func needed(t *testing.T, what string) {
	t.Helper()
	if os.Getenv("OCTOQ_REQUIRE_REDIS") != "" {
		t.Fatalf("%s is not installed, and OCTOQ_REQUIRE_REDIS is set", what)
	}
	t.Skipf("SKIPPED: %s is not installed", what)
}

func TestCompletionInBash(t *testing.T) {
	t.Parallel()
	if _, err := os.Stat("/usr/share/bash-completion/bash_completion"); err != nil {
		needed(t, "bash-completion")
	}
	cases := [][2]string{
		{"octoq sta", "status"},
		{"octoq dead re", "replay"},
		{"octoq status --account agency su", "summer"},
		{"octoq list --account ", "agency"},
		{"octoq list --state awaiting", "awaiting_approval"},
		{"octoq enqueue --type sms_l", "sms_low_cost"},
		{"octoq enqueue --purp", "--purpose"},
	}
	var lines []string
	for _, c := range cases {
		lines = append(lines, c[0])
	}
	for i, got := range completed(t, shellWithCampaigns(t), lines, "bash", "--norc", "testdata/completion/bash.sh") {
		if offered := strings.Fields(got); len(offered) == 0 || offered[0] != cases[i][1] || len(offered) > 1 && !strings.HasPrefix(offered[1], "(") {
			t.Errorf("%q: got %q, want %q", cases[i][0], got, cases[i][1])
		}
	}
}

func TestCompletionInZsh(t *testing.T) {
	t.Parallel()
	cases := [][2]string{
		{"octoq sta", "octoq status |"},
		{"octoq dead re", "octoq dead replay |"},
		{"octoq status --account agency su", "octoq status --account agency summer |"},
		{"octoq list --account a", "octoq list --account agency |"},
		{"octoq list --state awaiting", "octoq list --state awaiting_approval |"},
		{"octoq enqueue --type sms_l", "octoq enqueue --type sms_low_cost |"},
		{"octoq enqueue --purp", "octoq enqueue --purpose |"},
	}
	var lines []string
	for _, c := range cases {
		lines = append(lines, c[0])
	}
	for i, got := range completed(t, shellWithCampaigns(t), lines, "zsh", "-f", "testdata/completion/zsh.zsh", t.TempDir()) {
		if got != cases[i][1] {
			t.Errorf("%q: got %q, want %q", cases[i][0], got, cases[i][1])
		}
	}
}
