package main

import (
	"errors"
	"io"
	"iter"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/octoq/octoq/enqueue"
	"github.com/octoq/octoq/internal/input"
	"github.com/octoq/octoq/internal/zone"
)

// ofFiles are the flags that say how a file is read, and nothing of one campaign.
func ofFiles() []string { return []string{"format", "columns", "ignore-columns"} }

// addReadFlags gives octoq enqueue the flags that say how campaigns are read.
func addReadFlags(f *pflag.FlagSet) {
	f.String("format", "", "csv or jsonl, whatever the file's name ends with")
	f.String("zone", "", "zone of times without an offset from UTC, such as Europe/Paris; without it they are refused")
	f.String("dates", "", "order of dates such as 03/12/2026: dmy (day first) or mdy; without it they are refused")
	f.StringSlice("columns", nil, "columns with other names, such as \"Liste=list_name,Boutique=labels.shop\"")
	f.StringSlice("ignore-columns", nil, "columns that are not read, such as \"Notes,Budget\"; * is every one that is no field (CSV)")
}

// readOptions are what these flags say.
func readOptions(f *pflag.FlagSet) (enqueue.ReadOptions, error) {
	var o enqueue.ReadOptions
	format, _ := f.GetString("format")
	dates, _ := f.GetString("dates")
	o.Format, o.Dates = enqueue.Format(format), enqueue.DateOrder(dates)
	var err error
	if o.IgnoreColumns, err = f.GetStringSlice("ignore-columns"); err != nil {
		return o, err
	}
	if o.Columns, err = namedColumns(f); err != nil {
		return o, err
	}
	o.Zone, err = zoneFlag(f)
	return o, err
}

// zoneFlag looks up --zone; nil if it is not given.
func zoneFlag(f *pflag.FlagSet) (*time.Location, error) {
	name, err := f.GetString("zone")
	if err != nil || name == "" {
		return nil, err
	}
	loaded, err := zone.Load(name)
	if err != nil {
		return nil, usagef("--zone: there is no time zone %q; a name such as Europe/Paris or UTC is wanted", name)
	}
	return loaded, nil
}

// namedColumns reads --columns. A header may hold "=", a field does not.
func namedColumns(f *pflag.FlagSet) (map[string]string, error) {
	pairs, err := f.GetStringSlice("columns")
	if err != nil {
		return nil, err
	}
	columns := make(map[string]string, len(pairs))
	for _, pair := range pairs {
		at := strings.LastIndex(pair, "=")
		if at < 0 {
			return nil, usagef("--columns: %q names no field: want COLUMN=FIELD, such as Liste=list_name", pair)
		}
		header, field := strings.TrimSpace(pair[:at]), strings.TrimSpace(pair[at+1:])
		if _, twice := columns[header]; twice {
			return nil, usagef("--columns: %q is named twice", header)
		}
		columns[header] = field
	}
	return columns, nil
}

// readError names the flag of an option that is wrong.
func readError(err error) error {
	if option, ok := errors.AsType[*enqueue.OptionError](err); ok {
		return usagef("--%s: %s", strings.ReplaceAll(option.Option, "_", "-"), option.Problem)
	}
	return err
}

// formatOf is the format that a file is read in: that of --format, else the one
// that its name says.
func formatOf(o enqueue.ReadOptions, name string) (enqueue.Format, error) {
	if o.Format != "" {
		return o.Format, nil
	}
	format, err := enqueue.FormatOf(name)
	switch strings.ToLower(filepath.Ext(name)) {
	case ".xlsx", ".xlsm", ".xls", ".ods", ".numbers":
		return "", usagef("read campaigns from %q: it is a workbook: save its sheet as CSV UTF-8 in the spreadsheet, and enqueue that file", name)
	}
	if err != nil {
		return "", usagef("%s Or say it: --format csv, --format jsonl", sentence(err))
	}
	return format, nil
}

// atFlag reads --at, as times of campaigns are read; the zero time if it is not
// given.
func atFlag(c *cobra.Command) (time.Time, error) {
	text, err := c.Flags().GetString("at")
	if err != nil || !c.Flags().Changed("at") {
		return time.Time{}, err
	}
	if err := emptyFlag("at", text); err != nil {
		return time.Time{}, err
	}
	if c.Flags().Changed("not-before") {
		return time.Time{}, usagef("--at and --not-before are two words for one time: give one of them")
	}
	o, err := readOptions(c.Flags())
	if err != nil {
		return time.Time{}, err
	}
	at, err := input.TimeReader{Zone: o.Zone, Dates: input.DateOrder(o.Dates), Optional: true}.Read(text)
	if err != nil {
		return time.Time{}, usagef("--at: %v", err)
	}
	return at, nil
}

// readItems reads the campaigns of a file, or of standard input.
func readItems(c *cobra.Command, name string, in io.Reader, rules ...enqueue.Rule) (iter.Seq[enqueue.Item], error) {
	o, err := readOptions(c.Flags())
	if err != nil {
		return nil, err
	}
	if o.Format, err = formatOf(o, name); err != nil {
		return nil, err
	}
	if f := c.Flags().Lookup("account"); f.Changed {
		o.Account = f.Value.String()
	}
	o.Rules = rules
	items, err := o.Read(in)
	return items, readError(err)
}
