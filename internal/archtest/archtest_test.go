package archtest

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
)

// root is the tree under test, seen from this package's folder, where go test
// runs its tests.
const root = "../.."

func TestImportsFollowTheTable(t *testing.T) {
	t.Parallel()
	sources := readRoot(t)
	for _, fault := range faults(table(), sources) {
		t.Error(fault)
	}
	for _, r := range table() {
		if !slices.ContainsFunc(sources, func(s source) bool { return s.pkg() == r.pkg }) {
			t.Logf("package %s is in the table and not in the tree", r.pkg)
		}
	}
	if t.Failed() {
		t.Logf("the table is internal/archtest/table_test.go; it says:\n%s", diagram(table()))
	}
}

// readRoot fails the test unless it has read the tree it was meant to read.
func readRoot(t *testing.T) []source {
	t.Helper()
	mod, err := os.ReadFile(filepath.Join(root, "go.mod"))
	if err != nil || !strings.HasPrefix(string(mod), "module "+module+"\n") {
		t.Fatalf("%s is not the root of %s: %v", root, module, err)
	}
	sources, err := readTree(os.DirFS(root))
	if err != nil {
		t.Fatalf("read the tree: %v", err)
	}
	for _, pkg := range []string{"campaign", "internal/key", "internal/archtest"} {
		if !slices.ContainsFunc(sources, func(s source) bool { return s.pkg() == pkg }) {
			t.Fatalf("the tree has no package %s: was it read?", pkg)
		}
	}
	return sources
}

func TestTablePointsDownOnly(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, r := range table() {
		for _, o := range r.ours {
			if !seen[o] {
				t.Errorf("%s may import %s, which does not stand above it in the table", r.pkg, o)
			}
		}
		if seen[r.pkg] {
			t.Errorf("%s is in the table twice", r.pkg)
		}
		seen[r.pkg] = true
	}
	for _, o := range inTests().ours {
		if !seen[o] {
			t.Errorf("test files may import %s, which is not in the table", o)
		}
	}
}

func TestFaults(t *testing.T) {
	t.Parallel()
	const ours = module + "/"
	cases := []struct {
		name string
		path string
		text string
		want []string
	}{
		{"down is allowed", "internal/key/a.go", imports("strings", ours+"campaign"), nil},
		{
			"up", "campaign/a.go", imports(ours + "internal/key"),
			[]string{"campaign/a.go:3: campaign may not import " + ours + "internal/key"},
		},
		{
			"sideways between adapters", "internal/ledger/a.go", imports(ours + "internal/queue"),
			[]string{"internal/ledger/a.go:3: internal/ledger may not import " + ours + "internal/queue"},
		},
		{
			"an adapter in a use case", "internal/stage/a.go", imports(ours + "internal/ledger"),
			[]string{"internal/stage/a.go:3: internal/stage may not import " + ours + "internal/ledger"},
		},
		{
			"a third party at the bottom", "campaign/a.go", imports("fmt", zerolog),
			[]string{"campaign/a.go:4: campaign may not import " + zerolog},
		},
		{
			"one half of the API in the other", "enqueue/a.go", imports(ours + "worker"),
			[]string{"enqueue/a.go:3: enqueue may not import " + ours + "worker"},
		},
		{
			"input and output in a pure package", "internal/stage/a.go", imports("net/http", "time"),
			[]string{"internal/stage/a.go:3: internal/stage may not import net/http"},
		},
		{"input and output in its tests", "internal/stage/a_test.go", imports("net/http"), nil},
		{"asynq in queue", "internal/queue/a.go", imports(asynq, goRedis), nil},
		{
			"asynq's page in queue", "internal/queue/a.go", imports(asynqmon),
			[]string{"internal/queue/a.go:3: internal/queue may not import " + asynqmon},
		},
		{
			"asynq elsewhere", "worker/a.go", imports(asynq),
			[]string{"worker/a.go:3: worker may not import " + asynq},
		},
		{
			"asynq elsewhere, in a test", "worker/a_test.go", imports(asynq),
			[]string{"worker/a_test.go:3: worker may not import " + asynq},
		},
		{
			"a test kit in a test", "internal/ledger/a_test.go",
			imports(goCmp+"/cmp", ours+"internal/ledger", ours+"internal/redistest"), nil,
		},
		{
			"a test kit in the program", "cmd/octoq/a.go", imports(ours + "internal/redistest"),
			[]string{"cmd/octoq/a.go:3: cmd/octoq may not import " + ours + "internal/redistest"},
		},
		{
			"what only this package's tests may import", "internal/stage/a_test.go",
			imports(ours + "internal/ledger"), nil,
		},
		{
			"what only another's tests may import", "internal/hold/a_test.go",
			imports(ours + "internal/ledger"),
			[]string{"internal/hold/a_test.go:3: internal/hold may not import " + ours + "internal/ledger"},
		},
		{
			"a name that only begins alike", "internal/limit/a.go", imports(goRedis + "extra"),
			[]string{"internal/limit/a.go:3: internal/limit may not import " + goRedis + "extra"},
		},
		{
			"a package without a row", "internal/util/a.go", imports("fmt"),
			[]string{"internal/util/a.go: package internal/util is not in the table"},
		},
		{
			"a package in the root", "a.go", imports("fmt"),
			[]string{"a.go: package . is not in the table"},
		},
		{"what go ignores", "_old/a.go", imports(zerolog), nil},
		{"test data", "campaign/testdata/a.go", imports(zerolog), nil},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			sources, err := readTree(fstest.MapFS{c.path: {Data: []byte(c.text)}})
			if err != nil {
				t.Fatalf("read the tree: %v", err)
			}
			if diff := cmp.Diff(c.want, faults(table(), sources)); diff != "" {
				t.Errorf("faults (-want +got):\n%s", diff)
			}
		})
	}
}

// imports is a file whose imports stand one a line, from line 3 on.
func imports(paths ...string) string {
	return "package a\nimport (\n\"" + strings.Join(paths, "\"\n\"") + "\"\n)\n"
}

func TestReadTreeLeavesOtherModulesAlone(t *testing.T) {
	t.Parallel()
	tree := fstest.MapFS{
		"campaign/a.go":   {Data: []byte("package campaign\n")},
		"other/go.mod":    {Data: []byte("module other\n")},
		"other/b/b.go":    {Data: []byte("package b\n")},
		"campaign/odd.go": {Data: []byte("//go:build never\n\npackage campaign\n")},
	}
	got := paths(t, tree)
	if diff := cmp.Diff([]string{"campaign/a.go", "campaign/odd.go"}, got); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
}

func paths(t *testing.T, tree fs.FS) []string {
	t.Helper()
	sources, err := readTree(tree)
	if err != nil {
		t.Fatalf("read the tree: %v", err)
	}
	var got []string
	for _, s := range sources {
		got = append(got, s.path)
	}
	return got
}

func TestReadTreeReportsWhatItCannotParse(t *testing.T) {
	t.Parallel()
	tree := fstest.MapFS{"campaign/a.go": {Data: []byte("package campaign\nimport (")}}
	if _, err := readTree(tree); err == nil {
		t.Error("got no error for a file that does not parse, want one")
	}
}
