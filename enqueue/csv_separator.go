package enqueue

import (
	"bytes"
	"fmt"
	"strings"
)

// separators part the cells of CSV; of two that may be meant the first is.
const separators = ",;\t|"

// separatorName is what people call a separator.
func separatorName(b byte) string {
	switch b {
	case '\t':
		return "a tab"
	case ';':
		return "a semicolon"
	case ',':
		return "a comma"
	default:
		return fmt.Sprintf("%q", string(rune(b)))
	}
}

// separatorLine reads a line such as sep=; in front of the header, which Excel
// reads as well.
func separatorLine(line []byte) (byte, bool) {
	text := bytes.Trim(bytes.TrimLeft(line, " "), `"`)
	const word = "sep="
	if len(text) <= len(word) || !strings.EqualFold(string(text[:len(word)]), word) {
		return 0, false
	}
	separator, more := text[len(word)], text[len(word)+1:]
	if strings.IndexByte(separators, separator) < 0 || len(bytes.Trim(more, string(separator))) > 0 {
		return 0, false
	}
	return separator, true
}

// separatorOf is the character that splits a header into the most known names; of
// those that find as many, the one that is more frequent in it.
func separatorOf(header []byte, names columnNames) byte {
	best, known, count := separators[0], -1, -1
	for i := range len(separators) {
		p := cellParser{separator: separators[i]}
		if _, fault := p.add(header); fault != nil || p.state == cellQuoted {
			p.finish()
		}
		n := 0
		for _, cell := range p.done {
			if _, use, ok := names.known(strings.TrimSpace(cell)); ok && use == columnField {
				n++
			}
		}
		if n > known || n == known && len(p.done) > count {
			best, known, count = separators[i], n, len(p.done)
		}
	}
	return best
}
