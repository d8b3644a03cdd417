package enqueue

import (
	"fmt"
	"path/filepath"
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

// Rule completes a campaign that was read, such as by an id, or refuses it: its
// error then is one of the line, which keeps its number and what was read. An
// error that is a campaign.ValidationError has its faults; Client.Check has
// those of EnqueueAll.
type Rule func(campaign.Campaign) (campaign.Campaign, error)

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
	// Nulls takes a field or label of JSON Lines that is null for one that is left out,
	// as the HTTP API does; otherwise it is refused.
	Nulls bool
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
