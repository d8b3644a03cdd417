package mutants

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// root is the tree, seen from this package's folder.
const root = "../.."

// mutant is one mistake.
type mutant struct {
	name, why string
	test      command
	changes   []change
}

// command is a test of the tree.
type command struct {
	pkg, run string
	env      []string
}

// name is the command as it is run, which no other command shares.
func (c command) name() string {
	return strings.Join(append(slices.Clone(c.env), "go test "+c.pkg+" -run '"+c.run+"'"), " ")
}

// change is one text of one file, and what is put in its place.
type change struct{ file, old, new string }

// mutants reads all there are.
func mutants(t *testing.T) []mutant {
	t.Helper()
	names, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(names) == 0 {
		t.Fatalf("look for mutants: %v, %v", names, err)
	}
	var all []mutant
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatalf("read a mutant: %v", err)
		}
		m, err := parse(string(text))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		m.name = strings.TrimSuffix(filepath.Base(name), ".txt")
		all = append(all, m)
	}
	return all
}

// parse reads a mutant; the package comment says how one is written.
func parse(text string) (mutant, error) {
	var m mutant
	head, rest, _ := strings.Cut(text, "\n=== ")
	for line := range strings.Lines(head) {
		name, value, ok := strings.Cut(strings.TrimSpace(line), ": ")
		switch {
		case strings.TrimSpace(line) == "":
		case ok && name == "why":
			m.why = value
		case ok && name == "package":
			m.test.pkg = value
		case ok && name == "run":
			m.test.run = value
		case ok && name == "env":
			m.test.env = append(m.test.env, value)
		default:
			return m, fmt.Errorf("%q is no line of a mutant's beginning", line)
		}
	}
	if m.why == "" || m.test.pkg == "" || m.test.run == "" {
		return m, fmt.Errorf("why, package or run is missing: got %+v", m)
	}
	for part := range strings.SplitSeq(rest, "\n=== ") {
		changes, err := parseChanges(part)
		if err != nil {
			return m, err
		}
		m.changes = append(m.changes, changes...)
	}
	return m, nil
}

// parseChanges reads what is to change in one file, whose path comes first.
func parseChanges(part string) ([]change, error) {
	file, rest, _ := strings.Cut(part, "\n")
	var list []change
	for pair := range strings.SplitSeq("\n"+rest, "\n--- old\n") {
		if strings.TrimSpace(pair) == "" {
			continue
		}
		was, is, ok := strings.Cut(pair+"\n", "\n--- new\n")
		c := change{file: file, old: strings.TrimRight(was, "\n"), new: strings.TrimRight(is, "\n")}
		if !ok || c.old == "" || c.old == c.new {
			return nil, fmt.Errorf("%s: %q is no pair of an old text and a new one", file, pair)
		}
		list = append(list, c)
	}
	if len(list) == 0 {
		return nil, fmt.Errorf("%q: nothing is changed", file)
	}
	return list, nil
}

// made is the text of each file that the mistake changes, by path from the root.
func (m mutant) made() (map[string]string, error) {
	files := map[string]string{}
	for _, c := range m.changes {
		text, known := files[c.file]
		if !known {
			b, err := os.ReadFile(filepath.Join(root, c.file))
			if err != nil {
				return nil, fmt.Errorf("mutant %s: %w", m.name, err)
			}
			text = string(b)
		}
		if n := strings.Count("\n"+text, "\n"+c.old+"\n"); n != 1 {
			return nil, fmt.Errorf("mutant %s cannot be made any more: %s has this text %d times, want once:\n%s\nbring testdata/%s.txt up to date",
				m.name, c.file, n, c.old, m.name)
		}
		files[c.file] = strings.Replace("\n"+text, "\n"+c.old+"\n", "\n"+c.new+"\n", 1)[1:]
	}
	return files, nil
}
