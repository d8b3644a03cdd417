package crash

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"slices"
	"strings"
	"testing"
)

// covered holds the points against the sources: each place where a use case
// writes or calls through one of its ports has to have been on the way to a
// point, and each call of the API has to be one. A new write that no scenario
// comes to fails here.
func covered(t *testing.T, books []*book) {
	t.Helper()
	sites, calls := map[string]bool{}, map[string]bool{}
	for _, b := range books {
		if b == nil {
			return // not all scenarios were asked for
		}
		for s := range b.sites {
			sites[s] = true
		}
		for c := range b.calls {
			calls[c] = true
		}
	}
	for _, call := range []string{"create", "status", "send", "cancel", "check-balance"} {
		if !calls["call "+call] {
			t.Errorf("no scenario makes the call %s", call)
		}
	}
	places := 0
	for _, pkg := range []string{"stage", "sweep", "hold"} {
		for _, p := range writesIn(t, pkg) {
			places++
			if !p.reached(sites) {
				t.Errorf("no scenario comes to the write at internal/%s/%s:%d (%s in %s)", pkg, p.file, p.first, p.method, p.function)
			}
		}
	}
	if places < 20 {
		t.Errorf("got %d places that write in the sources, want 20 or more: were they read?", places)
	}
}

// place is a call of a port in the sources.
type place struct {
	pkg, file, function, method string
	first, last                 int // lines
}

func (p place) reached(sites map[string]bool) bool {
	for line := p.first; line <= p.last; line++ {
		if sites[fmt.Sprintf("%s/%s:%d", p.pkg, p.file, line)] {
			return true
		}
	}
	return false
}

// reads are the methods of ports that change nothing in Redis by themselves;
// calls of the API are points by another way.
func reads() []string {
	return []string{
		"At", "String", // of a sending window
		"Ended", "List", "Load", "LoadAll", "Get", "Find", "Blocked", "Marks", "Paused", "Idle", "Orphaned", "Stuck", "Lasting", "Retention", "Gone", "Acquire", "NotAfter", "Do", "Balance", "Release",
	}
}

// endings are the methods of ports that only let a record go: a crash before or
// after one costs nothing, and the next sweep does it again.
func endings() []string { return []string{"Expire"} }

// notTheWorkers are functions that only operators' own processes run.
func notTheWorkers() []string { return []string{"mirrorIfLeading"} }

// writesIn finds the calls of the ports of a package that write.
func writesIn(t *testing.T, pkg string) []place {
	t.Helper()
	set := token.NewFileSet()
	dir := path.Join("..", pkg)
	parsed, err := parser.ParseDir(set, dir, func(f fs.FileInfo) bool { return !strings.HasSuffix(f.Name(), "_test.go") }, 0) //nolint:staticcheck // build tags do not matter here
	if err != nil || parsed[pkg] == nil {
		t.Fatalf("read %s: %v", dir, err)
	}
	methods := portsOf(parsed[pkg])
	var places []place
	for name, file := range parsed[pkg].Files {
		for _, d := range file.Decls {
			f, ok := d.(*ast.FuncDecl)
			if !ok || slices.Contains(notTheWorkers(), f.Name.Name) {
				continue
			}
			ast.Inspect(f, func(n ast.Node) bool {
				call, ok := n.(*ast.CallExpr)
				if !ok {
					return true
				}
				s, ok := call.Fun.(*ast.SelectorExpr)
				if ok && (methods[s.Sel.Name] || s.Sel.Name == "commit") && !atomically(s.X) {
					places = append(places, place{
						pkg: pkg, file: path.Base(name), function: f.Name.Name, method: s.Sel.Name,
						first: set.Position(call.Pos()).Line, last: set.Position(call.End()).Line,
					})
				}
				return true
			})
		}
	}
	return places
}

// atomically reports whether a method is that of a flag in memory, whose names
// are like a store's.
func atomically(x ast.Expr) bool {
	s, ok := x.(*ast.SelectorExpr)
	return ok && s.Sel.Name == "running"
}

// portsOf are the names of the methods of a package's interfaces, but for reads.
func portsOf(p *ast.Package) map[string]bool { //nolint:staticcheck // see writesIn
	methods := map[string]bool{}
	for _, file := range p.Files {
		ast.Inspect(file, func(n ast.Node) bool {
			i, ok := n.(*ast.InterfaceType)
			if !ok {
				return true
			}
			for _, m := range i.Methods.List {
				for _, name := range m.Names {
					if !slices.Contains(reads(), name.Name) && !slices.Contains(endings(), name.Name) {
						methods[name.Name] = true
					}
				}
			}
			return true
		})
	}
	return methods
}
