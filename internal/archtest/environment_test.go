package archtest

import (
	"slices"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	_ "github.com/octoq/octoq/internal/testenv" // no setting of the developer's reaches these tests
)

// testenv takes the developer's settings of octoq out of a test's environment.
const testenv = "internal/testenv"

// A test that sees the developer's settings may send real campaigns.
func TestNoTestSeesTheDevelopersSettings(t *testing.T) {
	t.Parallel()
	for _, pkg := range exposed(readRoot(t)) {
		t.Errorf("the tests of %s can see the environment: let one of their files import _ %q", pkg, module+"/"+testenv)
	}
}

// exposed lists the packages whose tests can see the environment, by themselves
// or by what they import, and do not import testenv on any way.
func exposed(sources []source) []string {
	imports := map[string][]string{} // by package, test files aside
	tests := map[string][]string{}
	for _, s := range sources {
		for _, i := range s.imports {
			if s.test {
				tests[s.pkg()] = append(tests[s.pkg()], i.path)
			} else {
				imports[s.pkg()] = append(imports[s.pkg()], i.path)
			}
		}
	}
	var found []string
	for pkg, direct := range tests {
		all := reached(imports, append(slices.Clone(direct), module+"/"+pkg))
		sees := all["os"] || all["os/exec"] || all["syscall"]
		if sees && !all[module+"/"+testenv] {
			found = append(found, pkg)
		}
	}
	slices.Sort(found)
	return found
}

// reached is everything that some paths import, directly or not, with themselves.
func reached(imports map[string][]string, paths []string) map[string]bool {
	all := map[string]bool{}
	for len(paths) > 0 {
		next := paths[0]
		paths = paths[1:]
		if all[next] {
			continue
		}
		all[next] = true
		if len(next) > len(module) && next[:len(module)] == module {
			paths = append(paths, imports[next[len(module)+1:]]...)
		}
	}
	return all
}

func TestExposed(t *testing.T) {
	t.Parallel()
	const ours = module + "/"
	tree := map[string]string{
		"internal/testenv/a.go":      imports("os"),
		"internal/kit/a.go":          imports("os/exec", ours+testenv),
		"reads/a.go":                 imports("os"),
		"reads/a_test.go":            imports("testing"),
		"covered/a.go":               imports("os"),
		"covered/a_test.go":          imports("testing", ours+testenv),
		"starts/a_test.go":           imports("os/exec"),
		"farther/a_test.go":          imports(ours + "reads"),
		"bykit/a_test.go":            imports("os", ours+"internal/kit"),
		"pure/a.go":                  imports("strings"),
		"pure/a_test.go":             imports("testing"),
		"untested/a.go":              imports("os"),
		"internal/testenv/b_test.go": imports("os"),
	}
	files := fstest.MapFS{}
	for name, text := range tree {
		files[name] = &fstest.MapFile{Data: []byte(text)}
	}
	sources, err := readTree(files)
	if err != nil {
		t.Fatalf("read the tree: %v", err)
	}
	if diff := cmp.Diff([]string{"farther", "reads", "starts"}, exposed(sources)); diff != "" {
		t.Errorf("exposed (-want +got):\n%s", diff)
	}
}
