package enqueue

import (
	"bytes"
	"encoding/json"
	"strings"

	"github.com/octoq/octoq/internal/input"
)

// Reject is the refused line as a file of rejects holds it: as it was read, but
// with the reason in a field (of JSON Lines) or first column (of CSV) of its own, named
// _rejected, which the readers skip. So the file can be corrected in
// place and read again; an earlier reason is replaced. A line that was too
// long to keep, or no JSON object, leaves only that. There is no line break at
// the end.
func (i Item) Reject() []byte {
	if i.Err == nil {
		return nil
	}
	why := strings.Join(strings.Fields(i.Err.Error()), " ")
	if i.Header != nil {
		return i.rejectCSV(why)
	}
	quoted := rejectedText(why)
	rest := bytes.TrimLeft(i.Raw, " \t\r")
	if !bytes.HasPrefix(rest, []byte("{")) {
		if len(rest) > 0 {
			const most = 200
			quoted = rejectedText(why + "; it was: " + strings.ToValidUTF8(string(rest[:min(len(rest), most)]), "?"))
		}
		return append(append([]byte(`{"`+input.RejectedField+`":`), quoted...), '}')
	}
	rest = withoutRejected(rest[1:])
	line := append([]byte(`{"`+input.RejectedField+`":`), quoted...)
	if !bytes.HasPrefix(bytes.TrimLeft(rest, " \t\r"), []byte("}")) {
		line = append(line, ',')
	}
	return append(line, rest...)
}

// RejectHeader is the header row of a file of rejects; nil for JSON Lines. A line
// such as sep=; precedes a header that does not show its separator.
func (i Item) RejectHeader() []byte {
	if i.Header == nil {
		return nil
	}
	first := append([]byte(input.RejectedField), i.Separator)
	header := append(bytes.Clone(first), bytes.TrimPrefix(i.Header, first)...)
	if line, _, _ := bytes.Cut(header, []byte("\n")); separatorOf(line, ReadOptions{}.columnNames()) != i.Separator {
		return append([]byte{'s', 'e', 'p', '=', i.Separator, '\n'}, header...)
	}
	return header
}

// rejectCSV puts the reason first, where a quotation mark that is not closed
// does not reach it.
func (i Item) rejectCSV(why string) []byte {
	cell := []byte(`"` + strings.ReplaceAll(why, `"`, `""`) + `"`)
	raw := i.Raw
	if raw == nil {
		return cell
	}
	if bytes.HasPrefix(i.Header, append([]byte(input.RejectedField), i.Separator)) {
		raw = withoutFirstCell(raw, i.Separator)
	}
	return append(append(cell, i.Separator), raw...)
}

// withoutFirstCell cuts the first cell off a record, whatever follows it.
func withoutFirstCell(raw []byte, separator byte) []byte {
	quoted := false
	for i, b := range raw {
		switch {
		case b == '"':
			quoted = !quoted
		case b == separator && !quoted:
			return raw[i+1:]
		}
	}
	return raw
}

func rejectedText(s string) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	_ = e.Encode(s) // never fails: it is a string
	return bytes.TrimRight(b.Bytes(), "\n")
}

// withoutRejected cuts an earlier reason off what follows the first brace of an
// object, if it stands where Reject puts it.
func withoutRejected(rest []byte) []byte {
	after, ok := bytes.CutPrefix(rest, []byte(`"`+input.RejectedField+`":"`))
	if !ok {
		return rest
	}
	for i := 0; i < len(after); i++ {
		switch after[i] {
		case '\\':
			i++
		case '"':
			return bytes.TrimPrefix(after[i+1:], []byte(","))
		}
	}
	return rest
}
