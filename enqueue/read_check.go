package enqueue

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/input"
)

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
