package main

import (
	"fmt"
	"os"
	"strings"
)

// replace puts a table between the markers of its row in a file of Markdown.
func replace(name, key, table string) error {
	text, err := os.ReadFile(name) //nolint:gosec // the file comes from the command line
	if err != nil {
		return fmt.Errorf("write the table of row %s: %w", key, err)
	}
	begin, end := "<!-- bench:"+key+" -->", "<!-- /bench:"+key+" -->"
	before, rest, found := strings.Cut(string(text), begin)
	_, after, closed := strings.Cut(rest, end)
	if !found || !closed {
		return fmt.Errorf("%s has no markers %s and %s", name, begin, end)
	}
	text = []byte(before + begin + "\n" + strings.TrimSpace(table) + "\n" + end + after)
	const readable = 0o644
	return os.WriteFile(name, text, readable) //nolint:gosec // the same
}
