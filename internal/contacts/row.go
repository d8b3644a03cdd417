package contacts

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"strings"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/phone"
)

// Row is a line of a file, or an item of a request: a contact, or what is wrong with it.
type Row struct {
	Line    int
	Contact campaign.Contact
	Fault   string
}

// NewRow checks a contact, and has its number in international form.
func NewRow(line int, c campaign.Contact) Row {
	number, ok := phone.International(c.PhoneNumber)
	if !ok {
		return Row{Line: line, Fault: "phone_number is not in international form, such as +33612345678"}
	}
	if err := checkFields(c); err != nil {
		return Row{Line: line, Fault: err.Error()}
	}
	c.PhoneNumber = number
	return Row{Line: line, Contact: c}
}

// longestRecord bounds a record in bytes: a quotation mark that is never closed would make
// one of the whole file.
const longestRecord = 64 << 10

// ErrHeader says that a file does not begin with the names of its columns.
var ErrHeader = errors.New("the header row is wrong")

// TooLongError says that a record of a file is too long. Where it ends is not known, so it
// ends the file.
type TooLongError struct{ Behind int } // the line before it

func (e *TooLongError) Error() string {
	return fmt.Sprintf("the record behind line %d has more than %d bytes: is a quotation mark left open?", e.Behind, longestRecord)
}

var errTooLong = errors.New("the record is too long")

// CSV reads contacts: a header row that names the fields, then one record a contact. Commas,
// semicolons or tabs separate the cells, as the header has them; a byte order mark is fine.
// The columns are the JSON names of campaign.Contact's fields, in any order and case, with
// spaces or hyphens for underscores. An error, such as one of the header, ends it.
func CSV(r io.Reader) iter.Seq2[Row, error] {
	return func(yield func(Row, error) bool) {
		in := &bounded{r: r}
		records, err := recordsOf(in)
		if err != nil {
			yield(Row{}, err)
			return
		}
		header, err := records.Read()
		columns, faults := columnsOf(header)
		if err = errors.Join(headerError(err), faults); err != nil {
			yield(Row{}, err)
			return
		}
		for last := 1; ; {
			in.left = longestRecord
			record, err := records.Read()
			if errors.Is(err, io.EOF) {
				return
			}
			if in.exceeded {
				err = &TooLongError{last} // the quotation mark that was left open may hide it
			}
			row, err := rowOf(records, columns, record, err)
			if !yield(row, err) || err != nil {
				return
			}
			last = row.Line + strings.Count(strings.Join(record, ""), "\n")
		}
	}
}

func headerError(err error) error {
	if errors.Is(err, io.EOF) {
		return fmt.Errorf("%w: the file is empty", ErrHeader)
	}
	return err
}

// recordsOf reads records as the first line separates its cells.
func recordsOf(in *bounded) (*csv.Reader, error) {
	in.left = longestRecord
	text := bufio.NewReader(in)
	const peeked = 4096
	first, err := text.Peek(peeked)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	if mark := []byte("\ufeff"); bytes.HasPrefix(first, mark) {
		_, _ = text.Discard(len(mark)) // it is there
	}
	first, _, _ = bytes.Cut(first, []byte("\n"))
	if bytes.IndexByte(first, 0) >= 0 {
		return nil, fmt.Errorf("%w: it is no text in UTF-8. Save the file as CSV UTF-8", ErrHeader)
	}
	records := csv.NewReader(text)
	for _, separator := range ";\t" {
		if bytes.ContainsRune(first, separator) && !bytes.ContainsRune(first, ',') {
			records.Comma = separator
		}
	}
	records.FieldsPerRecord = -1
	return records, nil
}

// columnsOf are the fields that a header names.
func columnsOf(header []string) ([]string, error) {
	var columns []string
	var faults []error
	for _, cell := range header {
		name := strings.NewReplacer(" ", "_", "-", "_").Replace(strings.ToLower(strings.TrimSpace(cell)))
		switch {
		case !slices.Contains(fieldNames(), name):
			faults = append(faults, fmt.Errorf("%w: column %q is no field of a contact: want some of %s", ErrHeader, cell, strings.Join(fieldNames(), ", ")))
		case slices.Contains(columns, name):
			faults = append(faults, fmt.Errorf("%w: column %q is there twice", ErrHeader, cell))
		}
		columns = append(columns, name)
	}
	if len(header) > 0 && !slices.Contains(columns, "phone_number") {
		faults = append(faults, fmt.Errorf("%w: no column is called phone_number", ErrHeader))
	}
	return columns, errors.Join(faults...)
}

// rowOf is a record as a row. What cannot be read ends the file, but for quotation marks.
func rowOf(records *csv.Reader, columns, record []string, err error) (Row, error) {
	if broken, ok := errors.AsType[*csv.ParseError](err); ok {
		return Row{Line: broken.StartLine, Fault: broken.Err.Error()}, nil
	}
	if err != nil {
		return Row{}, err
	}
	line, _ := records.FieldPos(0)
	if len(record) != len(columns) {
		return Row{Line: line, Fault: fmt.Sprintf("it has %d cells, and the header row has %d", len(record), len(columns))}, nil
	}
	var c campaign.Contact
	for i, cell := range record {
		*fieldOf(&c, columns[i]) = strings.TrimSpace(cell)
	}
	return NewRow(line, c), nil
}

// bounded reads so many bytes as are left.
type bounded struct {
	r        io.Reader
	left     int
	exceeded bool
}

// Read fails with errTooLong where nothing is left.
func (b *bounded) Read(p []byte) (int, error) {
	if b.left <= 0 {
		b.exceeded = true
		return 0, errTooLong
	}
	n, err := b.r.Read(p[:min(len(p), b.left)])
	b.left -= n
	return n, err
}
