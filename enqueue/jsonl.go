package enqueue

import (
	"bytes"
	"errors"
	"io"
	"iter"
	"strings"
	"unicode/utf8"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/input"
)

// JSONLines reads campaigns from JSON Lines: one object a line, with the JSON names
// of campaign.Campaign's fields. It is strict, because the API is not: unknown,
// repeated and null fields, values of another type and times without an offset from
// UTC are refused. Blank lines are skipped; a byte order mark, CRLF, CR alone, and
// UTF-16 with a byte order mark are fine. A line that is refused, by the rules too,
// does not touch the others. The items can be ranged over once; memory is bounded
// whatever the input.
func JSONLines(r io.Reader, rules ...Rule) iter.Seq[Item] {
	return ReadOptions{Format: FormatJSONLines, Rules: rules}.jsonLines(r)
}

func (o ReadOptions) jsonLines(r io.Reader) iter.Seq[Item] {
	decoder := input.Decoder{Times: o.times(), Fields: o.members(), Nulls: o.Nulls}
	return func(yield func(Item) bool) {
		lines := newLineReader(newTextReader(r, false))
		for {
			line, err := lines.next()
			if errors.Is(err, io.EOF) {
				return
			}
			if err != nil {
				yield(readFailed(line.number, err))
				return
			}
			if blank(line) {
				continue
			}
			if !yield(o.jsonItem(decoder, line)) {
				return
			}
		}
	}
}

// members has the fields of members by their names; "" ignores one.
func (o ReadOptions) members() map[string]string {
	if len(o.Columns)+len(o.IgnoreColumns) == 0 {
		return nil
	}
	fields := map[string]string{}
	for name, field := range o.Columns {
		fields[name] = field
	}
	for _, name := range o.IgnoreColumns {
		fields[name] = ""
	}
	return fields
}

func (o ReadOptions) jsonItem(decoder input.Decoder, l inputLine) Item {
	if l.tooLong {
		return refused(l.number, nil, *tooLong())
	}
	c, err := o.complete(decoder.Decode(l.text))
	if err != nil {
		item := refusedBy(l.number, bytes.Clone(l.text), err)
		if faulty, ok := errors.AsType[*LineError](item.Err); ok {
			addLineRemedy(faulty.Faults, l.text)
		}
		return item
	}
	return Item{Line: l.number, Campaign: c}
}

// addLineRemedy says what to do about a line that is no object: JSON may have been
// written for people, as one array, or not at all.
func addLineRemedy(faults []campaign.Fault, line []byte) {
	text := bytes.TrimSpace(line)
	if len(faults) != 1 || faults[0].Field != "" || faults[0].Remedy != "" || len(text) == 0 || !utf8.Valid(text) || bytes.IndexByte(text, 0) >= 0 {
		return
	}
	const oneALine = "each campaign has to stand on one line, as jq -c "
	switch first, last := text[0], text[len(text)-1]; {
	case first == '[':
		faults[0].Remedy = oneALine + "'.[]' writes those of an array"
	case first == '{' && bytes.HasSuffix(text, []byte("},")):
		faults[0].Remedy = "no comma stands behind an object"
	case first == '{' && last != '}':
		faults[0].Remedy = oneALine + ". writes it"
	case strings.IndexByte(`{}]"`, first) < 0:
		faults[0].Remedy = "if the file is CSV, say so (--format csv)"
	}
}
