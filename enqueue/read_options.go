package enqueue

import (
	"fmt"
	"io"
	"iter"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/input"
)

// Format is how a file of campaigns is written.
type Format string

// The formats that are read.
const (
	FormatCSV       Format = "csv"
	FormatJSONLines Format = "jsonl"
)

// FormatOf is the format that a file's name says: .csv and .tsv are CSV, .jsonl,
// .ndjson and .json are JSON Lines, and so is "-", standard input.
func FormatOf(name string) (Format, error) {
	if name == "-" {
		return FormatJSONLines, nil
	}
	switch extension := strings.ToLower(filepath.Ext(name)); extension {
	case ".csv", ".tsv":
		return FormatCSV, nil
	case ".jsonl", ".ndjson", ".json":
		return FormatJSONLines, nil
	default:
		return "", fmt.Errorf("read campaigns from %q: unknown extension %q; known are .csv and .tsv, and for JSON Lines .jsonl, .ndjson, .json and - (standard input)", name, extension)
	}
}

// DateOrder says how dates such as 03/12/2026 are meant.
type DateOrder string

// Orders of dates. Without one such a date is refused: 03/12 is the third of
// December in Paris and the twelfth of March in New York.
const (
	DayFirst   DateOrder = "dmy"
	MonthFirst DateOrder = "mdy"
)

// AllColumns in ReadOptions.IgnoreColumns ignores every column of CSV that is no
// field of a campaign.
const AllColumns = "*"

// ReadOptions say how campaigns are read that others have written. The zero
// options read what says all by itself.
type ReadOptions struct {
	// Format has to be given.
	Format Format
	// Zone is where times without an offset from UTC are meant; nil refuses them.
	// A time that the zone's clocks show twice or never is refused.
	Zone *time.Location
	// Dates is the order of dates such as 03/12/2026; empty refuses them.
	Dates DateOrder
	// Columns has the field, or labels.NAME, of each column that is not called as
	// its field is. All of them have to be in a CSV file; in JSON Lines they are
	// names of members.
	Columns map[string]string
	// IgnoreColumns are columns that are not read. With AllColumns that is every
	// one which is no field; one whose name is close to that of a field has to be
	// named all the same, because it was probably meant. JSON Lines knows no
	// AllColumns.
	IgnoreColumns []string
	// Account is that of campaigns that name none.
	Account string
	// Rules are asked in their order about every campaign that is valid.
	Rules []Rule
}

// OptionError says which of the ReadOptions is wrong, and how.
type OptionError struct {
	Option  string `json:"option"` // zone, dates, columns, ignore_columns, account or format
	Problem string `json:"problem"`
}

func (e *OptionError) Error() string { return e.Option + ": " + e.Problem }

// Read reads campaigns. The error is an OptionError. The items can be ranged
// over once; memory is bounded whatever the input.
func (o ReadOptions) Read(r io.Reader) (iter.Seq[Item], error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	if o.Format == FormatCSV {
		return o.csv(r), nil
	}
	return o.jsonLines(r), nil
}

// Campaign makes the one campaign of names and values, as a CSV file with one
// record would have it. The error is an OptionError or a ValidationError.
func (o ReadOptions) Campaign(values [][2]string) (campaign.Campaign, error) {
	if err := o.check(); err != nil {
		return campaign.Campaign{}, err
	}
	var b input.Builder
	b.ReadTimes(o.times())
	for _, v := range values {
		b.Set(v[0], v[1])
	}
	return o.complete(b.Campaign())
}

func (o ReadOptions) times() input.TimeReader {
	return input.TimeReader{Zone: o.Zone, Dates: input.DateOrder(o.Dates), Optional: true}
}

// complete asks the rules about a campaign that is valid.
func (o ReadOptions) complete(c campaign.Campaign, err error) (campaign.Campaign, error) {
	if err == nil && c.Account == "" {
		c.Account = o.Account
	}
	for _, rule := range o.Rules {
		if err == nil {
			c, err = rule(c)
		}
	}
	return c, err
}

func (o ReadOptions) check() error {
	switch {
	case o.Format != FormatCSV && o.Format != FormatJSONLines:
		return &OptionError{"format", fmt.Sprintf("%q is none: csv or jsonl is wanted", o.Format)}
	case !slices.Contains([]DateOrder{"", DayFirst, MonthFirst}, o.Dates):
		return &OptionError{"dates", fmt.Sprintf("%q is no order: dmy (day first) or mdy (month first) is wanted", o.Dates)}
	case o.Account != "" && !campaign.ValidAccount(o.Account):
		return &OptionError{"account", fmt.Sprintf("%q is no account: 1 to %d of a-z 0-9 _ - are allowed, beginning with a letter or digit", o.Account, campaign.MaxAccount)}
	case o.Format == FormatJSONLines && slices.Contains(o.IgnoreColumns, AllColumns):
		return &OptionError{"ignore_columns", "* is for CSV, whose header names all columns: name what is to be ignored in JSON Lines"}
	}
	return o.checkColumns()
}

func (o ReadOptions) checkColumns() error {
	named := map[string]string{} // option by column
	for _, header := range slices.Sorted(maps.Keys(o.Columns)) {
		field := o.Columns[header]
		if label, single := strings.CutPrefix(field, labelColumn); !slices.Contains(input.Fields(), field) && (!single || label == "") {
			return &OptionError{"columns", fmt.Sprintf("column %q: %s", header, input.UnknownField(field))}
		}
		if err := checkName("columns", header, named); err != nil {
			return err
		}
	}
	for _, header := range o.IgnoreColumns {
		if err := checkName("ignore_columns", header, named); err != nil {
			return err
		}
	}
	return nil
}

// checkName refuses a column without a name, and one with two meanings.
func checkName(option, header string, named map[string]string) error {
	name := folded(header)
	if name == "" {
		return &OptionError{option, fmt.Sprintf("%q is no name of a column", header)}
	}
	if named[name] == "columns" {
		return &OptionError{option, fmt.Sprintf("column %q is named twice: case, spaces, _ and - make no difference", header)}
	}
	named[name] = option
	return nil
}
