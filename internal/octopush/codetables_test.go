package octopush

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
)

// codeTable is what one public source says about codes.
type codeTable struct {
	source string
	other  bool // of a service that octoq never calls
	codes  []int
}

// The code that any client of Octopush knows has a class, and the same one that
// this package's own table of codes gives it.
func TestCodesOfPublicClientsHaveAClass(t *testing.T) {
	t.Parallel()
	known, tables := knownCodes(t), readCodeTables(t)
	if len(tables) < 7 {
		t.Errorf("got %d tables, want those of six clients and the one-time passwords", len(tables))
	}
	for _, table := range tables {
		for _, code := range table.codes {
			class, ok := classOfCode(code)
			switch {
			case table.other && ok:
				t.Errorf("%s: code %d is of a service that octoq does not call, and has the class %q", table.source, code, class)
			case !table.other && !ok:
				t.Errorf("%s: code %d has no class; decide on one in classOfCode", table.source, code)
			case class != known[code]:
				t.Errorf("%s: code %d: got %q, want %q as in the table of codes", table.source, code, class, known[code])
			}
		}
	}
}

func readCodeTables(t *testing.T) []codeTable {
	t.Helper()
	text, err := os.ReadFile("testdata/codes.txt")
	if err != nil {
		t.Fatalf("read the tables of codes: %v", err)
	}
	var tables []codeTable
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		table, err := parseCodeTable(line)
		if err != nil {
			t.Fatalf("%v in the line %q", err, line)
		}
		tables = append(tables, table)
	}
	return tables
}

func parseCodeTable(line string) (codeTable, error) {
	parts := strings.Split(line, " | ")
	if len(parts) != 3 || parts[0] != "table" && parts[0] != "other" {
		return codeTable{}, fmt.Errorf("got %d parts, want a kind, a source and codes", len(parts))
	}
	table := codeTable{source: parts[1], other: parts[0] == "other"}
	for field := range strings.FieldsSeq(parts[2]) {
		first, last, ranged := strings.Cut(field, "-")
		if !ranged {
			last = first
		}
		from, err := strconv.Atoi(first)
		if err != nil {
			return codeTable{}, fmt.Errorf("read a code: %w", err)
		}
		to, err := strconv.Atoi(last)
		if err != nil || to < from {
			return codeTable{}, fmt.Errorf("%q is no range of codes", field)
		}
		for code := from; code <= to; code++ {
			table.codes = append(table.codes, code)
		}
	}
	return table, nil
}
