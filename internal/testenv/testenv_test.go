package testenv_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/octoq/octoq/internal/testenv"
)

// root is the tree, seen from this package's folder.
const root = "../.."

// Whatever target or script runs tests, demo or benchmark: Go gets no setting of
// the developer's, and the variables of the tests' own.
func TestNoTargetHandsSettingsOn(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("make"); err != nil {
		t.Skip("SKIPPED: make is not installed")
	}
	commands := [][]string{
		{"scripts/test.sh", "./campaign"},
		{"scripts/chaos.sh", "1", "1", "1", "1"},
		{"scripts/fuzz.sh", "1x", "1"},
	}
	for _, target := range []string{
		"test", "cover", "fuzz", "bench", "bench-growth", "bench-peers", "chaos", "chaos-mutants", "crash-points", "demo",
	} {
		commands = append(commands, []string{"make", "--no-print-directory", target})
	}
	for _, command := range commands {
		t.Run(command[0]+" "+command[len(command)-1], func(t *testing.T) {
			t.Parallel()
			seen := seenByGo(t, command)
			if !slices.Contains(seen, "OCTOQ_MODEL_PLAYS=7") {
				t.Errorf("go got %q, want OCTOQ_MODEL_PLAYS=7 among it", seen)
			}
			for _, pair := range seen {
				if name, _, _ := strings.Cut(pair, "="); !slices.Contains(testenv.Own(), name) {
					t.Errorf("go got %s", pair)
				}
			}
		})
	}
}

// seenByGo runs a command in the root with settings exported and a go that does
// nothing, and returns the variables with the prefix that this go was given.
func seenByGo(t *testing.T, command []string) []string {
	t.Helper()
	dir := t.TempDir()
	log := filepath.Join(dir, "seen")
	for _, name := range []string{"go", "redis-server"} { // the latter, so that no script installs one
		script := "#!/bin/sh\nenv | grep '^OCTOQ_' >>" + log + "\nexit 0\n"
		if err := os.WriteFile(filepath.Join(dir, name), []byte(script), 0o700); err != nil {
			t.Fatalf("write a stand-in for %s: %v", name, err)
		}
	}
	c := exec.CommandContext(t.Context(), command[0], command[1:]...)
	c.Dir = root
	c.Env = append(testenv.Clean(), "PATH="+dir+":"+os.Getenv("PATH"), "GO=go", "CI=", "MAKEFLAGS=",
		"OCTOQ_MODEL_PLAYS=7", "OCTOQ_REDIS_URL=redis://developer:6379", "OCTOQ_API_KEY=developer", "OCTOQ_CONFIG=/developer.yaml")
	out, err := c.CombinedOutput() // most of them fail without a real go
	seen, readErr := os.ReadFile(log)
	if readErr != nil {
		t.Fatalf("%q started no go: %v\n%s", command, err, out)
	}
	return strings.Fields(string(seen))
}
