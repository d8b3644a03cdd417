package enqueue

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"strings"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/input"
)

// CSV reads campaigns from CSV (RFC 4180) as spreadsheets and databases write
// it: a header row that names the fields, then one record a campaign. Commas,
// semicolons, tabs or | separate the cells, as the header has it or a line such
// as sep=; in front of it says. A byte order mark, UTF-16 with one, CRLF, CR
// alone and line breaks between quotation marks (which become LF) are fine.
//
// The columns are the JSON names of campaign.Campaign's fields, in any order and
// case, with spaces or hyphens for underscores, and labels.NAME for single labels;
// the column labels takes a JSON object instead. A column without a name has to be
// empty. Booleans are true, false, yes, no, 1 or 0, or the words of some other
// languages; times have an offset from UTC (see ReadOptions for others); amounts are
// euros with a decimal point or comma. An empty cell is an absent field, and a record
// of empty cells is skipped.
//
// With an unknown, repeated or missing column nothing is read: the one item
// lists the faults of the header. After a record with broken quotation marks
// reading goes on with the line behind the one where that record began. What the
// rules refuse touches no other record. The items can be ranged over once;
// memory is bounded whatever the input.
func CSV(r io.Reader, rules ...Rule) iter.Seq[Item] {
	return ReadOptions{Format: FormatCSV, Rules: rules}.csv(r)
}

func (o ReadOptions) csv(r io.Reader) iter.Seq[Item] {
	return func(yield func(Item) bool) {
		records := &recordReader{lines: newLineReader(newTextReader(r, true))}
		sheet, item := o.readHeader(records)
		if item.Err != nil {
			item.Header, item.Separator = item.Raw, records.cells.separator
			yield(item)
			return
		}
		for {
			record, err := records.next()
			if errors.Is(err, io.EOF) {
				return
			}
			if err != nil {
				yield(readFailed(record.line, err))
				return
			}
			if emptyRecord(&record) {
				continue
			}
			if !yield(sheet.item(&record)) {
				return
			}
		}
	}
}

// csvSheet is a CSV file whose header has been read.
type csvSheet struct {
	options   ReadOptions
	times     input.TimeReader
	header    []byte // as it was read
	separator byte
	columns   []csvColumn
	named     int // columns up to the last one with a name
}

// What to do about a header with faults. One that names no field at all may not be
// the header.
const (
	columnsRemedy = "--columns says what columns with other names are, --ignore-columns which are not read"
	headerRemedy  = "the header row has to be right; " + columnsRemedy
	firstRemedy   = "the first line has to be the header row (list_name, text, type, purpose, …), and this one names no field: " +
		"take away what stands before the header row; if this is it, " + columnsRemedy
)

// readHeader reads the names of the columns. The item has the header as it was
// read, and an error when there is no usable one.
func (o ReadOptions) readHeader(records *recordReader) (*csvSheet, Item) {
	names := o.columnNames()
	line, err := headerLine(records, names)
	if errors.Is(err, io.EOF) {
		return nil, refused(1, nil, campaign.Fault{Problem: "the file is empty", Remedy: "a header row that names the columns is wanted"})
	}
	if err != nil {
		return nil, readFailed(line.number, err)
	}
	record, err := records.next()
	if err != nil {
		return nil, readFailed(line.number, err)
	}
	raw := bytes.Clone(record.raw)
	if f := noText(raw); f != nil {
		record.fault = f
	}
	if record.fault != nil {
		const nothing = "it is the header row, so nothing was read"
		record.fault.Remedy = strings.TrimPrefix(record.fault.Remedy+"; "+nothing, "; ")
		return nil, refused(record.line, raw, *record.fault)
	}
	columns, found := names.columns(record.cells)
	if len(found) > 0 {
		remedy := headerRemedy
		if !slices.ContainsFunc(columns, func(c csvColumn) bool { return c.use == columnField }) {
			remedy = firstRemedy
		}
		found = append(found, campaign.Fault{Problem: "nothing was read", Remedy: remedy})
		return nil, Item{Line: record.line, Raw: raw, Err: &LineError{Line: record.line, Faults: found}}
	}
	sheet := &csvSheet{options: o, times: o.times(), header: raw, separator: records.cells.separator, columns: columns}
	for i, c := range columns {
		if c.use != columnNameless {
			sheet.named = i + 1
		}
	}
	return sheet, Item{}
}

// noText is the fault of a header that is no text at all, nil if it is one.
func noText(header []byte) *campaign.Fault {
	begins := func(with string) bool { return bytes.HasPrefix(header, []byte(with)) }
	switch {
	case begins("PK\x03\x04"), begins("\xD0\xCF\x11\xE0"):
		return &campaign.Fault{Problem: "the file is a workbook or an archive, and no text", Remedy: "save its sheet as CSV UTF-8 in the spreadsheet"}
	case begins("\x1F\x8B"):
		return &campaign.Fault{Problem: "the file is compressed", Remedy: "unpack it: gunzip -c FILE | octoq enqueue --file - --format csv"}
	case bytes.IndexByte(header, 0) >= 0:
		return &campaign.Fault{Problem: "the line holds zero bytes", Remedy: "was the file written as UTF-16 without a byte order mark? Save it as UTF-8"}
	default:
		return nil
	}
}

