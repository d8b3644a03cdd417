package enqueue

import (
	"bytes"
	"errors"
	"io"
	"iter"

	"github.com/octoq/octoq/campaign"
)

// JSONLines reads campaigns from JSON Lines: one object a line, as
// campaign.DecodeCampaign takes it. Blank lines are skipped; a byte order mark,
// CRLF, CR alone, and UTF-16 with a byte order mark are fine. A line that is
// refused, by the rules too, does not touch the others. The items can be ranged
// over once; memory is bounded whatever the input.
func JSONLines(r io.Reader, rules ...Rule) iter.Seq[Item] {
	return ReadOptions{Format: FormatJSONLines, Rules: rules}.jsonLines(r)
}

func (o ReadOptions) jsonLines(r io.Reader) iter.Seq[Item] {
	decoder := campaign.Decoder{Times: o.times(), Fields: o.members()}
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

func blank(l inputLine) bool { return !l.tooLong && len(bytes.TrimSpace(l.text)) == 0 }

func (o ReadOptions) jsonItem(decoder campaign.Decoder, l inputLine) Item {
	if l.tooLong {
		return refused(l.number, nil, *tooLong())
	}
	c, err := o.complete(decoder.Decode(l.text))
	if err != nil {
		return refusedBy(l.number, bytes.Clone(l.text), err)
	}
	return Item{Line: l.number, Campaign: c}
}
