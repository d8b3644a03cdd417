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
)

// CSV reads campaigns from CSV (RFC 4180): a header row that names the fields,
// then one record a campaign. Commas or semicolons separate the cells, as the
// header has it; a byte order mark, CRLF and line breaks between quotation
// marks (which become LF) are fine. The columns are those of campaign.Fields, in any order, and
// labels.NAME for single labels; the column labels takes a JSON object instead.
// Cells are read as campaign.Builder.Set reads them; an empty cell is an absent
// field, and a record of empty cells is skipped.
//
// With an unknown, repeated or missing column nothing is read: the one item
// lists the faults of the header. After a record with broken quotation marks
// reading goes on with the line behind the one where that record began. What the
// rules refuse touches no other record. The items can be ranged over once;
// memory is bounded whatever the input.
func CSV(r io.Reader, rules ...Rule) iter.Seq[Item] {
	return func(yield func(Item) bool) {
		records := &recordReader{lines: newLineReader(r)}
		columns, item := readHeader(records)
		if item.Err != nil {
			item.Header = item.Raw
			yield(item)
			return
		}
		header := item.Header
		for {
			record, err := records.next()
			if errors.Is(err, io.EOF) {
				return
			}
			if err != nil {
				yield(readFailed(record.line, err))
				return
			}
			if emptyRecord(record) {
				continue
			}
			if !yield(csvItem(columns, record, header, rules)) {
				return
			}
		}
	}
}

// readHeader reads the names of the columns. The item has the header as it was
// read, and an error when there is no usable one.
func readHeader(records *recordReader) ([]string, Item) {
	line, err := headerLine(records)
	if errors.Is(err, io.EOF) {
		return nil, refused(1, nil, "the file is empty: a header row that names the columns is wanted")
	}
	if err != nil {
		return nil, readFailed(line.number, err)
	}
	record, err := records.next()
	if err != nil {
		return nil, readFailed(line.number, err)
	}
	raw := bytes.Clone(record.raw)
	if record.problem != "" {
		return nil, refused(record.line, raw, record.problem+"; it is the header row, so nothing was read")
	}
	columns := columnNames(record.cells)
	if found := headerFaults(columns); len(found) > 0 {
		found = append(found, campaign.Fault{Problem: "nothing was read: the header row has to be right"})
		return nil, Item{Line: record.line, Raw: raw, Err: &LineError{Line: record.line, Faults: found}}
	}
	return columns, Item{Line: record.line, Header: raw}
}

// headerLine finds the header and the separator it uses, and gives it back.
func headerLine(records *recordReader) (inputLine, error) {
	line, err := records.lines.next()
	for err == nil && blank(line) {
		line, err = records.lines.next()
	}
	if err != nil {
		return line, err
	}
	records.cells.separator = separatorOf(line.text)
	records.lines.giveBack([]inputLine{line.keep()})
	return line, nil
}

// separatorOf chooses what stands in the header more often. No column's name
// has either character in it, except for labels with odd names.
func separatorOf(header []byte) byte {
	if bytes.Count(header, []byte(";")) > bytes.Count(header, []byte(",")) {
		return ';'
	}
	return ','
}

func columnNames(cells []string) []string {
	names := make([]string, len(cells))
	for i, cell := range cells {
		names[i] = strings.TrimSpace(cell)
	}
	return names
}

// labelColumn begins the name of a column that holds a single label.
const labelColumn = "labels."

func headerFaults(columns []string) []campaign.Fault {
	var found []campaign.Fault
	for i, name := range columns {
		if f, ok := columnFault(columns[:i], name); !ok {
			found = append(found, f)
		}
	}
	for _, name := range []string{"text", "type", "purpose"} {
		if !slices.Contains(columns, name) {
			found = append(found, campaign.Fault{Field: name, Problem: "the column is missing"})
		}
	}
	if !slices.Contains(columns, "list_name") && !slices.Contains(columns, "tag_name") {
		found = append(found, campaign.Fault{Field: "list_name", Problem: "the column is missing, and so is tag_name"})
	}
	return found
}

// columnFault judges one column by its name and those before it.
func columnFault(before []string, name string) (campaign.Fault, bool) {
	single := strings.HasPrefix(name, labelColumn) && name != labelColumn
	switch {
	case name == campaign.RejectedField:
		return campaign.Fault{}, true
	case name == "":
		return campaign.Fault{Problem: fmt.Sprintf("column %d has no name", len(before)+1)}, false
	case !single && !slices.Contains(campaign.Fields(), name):
		return campaign.UnknownField(name), false
	case slices.Contains(before, name):
		problem := fmt.Sprintf("is the name of the columns %d and %d", slices.Index(before, name)+1, len(before)+1)
		return campaign.Fault{Field: name, Problem: problem}, false
	default:
		return labelsFault(before, name, single)
	}
}

// labelsFault refuses two ways of giving labels in one file.
func labelsFault(before []string, name string, single bool) (campaign.Fault, bool) {
	clash := single && slices.Contains(before, "labels") ||
		name == "labels" && slices.ContainsFunc(before, func(b string) bool { return strings.HasPrefix(b, labelColumn) })
	return campaign.Fault{Field: name, Problem: "labels are given both as one column and as columns of their own"}, !clash
}

// emptyRecord reports whether no cell holds anything: spreadsheets leave such
// records behind.
func emptyRecord(r csvRecord) bool {
	return r.problem == "" && !slices.ContainsFunc(r.cells, func(cell string) bool { return cell != "" })
}

func csvItem(columns []string, r csvRecord, header []byte, rules []Rule) Item {
	item := csvCampaign(columns, r, rules)
	if item.Err != nil {
		item.Header = header
	}
	return item
}

func csvCampaign(columns []string, r csvRecord, rules []Rule) Item {
	if r.problem != "" {
		return refused(r.line, bytes.Clone(r.raw), r.problem)
	}
	if len(r.cells) != len(columns) {
		problem := fmt.Sprintf("the record has %d cells, the header %d columns", len(r.cells), len(columns))
		if r.last > r.line {
			problem += fmt.Sprintf("; it reaches to line %d: is a quotation mark missing or out of place?", r.last)
		}
		return refused(r.line, bytes.Clone(r.raw), problem)
	}
	var b campaign.Builder
	for i, cell := range r.cells {
		if columns[i] != campaign.RejectedField {
			b.Set(columns[i], cell)
		}
	}
	c, err := b.Campaign()
	return decoded(r.line, c, err, r.raw, rules)
}
