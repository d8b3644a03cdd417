package archtest

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// update is a flag of this test binary: go test ./internal/archtest -update.
var update = flag.Bool("update", false, "write the linter's import policy from the table")

// The lines between which the linter's settings hold the policy.
const (
	policyBegin = "      # Written by: go test ./internal/archtest -update\n"
	policyEnd   = "      # End of what internal/archtest writes.\n"
)

func TestLinterHoldsTheSameTable(t *testing.T) {
	t.Parallel()
	name := filepath.Join(root, ".golangci.yml")
	settings, err := os.ReadFile(name)
	if err != nil {
		t.Fatalf("read the linter's settings: %v", err)
	}
	before, rest, begun := strings.Cut(string(settings), policyBegin)
	got, after, ended := strings.Cut(rest, policyEnd)
	if !begun || !ended {
		t.Fatalf("%s lacks the lines %q and %q", name, policyBegin, policyEnd)
	}
	want := lintPolicy(table())
	if *update {
		text := before + policyBegin + want + policyEnd + after
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatalf("write the linter's settings: %v", err)
		}
		return
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("run go test ./internal/archtest -update; the policy of .golangci.yml is not the table's (-want +got):\n%s", diff)
	}
}

// lintPolicy is the table as rules of depguard. Tests are left to this package:
// the linter would need every row twice.
func lintPolicy(rows []row) string {
	var b strings.Builder
	var pure []string
	for _, r := range rows {
		fmt.Fprintf(&b, "        %s:\n          files: [%s, \"!$test\"]\n", r.pkg, r.files())
		fmt.Fprintf(&b, "          list-mode: strict\n          allow:\n            - $gostd\n")
		for _, o := range r.ours {
			fmt.Fprintf(&b, "            - %s/%s$\n", module, o)
		}
		for _, p := range r.parties {
			fmt.Fprintf(&b, "            - %s\n", p)
		}
		if r.pure {
			pure = append(pure, r.files())
		}
	}
	fmt.Fprintf(&b, "        pure:\n          files: [%s, \"!$test\"]\n          list-mode: lax\n          deny:\n", strings.Join(pure, ", "))
	for _, p := range inputOutput() {
		fmt.Fprintf(&b, "            - {pkg: %s, desc: a pure package does no I/O}\n", p)
	}
	return b.String()
}

// files is the pattern of the row's own files, as the linter writes it.
func (r row) files() string { return fmt.Sprintf("%q", "**/"+r.pkg+"/*.go") }
