package enqueue

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/input"
)

// labelColumn begins the name of a column that holds a single label.
const labelColumn = "labels."

// columnUse is what is done with a column.
type columnUse int

const (
	columnField    columnUse = iota // its cells are a field
	columnIgnored                   // it is not read
	columnNameless                  // it has no name, and has to be empty
)

// csvColumn is one column of a CSV file.
type csvColumn struct {
	number int    // from 1
	header string // as written
	field  string // or labels.NAME
	use    columnUse
}

// title is the header where it is not the field's name.
func (c *csvColumn) title() string {
	if c.header == c.field {
		return ""
	}
	return c.header
}

// columnNames says what columns are by their names.
type columnNames struct {
	fields map[string]string // by folded name; "" is ignored
	wanted map[string]string // fields of ReadOptions.Columns by name
	others bool              // all other columns are ignored
}

func (o ReadOptions) columnNames() columnNames {
	n := columnNames{fields: map[string]string{}, wanted: o.Columns}
	for _, field := range input.Fields() {
		n.fields[folded(field)] = field
	}
	for _, header := range o.IgnoreColumns {
		if header == AllColumns {
			n.others = true
		}
		n.fields[folded(header)] = ""
	}
	for header, field := range o.Columns {
		n.fields[folded(header)] = field
	}
	return n
}

// folded is a column's name without what spellings of it differ in, and without
// characters that are not seen, such as U+200B.
func folded(name string) string {
	return strings.Map(func(r rune) rune {
		if r == '_' || r == '-' || unicode.IsSpace(r) || unicode.Is(unicode.Cf, r) {
			return -1
		}
		return unicode.ToLower(r)
	}, name)
}

// known finds what a name says.
func (n columnNames) known(name string) (field string, use columnUse, ok bool) {
	fold := folded(name)
	if fold == "" {
		return "", columnNameless, true
	}
	if field, ok = n.fields[fold]; ok {
		if field == "" {
			use = columnIgnored
		}
		return field, use, true
	}
	if name == input.RejectedField {
		return "", columnIgnored, true
	}
	if len(name) > len(labelColumn) && strings.EqualFold(name[:len(labelColumn)], labelColumn) {
		return labelColumn + name[len(labelColumn):], columnField, true
	}
	return "", columnIgnored, n.others && input.NearestField(name) == ""
}

// columns says what each column of a header is.
func (n columnNames) columns(cells []string) ([]csvColumn, []campaign.Fault) {
	columns := make([]csvColumn, len(cells))
	var found []campaign.Fault
	for i, cell := range cells {
		c := csvColumn{number: i + 1, header: strings.TrimSpace(cell)}
		var ok bool
		if c.field, c.use, ok = n.known(c.header); !ok {
			f := input.UnknownField(c.header)
			f.Column = c.number
			found = append(found, f)
		} else if f := repeated(columns[:i], c); f.Problem != "" {
			found = append(found, f)
		}
		columns[i] = c
	}
	if n.others && len(columns) > 0 && columns[0].use == columnNameless {
		columns[0].use = columnIgnored // the numbers of rows, which pandas and R write
	}
	return columns, append(found, n.missing(columns)...)
}

// repeated is the fault of a column that an earlier one leaves no place for.
func repeated(before []csvColumn, c csvColumn) campaign.Fault {
	f := campaign.Fault{Column: c.number, Header: c.title(), Field: c.field}
	single := strings.HasPrefix(c.field, labelColumn)
	for _, b := range before {
		switch {
		case c.use != columnField || b.use != columnField:
		case b.field == c.field:
			f.Problem = fmt.Sprintf("is the name of the columns %d and %d", b.number, c.number)
			return f
		case single && b.field == "labels" || c.field == "labels" && strings.HasPrefix(b.field, labelColumn):
			f.Problem = "labels are given both as one column and as columns of their own"
			return f
		}
	}
	return f
}

// missing are the faults of columns that are not there.
func (n columnNames) missing(columns []csvColumn) []campaign.Fault {
	var found []campaign.Fault
	has := func(field string) bool {
		return slices.ContainsFunc(columns, func(c csvColumn) bool { return c.use == columnField && c.field == field })
	}
	for _, field := range []string{"text", "type", "purpose"} {
		if !has(field) {
			found = append(found, campaign.Fault{Field: field, Problem: "the column is missing"})
		}
	}
	if !has("list_name") && !has("tag_name") {
		found = append(found, campaign.Fault{Field: "list_name", Problem: "the column is missing, and so is tag_name"})
	}
	for _, header := range slices.Sorted(maps.Keys(n.wanted)) {
		if !slices.ContainsFunc(columns, func(c csvColumn) bool { return folded(c.header) == folded(header) }) {
			found = append(found, campaign.Fault{Field: n.wanted[header], Problem: fmt.Sprintf("there is no column %q, which --columns names", header)})
		}
	}
	return found
}
