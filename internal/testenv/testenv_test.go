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
	clients := checkouts(t)
	commands := [][]string{
		{"scripts/test.sh", "./campaign"},
		{"scripts/chaos.sh", "1", "1", "1", "1"},
		{"scripts/clients.sh", clients},
		{"make", "--no-print-directory", "clients", "CLIENTS_DIR=" + clients},
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

// checkouts is a folder with what scripts/clients.sh looks for.
func checkouts(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for _, name := range []string{
		"octopush-sms-java/src/main/java/com/Octopush/service/OctopushManager.java", "Octopush-SMS-API-PHP/src/Client.php",
	} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatalf("make a folder for %s: %v", name, err)
		}
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			t.Fatalf("write a stand-in for %s: %v", name, err)
		}
	}
	return dir
}

// seenByGo runs a command in the root with settings exported and a go that does
// nothing, and returns the variables with the prefix that this go was given.
func seenByGo(t *testing.T, command []string) []string {
	t.Helper()
	dir := t.TempDir()
	log := filepath.Join(dir, "seen")
	// All but go, so that no script installs anything: dpkg-query says "installed" of each package.
	for _, name := range []string{"go", "redis-server", "javac", "php", "dpkg-query"} {
		script := "#!/bin/sh\nenv | grep '^OCTOQ_' >>" + log + "\necho installed\n"
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
