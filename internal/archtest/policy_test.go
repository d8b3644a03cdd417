package archtest

import (
	"fmt"
	"slices"
	"strings"
)

// faults holds files against rows; each fault is one line for people.
func faults(rows []row, sources []source) []string {
	var found []string
	unknown := map[string]bool{}
	for _, s := range sources {
		r, ok := rowOf(rows, s.pkg())
		if !ok {
			if !unknown[s.pkg()] {
				found = append(found, fmt.Sprintf("%s: package %s is not in the table", s.path, s.pkg()))
			}
			unknown[s.pkg()] = true
			continue
		}
		for _, i := range s.imports {
			if !r.allows(s, i.path) {
				found = append(found, fmt.Sprintf("%s:%d: %s may not import %s", s.path, i.line, s.pkg(), i.path))
			}
		}
	}
	return found
}

func rowOf(rows []row, pkg string) (row, bool) {
	at := slices.IndexFunc(rows, func(r row) bool { return r.pkg == pkg })
	if at < 0 {
		return row{}, false
	}
	return rows[at], true
}

// allows reports whether a file of the row's package may import a path. Test
// files may import more, and their own package by its path.
func (r row) allows(s source, imported string) bool {
	if s.test && (imported == module+"/"+r.pkg || inTests().lists(imported) || standard(imported) || (row{ours: r.tests}).lists(imported)) {
		return true
	}
	if standard(imported) {
		return !r.pure || !slices.ContainsFunc(inputOutput(), func(p string) bool { return below(imported, p) })
	}
	return r.lists(imported)
}

// lists reports whether the row names a package of this module, or a third
// party that the path belongs to.
func (r row) lists(imported string) bool {
	if ours, ok := strings.CutPrefix(imported, module+"/"); ok {
		return slices.Contains(r.ours, ours)
	}
	return slices.ContainsFunc(r.parties, func(p string) bool { return below(imported, p) })
}

// standard reports whether a path is the standard library's: no dot in its
// first element.
func standard(imported string) bool {
	first, _, _ := strings.Cut(imported, "/")
	return !strings.Contains(first, ".")
}

// below reports whether a path is prefix itself or a package under it.
func below(imported, prefix string) bool {
	return imported == prefix || strings.HasPrefix(imported, prefix+"/")
}

// diagram prints the table for people.
func diagram(rows []row) string {
	var b strings.Builder
	for _, r := range rows {
		fmt.Fprintf(&b, "%-22s → %s\n", r.pkg, r.may())
	}
	fmt.Fprintf(&b, "%-22s → %s\n", "test files: also", inTests().may())
	return b.String()
}

func (r row) may() string {
	may := append(slices.Clone(r.ours), r.parties...)
	if r.pure {
		may = append(may, "the standard library without I/O")
	} else {
		may = append(may, "the standard library")
	}
	return strings.Join(may, ", ")
}
