package enqueue

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"
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
	raw        []byte // valid until the next record is read; nil when too long
	problem    string // why cells are not to be used
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
	open, problem := r.add(first)
	if !open || problem != "" {
		return r.record(first, nil, problem), nil
	}
	return r.rest(first.keep())
}

// rest reads the further lines of a record whose first line ends inside
// quotation marks, and gives them back if they do not complete it.
func (r *recordReader) rest(first inputLine) (csvRecord, error) {
	var further []inputLine
	size, open, problem := len(first.text), true, ""
	for open && problem == "" {
		line, err := r.lines.next()
		if errors.Is(err, io.EOF) {
			problem = r.cells.at() + "its quotation mark is not closed"
			break
		}
		if err != nil {
			return csvRecord{line: first.number}, err
		}
		further = append(further, line.keep())
		if size += len(line.text) + 1; size > MaxLine || line.tooLong || len(further) == maxRecordLines {
			problem = fmt.Sprintf("%sits quotation mark is not closed within %d lines and %d bytes",
				r.cells.at(), maxRecordLines, MaxLine)
			break
		}
		open, problem = r.add(line)
	}
	if problem != "" {
		r.lines.giveBack(further)
		further = nil
	}
	return r.record(first, further, problem), nil
}

// add parses one more line of a record; open means that it ends inside
// quotation marks.
func (r *recordReader) add(l inputLine) (open bool, problem string) {
	if l.tooLong {
		return false, fmt.Sprintf("the line is longer than %d bytes", MaxLine)
	}
	if !utf8.Valid(l.text) {
		return false, "the line is not UTF-8: is the file Latin-1, Windows-1252 or UTF-16? Save it as UTF-8"
	}
	return r.cells.add(l.text)
}

func (r *recordReader) record(first inputLine, further []inputLine, problem string) csvRecord {
	record := csvRecord{line: first.number, last: first.number, raw: first.text, problem: problem}
	if problem == "" {
		record.cells = r.cells.done
	}
	if len(record.cells) > maxCells {
		record.problem = fmt.Sprintf("the record has more than %d cells", maxCells)
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

// at names the column the parser stands in.
func (p *cellParser) at() string { return fmt.Sprintf("column %d: ", len(p.done)+1) }

// add parses one line. After a problem the parser is of no use until reset.
func (p *cellParser) add(line []byte) (open bool, problem string) {
	for _, b := range line {
		switch {
		case b == p.separator && p.state != cellQuoted:
			p.finish()
		case b == '"':
			if problem = p.mark(); problem != "" {
				return false, problem
			}
		case p.state == cellClosed:
			return false, p.at() + "text follows the closing quotation mark; a quotation mark inside a cell is written twice"
		default:
			if p.state == cellStart {
				p.state = cellPlain
			}
			p.cell = append(p.cell, b)
		}
	}
	if p.state == cellQuoted {
		p.cell = append(p.cell, '\n')
		return true, ""
	}
	p.finish()
	return false, ""
}

// mark takes a quotation mark.
func (p *cellParser) mark() (problem string) {
	switch p.state {
	case cellStart:
		p.state = cellQuoted
	case cellQuoted:
		p.state = cellClosed
	case cellClosed:
		p.cell, p.state = append(p.cell, '"'), cellQuoted
	default:
		return p.at() + "a quotation mark inside a cell: put the whole cell between quotation marks and write the inner ones twice"
	}
	return ""
}

// finish ends a cell. One more than maxCells are kept, as a sign that there are
// too many.
func (p *cellParser) finish() {
	if len(p.done) <= maxCells {
		p.done = append(p.done, string(p.cell))
	}
	p.cell, p.state = p.cell[:0], cellStart
}
