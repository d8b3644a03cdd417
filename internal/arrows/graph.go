// Package arrows draws the files of one package and which of them refer to which,
// and finds the order of reading in which the fewest of these arrows run back up.
//
// It is for people who look at the structure, and for the test that holds it
// (internal/archtest); nothing of octoq runs on it.
package arrows

import (
	"fmt"
	"go/ast"
	"go/build"
	"go/parser"
	"go/token"
	"go/types"
	"maps"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// Arrow says that one file refers to something that another one declares.
type Arrow struct{ From, To string }

// Graph is the files of a package, without its tests, and the arrows between them.
type Graph struct {
	Files  []string
	Arrows []Arrow // each pair of files once
}

// unknown imports packages without their contents.
type unknown struct{}

func (unknown) Import(name string) (*types.Package, error) {
	p := types.NewPackage(name, path.Base(name))
	p.MarkComplete()
	return p, nil
}

// Of reads the package in a folder. It sees all that the package declares itself; of
// fields and methods those that are known without what other packages declare.
func Of(dir string) (Graph, error) {
	fset := token.NewFileSet()
	files, err := parse(fset, dir)
	if err != nil {
		return Graph{}, err
	}
	info := &types.Info{Uses: map[*ast.Ident]types.Object{}}
	// What other packages declare is left open: arrows are of what this one declares.
	config := types.Config{Importer: unknown{}, Error: func(error) {}}
	pkg, _ := config.Check(dir, fset, files, info)
	g := Graph{}
	for _, f := range files {
		g.Files = append(g.Files, fileOf(fset, f.Pos()))
	}
	slices.Sort(g.Files)
	found := map[Arrow]bool{}
	for ident, object := range info.Uses {
		if object.Pkg() != pkg || local(object) {
			continue
		}
		if a := (Arrow{fileOf(fset, ident.Pos()), fileOf(fset, object.Pos())}); a.From != a.To {
			found[a] = true
		}
	}
	g.Arrows = slices.SortedFunc(maps.Keys(found), func(a, b Arrow) int { return strings.Compare(a.From+" "+a.To, b.From+" "+b.To) })
	return g, nil
}

// parse reads the files of a folder that are no tests and that this machine builds.
func parse(fset *token.FileSet, dir string) ([]*ast.File, error) {
	pkg, err := build.ImportDir(dir, 0)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", dir, err)
	}
	var files []*ast.File
	for _, name := range pkg.GoFiles {
		file, err := parser.ParseFile(fset, filepath.Join(dir, name), nil, 0)
		if err != nil {
			return nil, fmt.Errorf("parse %s: %w", dir, err)
		}
		files = append(files, file)
	}
	return files, nil
}

func fileOf(fset *token.FileSet, pos token.Pos) string {
	return filepath.Base(fset.Position(pos).Filename)
}

// local reports whether something is declared inside a function: then no other file
// can refer to it.
func local(o types.Object) bool {
	if o.Parent() == nil || o.Parent() == o.Pkg().Scope() {
		return false // a field, a method, or of the package
	}
	return true
}
