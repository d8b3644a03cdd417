package archtest

import (
	"fmt"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"strconv"
	"strings"
)

// source is one Go file of the tree.
type source struct {
	path    string // from the root
	test    bool
	imports []imported
}

// imported is one import of a file.
type imported struct {
	path string
	line int
}

// pkg is the package's folder from the root; "." is the root itself.
func (s source) pkg() string { return path.Dir(s.path) }

// readTree parses the imports of every Go file of the tree, whatever its build
// constraints.
func readTree(tree fs.FS) ([]source, error) {
	var sources []source
	err := fs.WalkDir(tree, ".", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && foreign(tree, name):
			return fs.SkipDir
		case entry.IsDir() || path.Ext(name) != ".go" || ignored(path.Base(name)):
			return nil
		}
		s, err := readSource(tree, name)
		sources = append(sources, s)
		return err
	})
	return sources, err
}

// foreign reports whether a folder is no part of this module's packages.
func foreign(tree fs.FS, dir string) bool {
	if dir == "." {
		return false
	}
	base := path.Base(dir)
	if ignored(base) || base == "testdata" || base == "vendor" {
		return true
	}
	_, err := fs.Stat(tree, path.Join(dir, "go.mod"))
	return err == nil
}

// ignored reports whether the go command ignores a file or folder of that name.
func ignored(base string) bool {
	return strings.HasPrefix(base, ".") || strings.HasPrefix(base, "_")
}

func readSource(tree fs.FS, name string) (source, error) {
	text, err := fs.ReadFile(tree, name)
	if err != nil {
		return source{}, fmt.Errorf("read a source file: %w", err)
	}
	fset := token.NewFileSet()
	parsed, err := parser.ParseFile(fset, name, text, parser.ImportsOnly)
	if err != nil {
		return source{}, fmt.Errorf("parse the imports: %w", err)
	}
	s := source{path: name, test: strings.HasSuffix(name, "_test.go")}
	for _, spec := range parsed.Imports {
		p, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			return source{}, fmt.Errorf("%s: import %s: %w", name, spec.Path.Value, err)
		}
		s.imports = append(s.imports, imported{path: p, line: fset.Position(spec.Pos()).Line})
	}
	return s, nil
}
