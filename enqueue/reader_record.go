package enqueue

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"

	"github.com/octoq/octoq/campaign"
)

// maxCells bounds the cells of a record: campaigns have 20 fields and 16 labels.
const maxCells = 100

// maxRecordLines bounds the lines of one record of CSV. A text of 1224
// characters has fewer; an unclosed quotation mark would swallow the file.
const maxRecordLines = 2000

// csvRecord is one record of CSV.
type csvRecord struct {
	line, last int // its first and last line
	cells      []string
	raw        []byte          // valid until the next record is read; nil when too long
	fault      *campaign.Fault // why cells are not to be used; nil if they are
}

// recordReader splits an input into records as RFC 4180 describes them.
//
// encoding/csv is not used because it keeps an unclosed quoted cell in memory
// whatever its size, and goes on behind the line where it noticed an error:
// one quotation mark too many then swallows all records up to the next one. This
// reader goes on behind the line where the broken record began. So each line
// is part of exactly one record or refusal, one broken record costs no good
// one, and every line that was not taken can be found in the refusals.
type recordReader struct {
	lines *lineReader
	cells cellParser
}

// next is the next record that is not blank. The error is io.EOF at the end.
func (r *recordReader) next() (csvRecord, error) {
	first, err := r.lines.next()
	for err == nil && blank(first) {
		first, err = r.lines.next()
	}
	if err != nil {
		return csvRecord{line: first.number}, err
	}
	r.cells.reset()
	open, fault := r.add(first)
	if !open || fault != nil {
		return r.record(first, nil, fault), nil
	}
	return r.rest(first.keep())
}

// rest reads the further lines of a record whose first line ends inside
// quotation marks, and gives them back if they do not complete it.
func (r *recordReader) rest(first inputLine) (csvRecord, error) {
	var further []inputLine
	var fault *campaign.Fault
	size, open := len(first.text), true
	for open && fault == nil {
		line, err := r.lines.next()
		if errors.Is(err, io.EOF) {
			fault = r.cells.fault("its quotation mark is not closed", closeIt)
			break
		}
		if err != nil {
			return csvRecord{line: first.number}, err
		}
		further = append(further, line.keep())
		if size += len(line.text) + 1; size > MaxLine || line.tooLong || len(further) == maxRecordLines {
			fault = r.cells.fault(fmt.Sprintf("its quotation mark is not closed within %d lines and %d bytes", maxRecordLines, MaxLine), closeIt)
			break
		}
		open, fault = r.add(line)
	}
	if fault != nil {
		r.lines.giveBack(further)
		further = nil
	}
	return r.record(first, further, fault), nil
}

// closeIt is the remedy for an open quotation mark.
const closeIt = "close it, or write it twice if it is part of the text"

// add parses one more line of a record; open means that it ends inside
// quotation marks.
func (r *recordReader) add(l inputLine) (open bool, fault *campaign.Fault) {
	if l.tooLong {
		return false, tooLong()
	}
	if !utf8.Valid(l.text) {
		return false, r.foreign(l.text)
	}
	return r.cells.add(l.text)
}

// foreign is the fault of a line that is not UTF-8, with the column where it is
// not.
func (r *recordReader) foreign(line []byte) *campaign.Fault {
	at := 0
	for at < len(line) {
		char, size := utf8.DecodeRune(line[at:])
		if char == utf8.RuneError && size == 1 {
			break
		}
		at += size
	}
	_, _ = r.cells.add(line[:at]) // up to it, for the column
	column := max(1, len(r.cells.done))
	if r.cells.state == cellQuoted {
		column = len(r.cells.done) + 1
	}
	if at+1 < len(line) && line[at] == 0xED && line[at+1] >= 0xA0 {
		return &campaign.Fault{Column: column, Problem: "the line is not UTF-8, but holds half a character", Remedy: "write the character again"}
	}
	return &campaign.Fault{
		Column: column, Problem: "the line is not UTF-8",
		Remedy: "is the file Latin-1, Windows-1252 or UTF-16? Save it as UTF-8, which Excel calls CSV UTF-8",
	}
}

func (r *recordReader) record(first inputLine, further []inputLine, fault *campaign.Fault) csvRecord {
	record := csvRecord{line: first.number, last: first.number, raw: first.text, fault: fault}
	if fault == nil {
		record.cells = r.cells.done
	}
	if len(record.cells) > maxCells {
		record.fault = &campaign.Fault{Problem: fmt.Sprintf("the record has more than %d cells", maxCells)}
	}
	if len(further) > 0 {
		texts := [][]byte{first.text}
		for _, l := range further {
			texts = append(texts, l.text)
			record.last = l.number
		}
		record.raw = bytes.Join(texts, []byte("\n"))
	}
	return record
}

// cellParser splits the lines of one record into cells.
type cellParser struct {
	separator byte
	done      []string
	cell      []byte
	state     cellState
}

// cellState is where in a cell the parser stands.
type cellState int

const (
	cellStart  cellState = iota // before its first byte
	cellPlain                   // in a cell without quotation marks
	cellQuoted                  // between its quotation marks
	cellClosed                  // behind a quotation mark that closes, or is the first of two
)

func (p *cellParser) reset() { p.done, p.cell, p.state = nil, p.cell[:0], cellStart }

// fault is one of the parser's present column.
func (p *cellParser) fault(problem, remedy string) *campaign.Fault {
	return &campaign.Fault{Column: len(p.done) + 1, Problem: problem, Remedy: remedy}
}

// add parses one line. After a fault the parser is of no use until reset.
func (p *cellParser) add(line []byte) (open bool, fault *campaign.Fault) {
	for _, b := range line {
		switch {
		case b == p.separator && p.state != cellQuoted:
			p.finish()
		case b == '"':
			if fault := p.mark(); fault != nil {
				return false, fault
			}
		case p.state == cellClosed:
			return false, p.fault("text follows the closing quotation mark", "a quotation mark inside a cell is written twice")
		default:
			if p.state == cellStart {
				p.state = cellPlain
			}
			p.cell = append(p.cell, b)
		}
	}
	if p.state == cellQuoted {
		p.cell = append(p.cell, '\n')
		return true, fault
	}
	p.finish()
	return false, fault
}

// mark takes a quotation mark.
func (p *cellParser) mark() (fault *campaign.Fault) {
	switch p.state {
	case cellStart:
		p.state = cellQuoted
	case cellQuoted:
		p.state = cellClosed
	case cellClosed:
		p.cell, p.state = append(p.cell, '"'), cellQuoted
	default:
		return p.fault("a quotation mark inside a cell", "put the whole cell between quotation marks and write the inner ones twice")
	}
	return fault
}

// finish ends a cell. One more than maxCells are kept, as a sign that there are
// too many.
func (p *cellParser) finish() {
	if len(p.done) <= maxCells {
		p.done = append(p.done, string(p.cell))
	}
	p.cell, p.state = p.cell[:0], cellStart
}
