package archtest

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"
)

// mostNames bounds what campaign exports: functions, types, their methods, variables
// and constants. Raise it for a name only that a producer or an embedder needs.
const mostNames = 130

// public lists the packages that users of the module import.
func public() []string {
	return []string{"campaign", "enqueue", "enqueue/enqueuetest", "worker", "worker/workertest"}
}

// exported is a name that a package exports, with what its documentation shows of it.
type exported struct {
	name  string // Type.Method of a method
	file  string
	shown []ast.Node
	// internal has the last parts of the internal packages that the file imports, by
	// their names in it.
	internal map[string]string
}

// leaks are the internal packages that the documentation of the name shows.
func (e exported) leaks() []string {
	var found []string
	for _, node := range e.shown {
		ast.Inspect(node, func(n ast.Node) bool {
			if s, ok := n.(*ast.SelectorExpr); ok {
				if pkg, ok := s.X.(*ast.Ident); ok && e.internal[pkg.Name] != "" {
					found = append(found, e.internal[pkg.Name]+"."+s.Sel.Name)
				}
			}
			return true
		})
	}
	return found
}

// exportsOf are the names that a package exports.
func exportsOf(t *testing.T, tree fs.FS, pkg string) []exported {
	t.Helper()
	files, err := fs.Glob(tree, path.Join(pkg, "*.go"))
	if err != nil || len(files) == 0 {
		t.Fatalf("%s: got the files %v, %v, want some", pkg, files, err)
	}
	var all []exported
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		text, err := fs.ReadFile(tree, name)
		if err != nil {
			t.Fatal(err)
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, text, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		internal := internalImports(file)
		for _, decl := range file.Decls {
			for _, e := range exportedBy(decl) {
				e.file, e.internal = name, internal
				all = append(all, e)
			}
		}
	}
	return all
}

// internalImports are the internal packages that a file imports, by their names in it.
func internalImports(file *ast.File) map[string]string {
	names := map[string]string{}
	for _, spec := range file.Imports {
		imported, err := strconv.Unquote(spec.Path.Value)
		if err != nil || !strings.HasPrefix(imported, module+"/internal/") {
			continue
		}
		name := path.Base(imported)
		if spec.Name != nil {
			name = spec.Name.Name
		}
		names[name] = strings.TrimPrefix(imported, module+"/")
	}
	return names
}

func exportedBy(decl ast.Decl) []exported {
	switch d := decl.(type) {
	case *ast.FuncDecl:
		return function(d)
	case *ast.GenDecl:
		var all []exported
		for _, spec := range d.Specs {
			switch s := spec.(type) {
			case *ast.TypeSpec:
				if s.Name.IsExported() {
					all = append(all, exported{name: s.Name.Name, shown: shownOf(s)})
				}
			case *ast.ValueSpec:
				all = append(all, values(s)...)
			}
		}
		return all
	}
	return nil
}

// function is a function or method, nothing if it is not seen from outside.
func function(d *ast.FuncDecl) []exported {
	name := d.Name.Name
	if d.Recv != nil {
		receiver := d.Recv.List[0].Type
		if pointer, ok := receiver.(*ast.StarExpr); ok {
			receiver = pointer.X
		}
		of, ok := receiver.(*ast.Ident)
		if !ok || !of.IsExported() {
			return nil
		}
		name = of.Name + "." + name
	}
	if !d.Name.IsExported() {
		return nil
	}
	return []exported{{name: name, shown: []ast.Node{d.Type}}}
}

// values are variables and constants; their documentation shows what they are set to.
func values(s *ast.ValueSpec) []exported {
	var shown []ast.Node
	if s.Type != nil {
		shown = append(shown, s.Type)
	}
	for _, v := range s.Values {
		shown = append(shown, v)
	}
	var all []exported
	for _, n := range s.Names {
		if n.IsExported() {
			all = append(all, exported{name: n.Name, shown: shown})
		}
	}
	return all
}

// shownOf is what is seen of a type: of a struct, its exported and embedded fields.
func shownOf(s *ast.TypeSpec) []ast.Node {
	structure, ok := s.Type.(*ast.StructType)
	if !ok {
		return []ast.Node{s.Type}
	}
	var shown []ast.Node
	for _, field := range structure.Fields.List {
		if len(field.Names) == 0 || slices.ContainsFunc(field.Names, (*ast.Ident).IsExported) {
			shown = append(shown, field.Type)
		}
	}
	return shown
}

// What users read in the documentation of a public package they can import.
func TestPublicPackagesShowNoInternalOnes(t *testing.T) {
	t.Parallel()
	for _, pkg := range public() {
		for _, e := range exportsOf(t, os.DirFS(root), pkg) {
			for _, leak := range e.leaks() {
				t.Errorf("%s: %s shows %s, which users of the module cannot import", e.file, e.name, leak)
			}
		}
	}
}

// campaign stays what producers and embedders use. What the engine needs is in
// internal/record, and what reads campaigns in internal/input.
func TestCampaignExportsLittle(t *testing.T) {
	t.Parallel()
	var names []string
	for _, e := range exportsOf(t, os.DirFS(root), "campaign") {
		names = append(names, e.name)
	}
	if slices.Sort(names); len(names) > mostNames {
		t.Errorf("campaign exports %d names, at most %d are allowed:\n%s", len(names), mostNames, strings.Join(names, "\n"))
	}
	for _, known := range []string{"Campaign", "Campaign.Validate", "TypePremium", "ParseMoney", "ErrInvalid"} {
		if !slices.Contains(names, known) {
			t.Errorf("got %v, want %s among them: is it counted rightly?", names, known)
		}
	}
}

func TestExportsOf(t *testing.T) {
	t.Parallel()
	const text = `package p

import (
	"` + module + `/internal/queue"
	other "` + module + `/internal/key"
	"` + module + `/campaign"
)

const Max = queue.Max
var hidden = queue.New()
type Option func(*queue.Options) error
type Alias = other.Key
type Fine struct { C campaign.Campaign; q *queue.Client; key other.Key }
type Embeds struct { queue.Client }
type Field struct { Keys map[string][]other.Key }
type Port interface { Get(other.Key) error }
func (f *Fine) Own() error { return queue.Fail() }
func (f Fine) Client() *queue.Client { return f.q }
func (f Fine) inner() *queue.Client { return f.q }
func (h secret) Client() *queue.Client { return nil }
func New(k ...other.Key) (Fine, error) { return Fine{}, nil }
type secret struct { Q queue.Client }
`
	want := map[string]bool{
		"Max": true, "Option": true, "Alias": true, "Fine": false, "Embeds": true, "Field": true, "Port": true,
		"Fine.Own": false, "Fine.Client": true, "New": true,
	}
	for _, e := range exportsOf(t, fstest.MapFS{"p/p.go": {Data: []byte(text)}, "p/p_test.go": {Data: []byte("none")}}, "p") {
		leaks, known := want[e.name]
		if got := len(e.leaks()) > 0; !known || got != leaks {
			t.Errorf("%s: got the leaks %v, want some: %v, known: %v", e.name, e.leaks(), leaks, known)
		}
		delete(want, e.name)
	}
	if len(want) > 0 {
		t.Errorf("got none of %v", want)
	}
}
