package mutants

import (
	"go/parser"
	"go/token"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Each mistake can still be made, and what it makes is Go where it was Go.
// Whether it compiles is seen when it is played.
func TestMutantsCanBeMade(t *testing.T) {
	t.Parallel()
	for _, m := range mutants(t) {
		files, err := m.made()
		if err != nil {
			t.Error(err)
		}
		for file, text := range files {
			if path.Ext(file) != ".go" {
				continue
			}
			if _, err := parser.ParseFile(token.NewFileSet(), file, text, parser.SkipObjectResolution); err != nil {
				t.Errorf("mutant %s: %v", m.name, err)
			}
		}
	}
}

func TestParse(t *testing.T) {
	t.Parallel()
	const head = "why: because\npackage: ./p\nrun: ^Test$\n"
	got, err := parse(head + "env: A=1\n\n=== p/a.go\n--- old\none\ntwo\n--- new\nthree\n--- old\nfour\n--- new\n\n=== p/b.lua\n--- old\nx\n--- new\ny\nz\n")
	want := []change{{"p/a.go", "one\ntwo", "three"}, {"p/a.go", "four", ""}, {"p/b.lua", "x", "y\nz"}}
	if diff := cmp.Diff(want, got.changes, cmp.AllowUnexported(change{})); err != nil || diff != "" {
		t.Errorf("changes, %v (-want +got):\n%s", err, diff)
	}
	if got, want := got.test.name(), "A=1 go test ./p -run '^Test$'"; got != want {
		t.Errorf("test: got %q, want %q", got, want)
	}
	for _, bad := range []string{
		"", head, head + "\n=== p/a.go\n", head + "\n=== p/a.go\n--- old\nx\n", head + "\n=== p/a.go\n--- old\nx\n--- new\nx\n",
		"why: w\n\n=== p/a.go\n--- old\nx\n--- new\ny\n", head + "what: ever\n\n=== p/a.go\n--- old\nx\n--- new\ny\n",
	} {
		if m, err := parse(bad); err == nil {
			t.Errorf("%q: got %+v, want an error", bad, m)
		}
	}
}

// A text that is gone, or stands there twice, is no mutant any more.
func TestMadeWantsTheTextOnce(t *testing.T) {
	t.Parallel()
	for text, fault := range map[string]string{
		"this stands nowhere": "0 times", "// Package mutants shows that the tests of octoq's guarantees can fail. Each": "",
		"//": "times", "package": "0 times", // only whole lines count
	} {
		m := mutant{name: "m", changes: []change{{"internal/mutants/doc.go", text, "x"}}}
		_, err := m.made()
		if (err == nil) != (fault == "") || err != nil && !strings.Contains(err.Error(), fault) {
			t.Errorf("%q: got %v, want %q", text, err, fault)
		}
	}
}

// The test that has to find a mistake is still there: one that was renamed would be
// missed only when all mistakes are played, which takes half an hour.
func TestMutantsNameTheirTests(t *testing.T) {
	t.Parallel()
	there := map[string]string{} // by package: the text of its tests
	for _, m := range mutants(t) {
		pkg := m.test.pkg
		if _, read := there[pkg]; !read {
			there[pkg] = testsOf(t, pkg)
		}
		for _, name := range regexp.MustCompile(`Test\w+`).FindAllString(m.test.run, -1) {
			if !strings.Contains(there[pkg], "func "+name+"(") {
				t.Errorf("mutant %s is to be found by %s, which %s does not have", m.name, name, pkg)
			}
		}
	}
}

// testsOf is the text of a package's tests.
func testsOf(t *testing.T, pkg string) string {
	t.Helper()
	names, err := filepath.Glob(filepath.Join("..", "..", pkg, "*_test.go"))
	if err != nil || len(names) == 0 {
		t.Fatalf("look for the tests of %s: %v, %v", pkg, names, err)
	}
	var all strings.Builder
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		all.Write(text)
	}
	return all.String()
}
