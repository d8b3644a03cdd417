package enqueue

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"iter"

	"github.com/octoq/octoq/campaign"
)

// JSONLines reads campaigns from JSON Lines: one object a line, as
// campaign.DecodeCampaign takes it. Blank lines are skipped, a byte order mark
// and CRLF are fine. A line that is refused, by the rules too, does not touch the
// others. The items can be ranged over once; memory is bounded whatever the
// input.
func JSONLines(r io.Reader, rules ...Rule) iter.Seq[Item] {
	return func(yield func(Item) bool) {
		lines := newLineReader(r)
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
			if !yield(jsonItem(line, rules)) {
				return
			}
		}
	}
}

func blank(l inputLine) bool { return !l.tooLong && len(bytes.TrimSpace(l.text)) == 0 }

func jsonItem(l inputLine, rules []Rule) Item {
	if l.tooLong {
		return refused(l.number, nil, fmt.Sprintf("the line is longer than %d bytes", MaxLine))
	}
	c, err := campaign.DecodeCampaign(l.text)
	return decoded(l.number, c, err, l.text, rules)
}

// decoded is the item of a campaign that was read, or refused with a
// ValidationError, if the rules do not refuse it.
func decoded(line int, c campaign.Campaign, err error, raw []byte, rules []Rule) Item {
	for _, rule := range rules {
		if err == nil {
			c, err = rule(c)
		}
	}
	if err == nil {
		return Item{Line: line, Campaign: c}
	}
	invalid, ok := errors.AsType[*campaign.ValidationError](err)
	if !ok {
		return refused(line, bytes.Clone(raw), err.Error())
	}
	return Item{Line: line, Raw: bytes.Clone(raw), Err: &LineError{Line: line, ID: invalid.ID, Faults: invalid.Faults}}
}
