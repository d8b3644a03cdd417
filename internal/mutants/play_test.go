package mutants

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	_ "github.com/octoq/octoq/internal/testenv" // no setting of the developer's reaches these tests
)

// play is a flag of this test binary: go test ./internal/mutants -args -play.
var (
	play = flag.Bool("play", false, "make each mistake, and see its test fail")
	only = flag.String("mutant", "", "play only the mutants whose names match this pattern")
)

// patience is how long one test may take; a mistake that makes it hang is found.
const patience = 5 * time.Minute

// TestMutantsAreFound makes each mistake and wants its test to fail, after it
// has seen that this test passes without it.
func TestMutantsAreFound(t *testing.T) { //nolint:paralleltest // one at a time is heavy enough
	if !*play {
		t.Skip("SKIPPED: it takes minutes; make chaos-mutants plays the mutants")
	}
	chosen, err := regexp.Compile(*only)
	if err != nil {
		t.Fatalf("-mutant: %v", err)
	}
	sound := map[string]bool{}
	played := 0
	for _, m := range mutants(t) { //nolint:paralleltest // see above
		if !chosen.MatchString(m.name) {
			continue
		}
		if name := m.test.name(); !sound[name] {
			passes(t, m.test)
			sound[name] = true
		}
		played++
		t.Run(m.name, func(t *testing.T) { found(t, m) })
	}
	if played == 0 {
		t.Errorf("no mutant is called %q", *only)
	}
}

// passes wants a test to pass as things are: else its failures say nothing.
func passes(t *testing.T, c command) {
	t.Helper()
	began := time.Now()
	if v := run(t, c, build(t, c, "")); v.failed != "" {
		t.Fatalf("%s fails without any mistake: %s\n%s", c.name(), v.failed, v.output)
	}
	t.Logf("passes as it should: %s (%s)", c.name(), since(began))
}

// found wants a mistake to be noticed.
func found(t *testing.T, m mutant) {
	t.Helper()
	files, err := m.made()
	if err != nil {
		t.Fatal(err)
	}
	overlay := write(t, files)
	binary := build(t, m.test, overlay)
	began := time.Now()
	v := run(t, m.test, binary, "GOFLAGS="+os.Getenv("GOFLAGS")+" -overlay="+overlay) // for a test that builds the program
	if v.failed == "" {
		t.Fatalf("SURVIVES %s\n%s", m.test.name(), m.why)
	}
	t.Logf("found by %s in %s: %s", v.failed, since(began), v.why)
}

func since(began time.Time) time.Duration { return time.Since(began).Round(100 * time.Millisecond) }

// write puts the mistaken files aside, and says to go in whose place they are.
func write(t *testing.T, files map[string]string) string {
	t.Helper()
	var overlay struct{ Replace map[string]string }
	overlay.Replace = map[string]string{}
	dir := t.TempDir()
	for file, text := range files {
		right, err := filepath.Abs(filepath.Join(root, file))
		if err != nil {
			t.Fatal(err)
		}
		mistaken := filepath.Join(dir, strings.ReplaceAll(file, "/", "_"))
		if err := os.WriteFile(mistaken, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		overlay.Replace[right] = mistaken
	}
	b, err := json.Marshal(overlay)
	if err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(dir, "overlay.json")
	if err := os.WriteFile(name, b, 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

// build compiles a test. A mutant that does not compile is a faulty mutant, and not
// one that a test has found.
func build(t *testing.T, c command, overlay string) string {
	t.Helper()
	binary := filepath.Join(t.TempDir(), "mutated.test")
	args := []string{"test", "-c", "-vet=off", "-o", binary, c.pkg}
	if overlay != "" {
		args = slices.Insert(args, 1, "-overlay", overlay)
	}
	cmd := exec.CommandContext(t.Context(), "go", args...)
	cmd.Dir = root
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("compile %s: %v\n%s", c.pkg, err, out)
	}
	return binary
}

// verdict is what came of a test: failed says which one failed, or how, and is
// empty if all passed.
type verdict struct{ failed, why, output string }

// run runs a test that was compiled, in its package's folder.
func run(t *testing.T, c command, binary string, env ...string) verdict {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience+time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, binary, "-test.run", c.run, "-test.v", "-test.failfast", "-test.timeout", patience.String())
	cmd.Dir = filepath.Join(root, c.pkg)
	// A test that was skipped would have found nothing.
	cmd.Env = append(append(os.Environ(), "OCTOQ_REQUIRE_REDIS=1"), append(env, c.env...)...)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	err := cmd.Run()
	var exit *exec.ExitError
	switch {
	case err == nil && !ran(out.String()):
		t.Fatalf("%s runs no test", c.name())
	case err != nil && !errors.As(err, &exit):
		t.Fatalf("run %s: %v", c.name(), err)
	case err != nil:
		return judge(out.String())
	}
	return verdict{output: out.String()}
}

// ran reports whether any test passed: not one skipped, or none there.
func ran(output string) bool { return strings.Contains(output, "\n--- PASS: ") }

// judge reads the output of a test that failed.
func judge(output string) verdict {
	v := verdict{output: output, failed: "a crash of the test"}
	if strings.Contains(output, "panic: test timed out") {
		v.failed = "a test that never ends"
	}
	if m := regexp.MustCompile(`(?m)^\s*--- FAIL: (\S+)`).FindStringSubmatch(output); m != nil {
		v.failed = m[1]
	}
	if m := regexp.MustCompile(`(?m)^\s+\w+_test\.go:\d+: (.*)`).FindAllStringSubmatch(output, -1); m != nil {
		v.why = clip(m[len(m)-1][1])
	}
	return v
}

func clip(s string) string {
	const most = 160
	if len(s) <= most {
		return s
	}
	return s[:most] + fmt.Sprintf("… (%d more)", len(s)-most)
}
