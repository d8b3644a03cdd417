package main

import (
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/term"
)

// table lays out rows for people, two spaces between columns. What it prints is
// plain. On a terminal it keeps to the width as well as it can.
type table struct {
	out   io.Writer
	width int      // of the terminal, 0 where out is none
	head  []string // nil: no line of headers
	spare []string // columns that are left out where the width does not suffice, in this order
	wraps bool     // the last column goes on below itself; else it is cut
	rows  [][]string
}

func newTable(out io.Writer, head ...string) *table {
	return &table{out: out, width: terminalWidth(out), head: head}
}

// terminalWidth is 0 where out is no terminal.
func terminalWidth(out io.Writer) int {
	f, ok := out.(*os.File)
	if !ok || !isTerminal(f) {
		return 0
	}
	width, _, err := term.GetSize(int(f.Fd()))
	if err != nil {
		return 0
	}
	return width
}

func (t *table) row(cells ...string) {
	for i, cell := range cells {
		cells[i] = plain(cell)
	}
	t.rows = append(t.rows, cells)
}

const (
	tableGap   = 2
	lastColumn = 20  // what the last column is never made narrower than
	longestOff = 200 // of a last column that is no terminal's
)

// flush prints the table.
func (t *table) flush() error {
	all := t.rows
	if t.head != nil {
		all = append([][]string{t.head}, t.rows...)
	}
	if len(all) == 0 {
		return nil
	}
	shown, left := t.columns(all)
	widths := widthsOf(all, shown)
	var b strings.Builder
	for _, cells := range all {
		t.line(&b, cells, shown, widths)
	}
	if len(left) > 0 {
		note := fmt.Sprintf("(too narrow for %s: a wider terminal or a pipe shows more)", strings.Join(left, ", "))
		b.WriteString(strings.Join(wrapped(note, t.width), "\n") + "\n")
	}
	_, err := io.WriteString(t.out, b.String())
	return err
}

// columns are those that are shown, and the names of the others.
func (t *table) columns(all [][]string) (shown []int, left []string) {
	for i := range all[0] {
		shown = append(shown, i)
	}
	for _, name := range t.spare {
		widths := widthsOf(all, shown)
		last := len(widths) - 1
		if t.width == 0 || start(widths)+min(widths[last], lastColumn) <= t.width {
			break
		}
		if at := slices.Index(t.head, name); at >= 0 {
			shown = slices.DeleteFunc(shown, func(i int) bool { return i == at })
			left = append(left, name)
		}
	}
	return shown, left
}

func widthsOf(all [][]string, shown []int) []int {
	widths := make([]int, len(shown))
	for _, cells := range all {
		for at, i := range shown {
			widths[at] = max(widths[at], utf8.RuneCountInString(cells[i]))
		}
	}
	return widths
}

// start is where the last column begins.
func start(widths []int) int {
	sum := 0
	for _, w := range widths[:len(widths)-1] {
		sum += w + tableGap
	}
	return sum
}

func (t *table) line(b *strings.Builder, cells []string, shown, widths []int) {
	var line strings.Builder
	last := len(shown) - 1
	for at, i := range shown[:last] {
		line.WriteString(cells[i] + strings.Repeat(" ", widths[at]-utf8.RuneCountInString(cells[i])+tableGap))
	}
	begin := start(widths)
	for n, part := range t.lastCell(cells[shown[last]], begin) {
		if n > 0 {
			line.WriteString("\n" + strings.Repeat(" ", begin))
		}
		line.WriteString(part)
	}
	b.WriteString(strings.TrimRight(line.String(), " ") + "\n")
}

// lastCell is the text of the last column, a string for each line.
func (t *table) lastCell(text string, begin int) []string {
	room := max(t.width-begin, lastColumn)
	switch {
	case t.wraps && t.width > 0:
		return wrapped(text, room)
	case t.wraps:
		return []string{text}
	case t.width > 0:
		return []string{cut(text, room)}
	default:
		return []string{cut(text, longestOff)}
	}
}

// cut shortens text to a number of characters.
func cut(text string, limit int) string {
	if utf8.RuneCountInString(text) <= limit {
		return text
	}
	return string([]rune(text)[:limit-1]) + "…"
}

// wrapped breaks text at spaces, and a word that is too long for a line anywhere.
func wrapped(text string, limit int) []string {
	var lines []string
	rest := []rune(text)
	for len(rest) > limit {
		end := limit
		for end > 0 && rest[end] != ' ' {
			end--
		}
		if end == 0 {
			lines, rest = append(lines, string(rest[:limit])), rest[limit:]
			continue
		}
		lines, rest = append(lines, strings.TrimRight(string(rest[:end]), " ")), rest[end+1:]
	}
	return append(lines, string(rest))
}
