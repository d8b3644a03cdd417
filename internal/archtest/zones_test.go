package archtest

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"strconv"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
)

// Zones come from internal/zone, so that every program of one build reads the
// clock by the same law. The simulator plays a machine of Octopush.
func TestZonesComeFromTheBuild(t *testing.T) {
	t.Parallel()
	sources, err := readTree(os.DirFS(root))
	if err != nil {
		t.Fatal(err)
	}
	for _, fault := range machineZones(t, os.DirFS(root), sources) {
		t.Error(fault)
	}
}

func TestZonesOfTheMachineAreFound(t *testing.T) {
	t.Parallel()
	tree := fstest.MapFS{
		"a/a.go":      {Data: []byte("package a\nimport _ \"time/tzdata\"\n")},
		"b/b_test.go": {Data: []byte("package b\nimport clock \"time\"\nvar z, _ = clock.LoadLocation(\"UTC\")\n")},
		"c/c.go":      {Data: []byte("package c\nimport \"time\"\nvar load = time.LoadLocation\n")},
		"d/d.go":      {Data: []byte("package d\nimport \"time\"\nvar z, _ = time.LoadLocationFromTZData(\"UTC\", nil)\n")},
	}
	sources, err := readTree(tree)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"a/a.go:2: import internal/zone instead of time/tzdata, which is asked only where the machine has no zones",
		"b/b_test.go:3: call zone.Load of internal/zone: LoadLocation asks the machine for its zones",
		"c/c.go:3: call zone.Load of internal/zone: LoadLocation asks the machine for its zones",
	}
	if diff := cmp.Diff(want, machineZones(t, tree, sources)); diff != "" {
		t.Errorf("faults (-want +got):\n%s", diff)
	}
}

// machineZones lists where the zones of the machine are asked.
func machineZones(t *testing.T, tree fs.FS, sources []source) []string {
	t.Helper()
	var found []string
	for _, s := range sources {
		if s.pkg() == "internal/zone" || s.pkg() == "internal/simulator" {
			continue
		}
		for _, i := range s.imports {
			if i.path == "time/tzdata" {
				found = append(found, fmt.Sprintf("%s:%d: import internal/zone instead of time/tzdata, which is asked only where the machine has no zones", s.path, i.line))
			}
		}
		for _, line := range callsOfLoadLocation(t, tree, s.path) {
			found = append(found, fmt.Sprintf("%s:%d: call zone.Load of internal/zone: LoadLocation asks the machine for its zones", s.path, line))
		}
	}
	return found
}

// callsOfLoadLocation lists the lines of a file that name time.LoadLocation.
func callsOfLoadLocation(t *testing.T, tree fs.FS, name string) []int {
	t.Helper()
	text, err := fs.ReadFile(tree, name)
	if err != nil {
		t.Fatal(err)
	}
	positions := token.NewFileSet()
	file, err := parser.ParseFile(positions, name, text, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	clock := ""
	for _, spec := range file.Imports {
		if path, err := strconv.Unquote(spec.Path.Value); err == nil && path == "time" {
			if clock = "time"; spec.Name != nil {
				clock = spec.Name.Name
			}
		}
	}
	var lines []int
	ast.Inspect(file, func(n ast.Node) bool {
		if s, ok := n.(*ast.SelectorExpr); ok && s.Sel.Name == "LoadLocation" {
			if of, ok := s.X.(*ast.Ident); ok && of.Name == clock {
				lines = append(lines, positions.Position(s.Pos()).Line)
			}
		}
		return true
	})
	return lines
}
