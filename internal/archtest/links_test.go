package archtest

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
)

// pageOnly are the third parties that asynq's web page alone is made of.
func pageOnly() []string { return []string{asynqmon, gorilla} }

// A producer's program links what enqueue imports: asynq's web page, with all
// its pictures and scripts, is none of that.
func TestProducersLinkNoWebPage(t *testing.T) {
	t.Parallel()
	sources := readRoot(t)
	for _, fault := range linked(sources, "enqueue", pageOnly()) {
		t.Error(fault)
	}
	// The page is linked where it is served, so the walk finds what is there.
	if len(linked(sources, "internal/web", []string{asynqmon})) == 0 {
		t.Errorf("internal/web links no %s: does this test look in the right place?", asynqmon)
	}
}

func TestLinked(t *testing.T) {
	t.Parallel()
	sources, err := readTree(fstest.MapFS{
		"enqueue/a.go":          {Data: []byte(imports("fmt", module+"/internal/a", goRedis))},
		"enqueue/a_test.go":     {Data: []byte(imports(module + "/internal/tested"))},
		"internal/a/a.go":       {Data: []byte(imports(module + "/internal/b"))},
		"internal/b/b.go":       {Data: []byte(imports(module+"/internal/a", asynq, gorilla))},
		"internal/b/later.go":   {Data: []byte("//go:build never\n\n" + imports(asynqmon+"/ui"))},
		"internal/tested/a.go":  {Data: []byte(imports(asynqmon))},
		"internal/another/a.go": {Data: []byte(imports(asynqmon))},
	})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"enqueue links " + gorilla + ": enqueue → internal/a → internal/b → " + gorilla,
		"enqueue links " + asynqmon + "/ui: enqueue → internal/a → internal/b → " + asynqmon + "/ui",
	}
	if diff := cmp.Diff(want, linked(sources, "enqueue", pageOnly())); diff != "" {
		t.Errorf("faults (-want +got):\n%s", diff)
	}
}

// linked lists which of some third parties a program that imports pkg links
// through packages of this module, each with the way to it.
func linked(sources []source, pkg string, parties []string) []string {
	var found []string
	seen := map[string]bool{pkg: true}
	for ways := [][]string{{pkg}}; len(ways) > 0; ways = ways[1:] {
		way := ways[0]
		for _, imported := range importsOf(sources, way[len(way)-1]) {
			next := append(slices.Clone(way), strings.TrimPrefix(imported, module+"/"))
			switch last := next[len(next)-1]; {
			case slices.ContainsFunc(parties, func(p string) bool { return below(imported, p) }):
				found = append(found, fmt.Sprintf("%s links %s: %s", pkg, imported, strings.Join(next, " → ")))
			case below(imported, module) && !seen[last]:
				seen[last] = true
				ways = append(ways, next)
			}
		}
	}
	return found
}

// importsOf lists what the files of a package import, its tests apart.
func importsOf(sources []source, pkg string) []string {
	var paths []string
	for _, s := range sources {
		if s.pkg() != pkg || s.test {
			continue
		}
		for _, i := range s.imports {
			paths = append(paths, i.path)
		}
	}
	return paths
}
