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
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"maps"
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

// Of reads the package in a folder, which has to compile.
func Of(dir string) (Graph, error) {
	fset := token.NewFileSet()
	files, err := parse(fset, dir)
	if err != nil {
		return Graph{}, err
	}
	info := &types.Info{Uses: map[*ast.Ident]types.Object{}}
	config := types.Config{Importer: importer.ForCompiler(fset, "source", nil)}
	pkg, err := config.Check(dir, fset, files, info)
	if err != nil {
		return Graph{}, fmt.Errorf("check %s: %w", dir, err)
	}
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
