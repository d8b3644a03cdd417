package archtest

import (
	"io/fs"
	"os"
	"regexp"
	"strings"
	"testing"
)

// raising finds a script that publishes in a way that can fail.
func raising() *regexp.Regexp { return regexp.MustCompile(`redis\.call\(\s*["'](?i:S?PUBLISH)`) }

// A script that publishes has written before, and a user without the channel's
// right must not be answered that it failed: scripts publish by pcall.
func TestScriptsPublishByPcall(t *testing.T) {
	t.Parallel()
	published := 0
	err := fs.WalkDir(os.DirFS("../.."), ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (strings.HasPrefix(d.Name(), ".") && path != "." || d.Name() == "bin") {
			return fs.SkipDir
		}
		source := strings.HasSuffix(path, ".lua") || strings.HasSuffix(path, ".go") && !strings.HasSuffix(path, "_test.go")
		if d.IsDir() || !source {
			return nil
		}
		text, err := os.ReadFile("../../" + path)
		if err != nil {
			return err
		}
		if raising().Match(text) {
			t.Errorf("%s publishes by redis.call: use redis.pcall, and let nothing depend on it", path)
		}
		published += strings.Count(string(text), "redis.pcall('PUBLISH'")
		return nil
	})
	if err != nil {
		t.Fatalf("read the tree: %v", err)
	}
	if published == 0 {
		t.Error("found no script that publishes: does this look in the right place?")
	}
}