// headerLine finds the header and the separator it uses, and gives it back.
func headerLine(records *recordReader, names columnNames) (inputLine, error) {
	line, err := nextText(records.lines)
	if err != nil {
		return line, err
	}
	if bytes.HasPrefix(line.text, []byte("#TYPE ")) { // of Export-Csv in Windows PowerShell
		if line, err = nextText(records.lines); err != nil {
			return line, err
		}
	}
	if separator, ok := separatorLine(line.text); ok {
		records.cells.separator = separator
		if line, err = nextText(records.lines); err != nil {
			return line, err
		}
	} else {
		records.cells.separator = separatorOf(line.text, names)
	}
	records.lines.giveBack([]inputLine{line.keep()})
	return line, nil
}

// nextText is the next line that is not blank.
func nextText(lines *lineReader) (inputLine, error) {
	line, err := lines.next()
	for err == nil && blank(line) {
		line, err = lines.next()
	}
	return line, err
}

// emptyRecord reports whether no cell holds anything: spreadsheets leave such
// records behind.
func emptyRecord(r *csvRecord) bool {
	return r.fault == nil && !slices.ContainsFunc(r.cells, func(cell string) bool { return cell != "" })
}

func (s *csvSheet) item(r *csvRecord) Item {
	c, err := s.campaign(r)
	if err == nil {
		return Item{Line: r.line, Campaign: c}
	}
	item := refusedBy(r.line, bytes.Clone(r.raw), err)
	item.Header, item.Separator = s.header, s.separator
	if faulty, ok := errors.AsType[*LineError](item.Err); ok {
		s.place(faulty.Faults)
	}
	return item
}

func (s *csvSheet) campaign(r *csvRecord) (campaign.Campaign, error) {
	if r.fault == nil {
		r.fault = s.widthFault(r)
	}
	if r.fault != nil {
		return campaign.Campaign{}, &campaign.ValidationError{Faults: []campaign.Fault{*r.fault}}
	}
	var b input.Builder
	b.ReadTimes(s.times)
	var strange []campaign.Fault
	for i, cell := range r.cells {
		c := &s.columns[i]
		if cell == "" || c.use == columnIgnored {
			continue
		}
		if f := c.strange(cell); f != nil {
			strange = append(strange, *f)
			continue
		}
		b.Set(c.field, cell)
	}
	c, err := s.options.complete(b.Campaign())
	return withFaults(c, err, strange)
}

// withFaults adds faults to those of a campaign. A field that was not set for one
// of them is not missing.
func withFaults(c campaign.Campaign, err error, more []campaign.Fault) (campaign.Campaign, error) {
	if len(more) == 0 {
		return c, err
	}
	e := &campaign.ValidationError{ID: c.ID, Faults: more}
	if invalid, ok := errors.AsType[*campaign.ValidationError](err); ok {
		e.ID = invalid.ID
		for _, f := range invalid.Faults {
			if !slices.ContainsFunc(more, func(m campaign.Fault) bool { return m.Field != "" && m.Field == f.Field }) {
				e.Faults = append(e.Faults, f)
			}
		}
	}
	return campaign.Campaign{}, e
}

// widthFault is the fault of a record with more or less cells than there are
// columns. Spreadsheets leave out cells of columns without a name.
func (s *csvSheet) widthFault(r *csvRecord) *campaign.Fault {
	if len(r.cells) <= len(s.columns) && len(r.cells) >= s.named {
		return nil
	}
	problem := fmt.Sprintf("the record has %d cells, the header %d columns", len(r.cells), len(s.columns))
	remedy := fmt.Sprintf("put a cell that holds %s between quotation marks", separatorName(s.separator))
	if len(r.cells) < len(s.columns) {
		remedy = "give each column its cell, also where it is empty"
	}
	if r.last > r.line {
		remedy = fmt.Sprintf("it reaches to line %d: is a quotation mark missing or out of place?", r.last)
	}
	return &campaign.Fault{Column: min(len(r.cells), len(s.columns)) + 1, Problem: problem, Remedy: remedy}
}

// place adds the columns to the faults of fields.
func (s *csvSheet) place(faults []campaign.Fault) {
	for i := range faults {
		f := &faults[i]
		at := slices.IndexFunc(s.columns, func(c csvColumn) bool { return c.use == columnField && c.field == f.Field })
		if f.Column == 0 && at >= 0 {
			f.Column, f.Header = s.columns[at].number, s.columns[at].title()
		}
	}
}
