package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	_ "github.com/octoq/octoq/internal/testenv" // no test sees the developer's settings
)

// A module's licences are found in its folder, in folders down to the package, and among
// what the package embeds; octoq's own are left out.
func TestLicencesAreFound(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	for _, name := range []string{"UNLICENSE", "licence.go", "a/NOTICE", "b/LICENSE", "a/ui/app.js.LICENSE.txt"} {
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte("terms of "+name), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	found := map[string]map[string]bool{}
	lines := []string{"example.com/m v1|" + root + "|" + filepath.Join(root, "a") + "|ui/app.js:ui/app.js.LICENSE.txt", own + "/x v0|" + root + "|" + root + "|"}
	if err := gather(found, lines); err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := write(&b, found); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"example.com/m v1", "terms of UNLICENSE", "terms of a/NOTICE", "terms of a/ui/app.js.LICENSE.txt"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("got %s, want %s", b.String(), want)
		}
	}
	if strings.Contains(b.String(), "b/LICENSE") || strings.Contains(b.String(), own+"/x") {
		t.Errorf("got %s, want nothing of a folder that is not linked, nor of octoq", b.String())
	}
}

func TestAModuleWithoutALicenceIsRefused(t *testing.T) {
	t.Parallel()
	err := write(&bytes.Buffer{}, map[string]map[string]bool{"example.com/m v1": {}})
	if err == nil || !strings.Contains(err.Error(), "example.com/m v1") {
		t.Errorf("got %v, want an error that names the module", err)
	}
}
