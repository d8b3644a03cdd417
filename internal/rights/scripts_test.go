package rights_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/octoq/octoq/internal/rights"
)

// called is a command that a script calls.
var called = regexp.MustCompile(`redis\.p?call\(["']([A-Za-z]+)["']`)

// Every command in a script of octoq is a right of some role: what no test happens to
// run would be refused to everybody.
func TestCommandsOfScriptsAreGranted(t *testing.T) {
	t.Parallel()
	var granted []string
	for _, role := range rights.Roles() {
		granted = append(granted, role.Commands()...)
	}
	n := 0
	tree := os.DirFS(filepath.Join("..", ".."))
	err := fs.WalkDir(tree, "internal", func(path string, d fs.DirEntry, err error) error {
		isScript := strings.HasSuffix(path, ".lua") || strings.HasSuffix(path, ".go") && !strings.HasSuffix(path, "_test.go")
		if err != nil || d.IsDir() || !isScript {
			return err
		}
		text, err := fs.ReadFile(tree, path)
		for _, m := range called.FindAllStringSubmatch(string(text), -1) {
			n++
			if command := strings.ToLower(m[1]); !slices.Contains(granted, command) {
				t.Errorf("%s calls %s, which no role may run", path, command)
			}
		}
		return err
	})
	if err != nil || n < 100 {
		t.Errorf("got %d calls and %v, want them all", n, err)
	}
}
