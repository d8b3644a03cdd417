package main

import (
	"io"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/octoq/octoq/enqueue"
	"github.com/octoq/octoq/internal/reference"
)

// addFieldFlags gives a command a flag for each field of a campaign. The help
// shows them last, in the order of the fields.
func addFieldFlags(f *pflag.FlagSet) {
	f.SortFlags = false
	for _, field := range reference.Fields() {
		f.String(field.Flag(), "", field.Usage())
	}
}

// printExample prints the file that --example asks for. Any other flag would be
// one that has no effect.
func printExample(c *cobra.Command) error {
	if c.Flags().NFlag() > 1 {
		return usagef("--example prints a small file and enqueues nothing: it stands alone")
	}
	format, err := c.Flags().GetString("example")
	if err != nil {
		return err
	}
	var text string
	switch enqueue.Format(format) {
	case enqueue.FormatCSV:
		text, err = reference.ExampleCSV(time.Now())
	case enqueue.FormatJSONLines:
		text, err = reference.ExampleJSONLines(time.Now())
	default:
		return usagef("--example: %q is no format: csv or jsonl is wanted", format)
	}
	if err != nil {
		return err
	}
	_, err = io.WriteString(c.OutOrStdout(), text)
	return err
}
